"""The configuration and the table of contents of one language, derived from those of the whole book."""

from pathlib import Path
from typing import Any

import yaml


def load(root: Path, name: str) -> dict[str, Any]:
    """Return one of the book's two YAML files."""
    return yaml.safe_load((root / name).read_text("utf-8"))


def language_contents(root: Path, language: str) -> dict[str, Any]:
    """Return the table of contents of one language, whose pages lie in one folder."""
    folders = (Path("book", language), Path("notebooks", language))
    own = []
    for part in load(root, "_toc.yml")["parts"]:
        pages = [Path(entry["file"]) for entry in part["chapters"]]
        names = [page.name for page in pages if page.parent in folders and page.name != "index"]
        if names:
            own.append({"caption": part["caption"], "chapters": [{"file": name} for name in names]})
    contents = {"format": "jb-book", "root": "index"}
    return contents | {"parts": own} if own else contents  # it may have its first page only


def language_config(root: Path, language: str) -> dict[str, Any]:
    """Return the configuration of one language; paths are whole, for the pages lie elsewhere."""
    config = load(root, "_config.yml")
    sphinx = config["sphinx"]
    sphinx["config"] |= {"language": language, "bilingual_language": language}
    # The pages are staged, with their outputs.
    sphinx["config"]["extensions"].remove("plain_book")
    del sphinx["local_extensions"]["plain_book"]
    sphinx["local_extensions"] = {
        name: str(root / folder) for name, folder in sphinx["local_extensions"].items()
    }
    # Beside the folder of the pages, where ../references.bib leads to from a page.
    sphinx["config"]["bibtex_bibfiles"] = [
        f"../{Path(name).name}" for name in sphinx["config"]["bibtex_bibfiles"]
    ]
    config["html"]["favicon"] = str(root / config["html"]["favicon"])
    config["html"]["baseurl"] = f"{site_address(root)}/{language}/"
    return config


def site_address(root: Path) -> str:
    """Return the address of the published site, without a slash at its end."""
    return load(root, "_config.yml")["sphinx"]["config"]["bilingual_site"]
