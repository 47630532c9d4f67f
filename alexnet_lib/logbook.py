"""The notes that close the file of the paper's run: when its learning rates were changed, by hand."""

import re
from typing import NamedTuple

from alexnet_lib.facts import facts

CHANGE = re.compile(r"set epsw to (?P<rate>[\d.]+)(?: from (?P<before>[\d.]+))?(?: on (?P<layer>\w+))?")


class RateChange(NamedTuple):
    """One change: from ``epoch`` on, ``layer`` (or every layer, if None) learns at ``rate``."""

    epoch: int
    rate: float
    before: float | None
    layer: str | None
    note: str


def rate_changes() -> list[RateChange]:
    """Return the changes of the run with 37.5 and 17.0 percent error, in order of time.

    Source: ``layers/layer-params-145-2010.cfg`` of the 2012 code, quoted in ``facts.toml``.
    """
    changes = []
    for name, entry in facts().items():
        if name.startswith("code_epoch_") and (match := CHANGE.search(entry["note"])):
            before = float(match["before"]) if match["before"] else None
            change = RateChange(entry["value"], float(match["rate"]), before, match["layer"], entry["note"])
            changes.append(change)
    return sorted(changes)


def learning_rate_at(epoch: int, layer: str | None = None) -> float:
    """Return the learning rate of the weights in an epoch of that run.

    Parameters
    ----------
    epoch
        Counted as the notes count.
    layer
        ``"conv1"``, or None for the layers that the notes do not name.
    """
    changes = rate_changes()
    rate = changes[0].before
    frozen = False
    for change in changes:
        if change.epoch <= epoch and change.layer in (None, layer) and not frozen:
            rate = change.rate
            frozen = rate == 0  # what is frozen is not thawed by a later change to all others
    return rate
