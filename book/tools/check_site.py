"""Check the built site: its files, and its pages in a headless Chromium.

    python book/tools/check_site.py _build/site            every page, by axe, html-validate, Lighthouse too
    python book/tools/check_site.py _build/site --short    in the browser one page of each kind

A site that has not changed since it passed is not checked again.
Exit status: 0 all is well, 1 something is wrong, 3 what was checked is well and something could not be, for
want of a Chromium or of Node.
"""

import argparse
import hashlib
import sys
import time
from pathlib import Path

from browser import WANTED, BrowserProblem, program
from browser_checks import problems_in_browser
from node_checks import accessibility_problems, html_problems, installed, lighthouse_problems
from notebook_files import ROOT, accept_every_sign, write_atomically
from page_checks import pages, problems_of_files
from site_config import site_address

SKIPPED = 3


def state(site: Path) -> str:
    """Return the hash of the site and of what checks it."""
    digest = hashlib.sha256()
    for folder in (site, Path(__file__).parent):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not {"__pycache__", "node_modules"} & set(path.parts):
                digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments and check."""
    accept_every_sign()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", type=Path)
    parser.add_argument("--short", action="store_true", help="in the browser one page of each kind")
    given = parser.parse_args(arguments)
    if not (given.site / "index.html").is_file():
        parser.error(f"there is no site in {given.site}; run make book first.")
    try:
        return check(given.site, "short" if given.short else "full")
    except BrowserProblem as problem:
        print(problem)
        return 1


def check(site: Path, depth: str) -> int:
    """Check a site, in the browser one page of each kind (short) or all (full); return the exit status."""
    begin = time.monotonic()
    passed = site.with_name(f"{site.name}.checked")
    now = {depth: f"{depth} {state(site)}" for depth in ("short", "full")}
    if passed.is_file() and passed.read_text() in (now["full"], now[depth]):
        print("site checks: unchanged since they passed")
        return 0
    problems = problems_of_files(site, site_address(ROOT))
    skipped = []
    if program():
        problems += problems_in_browser(site, depth == "short")
    else:
        skipped.append(f"in a browser: {WANTED}")
    if depth == "full" and program() and installed():
        places = list(pages(site))
        problems += [*html_problems(site, places), *accessibility_problems(site, places)]
        problems += lighthouse_problems(site)
    elif depth == "full":
        skipped.append("by axe, html-validate and Lighthouse: install Node and npm for that")
    print("\n".join([*problems, f"site checks ({depth}): {time.monotonic() - begin:.1f} s"]))
    if problems:
        return 1
    if skipped:
        print("\n".join(f"The pages were not looked at {how}." for how in skipped))
        return SKIPPED
    write_atomically(passed, now[depth])
    return 0


if __name__ == "__main__":
    sys.exit(main())
