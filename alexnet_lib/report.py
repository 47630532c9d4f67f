"""Sentences, tables, sources and numbers for the page, in the reader's language."""

import inspect
import re
import sys
from collections.abc import Callable, Sequence

from alexnet_lib.language import text
from alexnet_lib.terminal import print_words

SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
# Code keeps its hyphens.
HYPHEN_OR_CODE = re.compile(r"(`[^`]*`)|(?<![\w-])-(?=\d)")


def in_notebook() -> bool:
    """Tell whether a notebook's kernel runs this code."""
    if "IPython" not in sys.modules:
        return False
    return hasattr(sys.modules["IPython"].get_ipython(), "kernel")


def say(key: str, **values: object) -> None:
    """Show a sentence of the text catalogue: as Markdown in a notebook, else as plain text."""
    show_markdown(with_minus_signs(text(key, **values)))


def show_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show a table; a column whose cells are all numbers, units and signs aside, stands to the right."""
    cells = [[with_minus_signs(str(cell)) for cell in row] for row in rows]
    rules = ["---:" if all(is_number(row[i]) for row in cells) else ":---" for i in range(len(header))]
    lines = ["| " + " | ".join(line) + " |" for line in (header, rules, *cells)]
    show_markdown("\n".join(lines))


def is_number(cell: str) -> bool:
    """Tell whether a cell of a table begins as a number does, or is empty."""
    return cell.lstrip("+-−±").replace("—", "")[:1].isdigit() or cell in ("", "—")


def with_minus_signs(words: str) -> str:
    """Return words in which negative numbers have a minus sign, which Python writes as a hyphen."""
    return HYPHEN_OR_CODE.sub(lambda found: found[1] or "−", words)


def power_of_ten(value: float) -> str:
    """Return a number in the form 8.7×10¹⁴."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10" + str(int(exponent)).translate(SUPERSCRIPT)


def probability_words(value: float) -> str:
    """Return a probability with two digits that count, below a thousandth as a power of ten."""
    return f"{value:.2g}" if value >= 1e-3 else power_of_ten(value)


def show_source(thing: Callable | type) -> None:
    """Show the source of a function or a class of the library: what is read is what runs."""
    show_markdown(f"```python\n{inspect.getsource(thing).rstrip()}\n```")


def show_markdown(markdown: str) -> None:
    """Show Markdown in a notebook, and the plain text of it elsewhere."""
    if in_notebook():
        from IPython.display import display

        # IPython's own Markdown would download a text that begins with an address.
        display({"text/markdown": markdown, "text/plain": markdown}, raw=True)
    else:
        print_words(markdown)


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
