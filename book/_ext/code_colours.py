"""Code in as few pieces as it has colours: else half of a chapter's tags change nothing that is seen."""

from functools import cache
from typing import Any

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Operator, Text

# The theme's, light and dark.
STYLES = tuple(get_style_by_name(f"a11y-high-contrast-{mode}") for mode in ("light", "dark"))


class FewPieces(HtmlFormatter):
    """Gives a tag to what differs from its neighbour in a colour, and to nothing else."""

    def format(self, tokens: Any, output: Any) -> None:
        """Write tokens; those of one class that stand side by side become one."""
        super().format(((alike(kind), text) for kind, text in tokens), output)


@cache
def alike(kind: Any) -> Any:
    """Return the first kind of token that looks the same in both styles, or one that they do not know."""
    if kind is Operator:  # whose colour is that of strings
        return Text
    if kind not in STANDARD_TYPES:
        return kind
    return next(each for each in STANDARD_TYPES if looks(each) == looks(kind))


def looks(kind: Any) -> list[dict[str, Any]]:
    """Return how a kind of token is drawn in each style."""
    return [style.style_for_token(kind) for style in STYLES]
