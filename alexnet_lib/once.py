"""Do once what takes long: the result is kept under a name made of all that decides it."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from alexnet_lib.checkpoints import load_kept, load_verified, save_atomically
from alexnet_lib.locks import waiting_lock
from alexnet_lib.runs import make_folder, runs_root, source_hash


def once(
    kind: str, decided: Iterable[Any], sources: Iterable[str], make: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Return what ``make`` returns, from the folder of all runs where it was made before.

    Parameters
    ----------
    kind
        How the file's name begins.
    decided
        Plain values and data classes of them: whatever decides the result beside code.
    sources
        Names of the library's modules whose change makes the result anew.
    make
        Returns tensors and plain values.

    Returns
    -------
    kept, loaded
        The result, and whether it was read rather than made. Of two callers at once, the second
        waits and then reads.
    """
    plain = [dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value for value in decided]
    words = json.dumps([plain, source_hash(sources)], sort_keys=True)
    key = hashlib.sha256(words.encode()).hexdigest()[:16]
    path = make_folder(runs_root()) / f"{kind}-{key}.pt"
    with waiting_lock(path.with_suffix(".lock")):
        kept = load_kept(path)
        loaded = kept is not None
        if not loaded:
            save_atomically(make(), path)
            kept = load_verified(path)
        return kept, loaded
