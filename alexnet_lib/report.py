"""Sentences and numbers for the page: said in the reader's language, recorded for the book."""

import sys

from alexnet_lib.language import text


def in_notebook() -> bool:
    """Tell whether a notebook's kernel runs this code."""
    if "IPython" not in sys.modules:
        return False
    return hasattr(sys.modules["IPython"].get_ipython(), "kernel")


def say(key: str, **values: object) -> None:
    """Show a sentence of the text catalogue: as Markdown in a notebook, else as plain text."""
    sentence = text(key, **values)
    if in_notebook():
        from IPython.display import Markdown, display

        display(Markdown(sentence))
    else:
        print(sentence, flush=True)


def record(name: str, value: float | int | str) -> None:
    """Publish a number under a name, so that a page of ``book/`` can quote it with ``{glue:text}``.

    Shows nothing. The format is papermill's record, which myst-nb reads; importing myst-nb
    itself would not work in Colab.
    """
    if not in_notebook():
        return
    from IPython.display import display

    prefix = "application/papermill.record/"
    scrap = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    display({prefix + "text/plain": repr(value)}, raw=True, metadata=scrap)
