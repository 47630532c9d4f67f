"""Build the site from the executed notebooks: stage, render each language, join, print.

    python book/tools/build_site.py

Reads notebooks/, book/ and _build/executed; writes _build/site, unless nothing of what makes it has changed.

Exit status: 0 all is well, 1 something is wrong (what could be built is there), 2 nothing was built.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from join_site import can_purge, join
from notebook_archive import write_archive
from notebook_files import LANGUAGES, ROOT, command_line, write_atomically
from print_book import print_book
from site_config import language_config, language_contents
from stage_book import StaleNotebook, stage

# What decides, beside the staged pages, what the site looks like. The small file of CIFAR-10 tells whether
# its images are there.
RENDERING = ("alexnet_lib", "book", "data/cifar-10-batches-py/batches.meta")
APART = {"__pycache__", "node_modules"}
HEAVY = "The style sheets were not cut: install npm for a lighter site."


def build(root: Path, executed: Path, output: Path) -> list[str]:
    """Build the site of the book at ``root``.

    Parameters
    ----------
    root
        Holds ``_config.yml``, ``_toc.yml``, ``book/`` and ``notebooks/``.
    executed
        Holds ``<language>/NN_name.ipynb``, as far as they were executed.
    output
        For ``src/<language>``, ``html/<language>`` and the finished ``site``.

    Returns
    -------
    list of str
        What is wrong, a sentence each; the site shows what there is.

    Raises
    ------
    StaleNotebook
        One sentence, and no site is written.
    """
    problems = []
    for language in LANGUAGES:
        source = output / "src" / language
        problems += stage(root, executed, language, source / "pages")
        for name, content in (("_config", language_config), ("_toc", language_contents)):
            text = yaml.safe_dump(content(root, language), allow_unicode=True, sort_keys=False)
            write_atomically(source / f"{name}.yml", text)
    site, key_file, key = output / "site", output / "site.key", key_of(root, output / "src")
    if site.is_dir() and key_file.is_file() and key_file.read_text() == key:
        print("site: unchanged", flush=True)
    else:
        key_file.unlink(missing_ok=True)
        with ThreadPoolExecutor(len(LANGUAGES)) as pool:
            failures = [*filter(None, pool.map(lambda language: render(output, language), LANGUAGES))]
        built = {language: output / "html" / language / "_build/html" for language in LANGUAGES}
        if all((folder / "index.html").is_file() for folder in built.values()):
            join(root, built, site)
            if not can_purge(root):
                print(HEAVY, flush=True)
        if not failures:
            write_atomically(key_file, key)
        problems += failures
    if site.is_dir():  # what it holds beside the library and the notebooks is not in the key
        write_archive(root, site)
    return problems


def key_of(root: Path, pages: Path) -> str:
    """Return the hash of all that decides what the site looks like."""
    packages = sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    digest = hashlib.sha256("\n".join([*packages, str(can_purge(root))]).encode())
    for place in (pages, *(root / name for name in RENDERING)):
        for path in sorted([place, *place.rglob("*")]):
            if path.is_file() and not APART & set(path.relative_to(place).parts):
                digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def render(output: Path, language: str) -> str:
    """Run Jupyter Book on the staged pages of a language; return "" or what is wrong."""
    source, target = output / "src" / language, output / "html" / language
    begin = time.monotonic()
    # From nothing: Sphinx does not see every change, such as one of an extension.
    shutil.rmtree(target, ignore_errors=True)
    command = [Path(sys.executable).with_name("jupyter-book"), "build", source / "pages"]
    command += ["--config", source / "_config.yml", "--toc", source / "_toc.yml", "--path-output", target]
    command += ["-W", "-n", "--keep-going"]
    # The extensions read the list of languages with the tools' own module.
    places = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    surroundings = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": places}
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings)
    print(f"{language}: rendered in {time.monotonic() - begin:.1f} s", flush=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr, flush=True)
        return f"{language}: Jupyter Book warns or fails, see above."
    return ""


def main() -> int:
    """Build the book's own site."""
    begin = time.monotonic()
    try:
        problems = build(ROOT, ROOT / "_build/executed", ROOT / "_build")
        if (site := ROOT / "_build/site").is_dir():
            problems += print_book(ROOT, site)
    except StaleNotebook as problem:
        print(problem, file=sys.stderr)
        return 2
    print("\n".join([*problems, f"site: {time.monotonic() - begin:.1f} s"]), flush=True)
    return int(bool(problems))


if __name__ == "__main__":
    command_line(__doc__).parse_args()
    sys.exit(main())
