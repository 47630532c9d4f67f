"""What the paper, its code and PyTorch say of one claim: yes, no, or nothing."""

from typing import NamedTuple

MARKS = {True: "✓", False: "✗", None: "–"}


class Verdict(NamedTuple):
    """Whether the claim is true of each; None where it says nothing, or has nothing of the kind.

    ``paper`` is what is printed, ``code`` the source of 2012, ``pytorch`` its layers with their
    defaults, and torchvision's ``alexnet``.
    """

    paper: bool | None
    code: bool | None
    pytorch: bool | None

    @property
    def marks(self) -> str:
        """Three characters, such as ``"✓✓✗"``."""
        return "".join(MARKS[value] for value in self)
