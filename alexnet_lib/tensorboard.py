"""The history of a training in TensorBoard's format, for whoever likes to watch it there."""

from pathlib import Path

from alexnet_lib.language import BookError

FOLDER = "tensorboard"


def write_scalars(output: str | Path, row: dict[str, float | int | None]) -> None:
    """Add one epoch's figures to the folder ``tensorboard`` below the folder of a training.

    ``tensorboard --logdir OUTPUT`` shows them. Each epoch is a file of its own, closed when it is
    written, so that nothing is lost with the process.

    Parameters
    ----------
    output
        The folder that ``fit`` keeps its checkpoints in.
    row
        As ``fit`` returns it; what was not measured is left out.

    Raises
    ------
    BookError
        If the package ``tensorboard`` is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # not among what the book needs
    except ImportError:
        raise BookError("tensorboard_missing") from None
    with SummaryWriter(str(Path(output) / FOLDER), filename_suffix=f".{row['epoch']:03d}") as writer:
        for name, value in row.items():
            if name != "epoch" and value is not None:
                writer.add_scalar(name, value, row["epoch"])
