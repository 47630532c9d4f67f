"""Folders of the book and its readers."""

import os
from pathlib import Path

from alexnet_lib.language import BookError


def book_folder(here: Path) -> Path | None:
    """Return the nearest of a folder and its parents that holds ``_toc.yml``; else None, as in Colab."""
    return next((folder for folder in (here, *here.parents) if (folder / "_toc.yml").is_file()), None)


def named_folder(variable: str, default: str, here: Path | None = None) -> Path:
    """Return the folder that an environment variable names, else the default one.

    A tilde is the home folder, and a relative path begins in the book's folder: kernels and tools
    have different working directories, and no shell has read a value that stands in a ``.env`` or
    YAML file. An empty value counts as none. The book's folder is looked for from ``here`` on, else from the
    working directory.

    Raises
    ------
    BookError
        There is no home folder of that name.
    """
    given = os.environ.get(variable) or default
    here = here or Path.cwd()
    try:
        return (book_folder(here) or here) / Path(given).expanduser()
    except RuntimeError:
        raise BookError("unknown_home", variable=variable, given=given) from None
