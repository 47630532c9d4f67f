"""Training: one epoch, many epochs, and what is measured on the way."""

import time
from collections.abc import Callable, Sequence, Sized
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader

from alexnet_lib.checkpoints import Parts, load_checkpoint, save_checkpoint
from alexnet_lib.checks import positive, whole_number
from alexnet_lib.devices import Precision, choose_device
from alexnet_lib.language import BookError, Interrupted, text
from alexnet_lib.metrics import check_labels, measure
from alexnet_lib.terminal import MovingLine, print_words

STEPS_BETWEEN_CHECKS = 50

History = list[dict[str, float | int | None]]
T = TypeVar("T")


def listed(given: T | Sequence[T] | None) -> list[T]:
    """Return a list of what may be one, several or none."""
    return [] if given is None else list(given) if isinstance(given, Sequence) else [given]


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    optimizer: Optimizer | Sequence[Optimizer],
    precision: Precision,
    epoch: int = 1,
    loss_fn: nn.Module | None = None,
    after_step: Callable[[], None] | None = None,
) -> dict[str, float]:
    """Make one pass over batches (images (N, C, H, W), labels (N,)); return train_loss and train_accuracy.

    The model is trained in place, on ``precision.device``, by one optimizer or several, which hold its
    parameters; the loss is cross-entropy, unless given. ``epoch`` is for the progress line and for errors.

    Raises
    ------
    BookError
        If the loss is no longer finite, a label is none of the classes, or there is no image.
    """
    optimizers = listed(optimizer)
    loss_fn = loss_fn or nn.CrossEntropyLoss()
    device = precision.device
    check_last_batch(model, loader)
    model.train()
    losses, hits, count, steps, start = [], [], 0, len(loader), time.perf_counter()
    with MovingLine() as progress:
        for step, (images, labels) in enumerate(loader):
            images = images.to(device, non_blocking=True)
            with precision.autocast():
                logits = model(images)
                check_batch(loader, step, labels, logits.shape[1])
                labels = labels.to(device, torch.int64, non_blocking=True)
                loss = loss_fn(logits, labels)
            for each in optimizers:
                each.zero_grad()
            precision.step(loss, optimizers)
            if after_step:
                after_step()
            # Kept on the device: reading a value each step would make a GPU wait for Python.
            losses.append(loss.detach() * len(labels))
            hits.append((logits.detach().argmax(dim=1) == labels).sum())
            count += len(labels)
            if step % STEPS_BETWEEN_CHECKS == 0 or step == steps - 1:
                if not torch.isfinite(loss):
                    raise BookError("loss_not_finite", loss=loss.item(), epoch=epoch, step=step + 1)
                left = (time.perf_counter() - start) / (step + 1) * (steps - step - 1)
                values = {"epoch": epoch, "step": step + 1, "steps": steps, "loss": loss.item(), "left": left}
                progress.show(text("training.step", **values))
    if count == 0:
        raise BookError("no_images")
    loss_sum, hit_sum = torch.stack(losses).cpu().double().sum().item(), torch.stack(hits).sum().item()
    return {"train_loss": loss_sum / count, "train_accuracy": hit_sum / count}


def fit(
    model: nn.Module,
    train_loader: DataLoader,
    eval_loader: DataLoader | None = None,
    *,
    epochs: int = 10,
    learning_rate: float = 1e-3,
    optimizer: Optimizer | Sequence[Optimizer] | None = None,
    scheduler: LRScheduler | Sequence[LRScheduler] | None = None,
    schedule_steps: bool = False,
    loss_fn: nn.Module | None = None,
    ema: AveragedModel | None = None,
    also: Callable[[nn.Module], dict[str, float]] | None = None,
    until: Callable[[dict[str, float | int | None]], bool] | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype = torch.float32,
    output: str | Path | None = None,
    resume: bool = True,
) -> History:
    """Train a model, one line of report an epoch.

    Parameters
    ----------
    model
        Trained in place.
    train_loader, eval_loader
        Batches ``(images, labels)``. What ``eval_loader`` measures is called ``test_...`` where
        its dataset is a test set (``dataset.train`` is False), else ``val_...``.
    epochs
        Passes over the training images, counted from the first, resumed ones included.
    learning_rate
        Of Adam, where no optimizer is given.
    optimizer, scheduler
        One or several each; optimizers hold the model's parameters already, schedulers their optimizer.
        Schedulers advance once an epoch, or with ``schedule_steps`` after each step; the learning-rate
        schedules of chapters 10 to 12 are made by ``experiments.recipe``.
    loss_fn
        Cross-entropy, unless given; evaluation always measures cross-entropy.
    ema
        A running average of the weights, updated after each step; it is what is evaluated.
    also
        Measures more of the model after each epoch; what it returns stands in the epoch's row.
    until
        Asked after each epoch, with its row: True ends the training.
    device
        See ``choose_device``.
    dtype
        Of the products, in training and evaluation; see ``devices.fast_dtype``.
    output
        A folder for the last epoch's checkpoint, and ``history.jsonl``, the history line by line.
    resume
        Go on from the checkpoint in ``output``; the result is the same, bit for bit, as without the
        interruption (same machine, same number of threads; on a card, as far as its kernels give the same
        sums twice).

    Returns
    -------
    list of dict
        An epoch each: epoch, train_loss, train_accuracy, val_loss, val_accuracy, test_loss, test_accuracy,
        learning_rate, training_seconds, and seconds, which count the measuring too. Training figures are
        means over the epoch's images in training mode, while the weights change; what was not measured is
        None.

    Raises
    ------
    BookError
        If the loss is no longer finite, or the checkpoint in ``output`` belongs to something else: to
        another network, to other settings or images, or to more epochs than these.
    Interrupted
        On Ctrl-C; what was reached is kept.
    """
    epochs = whole_number("epochs", epochs)
    device = choose_device(device)
    model.to(device)
    if optimizer is None:
        # fused: the same formula in one pass over memory; a third of a small batch's time on a CPU.
        rate = positive("learning_rate", learning_rate)
        optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    optimizers, schedulers = listed(optimizer), listed(scheduler)
    if schedule_steps and not schedulers:
        raise ValueError("schedule_steps is given without a scheduler; give both or neither.")
    if ema is not None:
        ema.to(device)
        # torch asks in every step whether this count is zero; on a card each answer would be waited for.
        ema.n_averaged = ema.n_averaged.cpu()
    evaluated = model if ema is None else ema
    precision = Precision(device, dtype)
    parts = Parts(model, optimizers, schedulers, train_loader, ema, precision.scaler)
    history: History = load_checkpoint(output, epochs, parts) if output and resume else []
    for row in history:
        report_epoch(row, epochs)
    if hasattr(train_loader, "set_epoch"):
        train_loader.set_epoch(len(history) + 1)

    def advance() -> None:
        for each in schedulers:
            each.step()

    def after_step() -> None:
        if schedule_steps:
            advance()
        if ema is not None:
            ema.update_parameters(model)

    try:
        while len(history) < epochs and not (until and history and until(history[-1])):
            start, epoch = time.perf_counter(), len(history) + 1
            rate = float(optimizers[0].param_groups[0]["lr"])  # it may be NumPy's number, or a tensor
            row = {"epoch": epoch}
            row |= train_epoch(model, train_loader, optimizers, precision, epoch, loss_fn, after_step)
            training_seconds = time.perf_counter() - start
            with precision.autocast():
                row |= measure(evaluated, eval_loader, device)
                row |= also(evaluated) if also else {}
            row |= {"learning_rate": rate, "training_seconds": training_seconds}
            row["seconds"] = time.perf_counter() - start
            if not schedule_steps:
                advance()
            if output:
                save_checkpoint(output, [*history, row], parts)
            history.append(row)
            report_epoch(row, epochs)
    except KeyboardInterrupt:
        kept = "interrupted_saved" if output else "interrupted"
        kept = kept if history else "interrupted_first"
        raise Interrupted(kept, epoch=len(history), output=output) from None
    return history


def check_batch(loader: DataLoader, step: int, labels: Tensor, num_classes: int) -> None:
    """Check the labels of a batch; those on a card before the first step, by their data set if it tells.

    To read them there in every step would make the card wait.
    """
    if labels.device.type == "cpu":
        check_labels(labels, num_classes)
    elif step == 0:
        all_labels = getattr(getattr(loader, "dataset", None), "targets", labels)
        check_labels(torch.as_tensor(all_labels), num_classes)


def check_last_batch(model: nn.Module, loader: DataLoader) -> None:
    """Refuse a last batch of one image where batch normalization would need the variance of one value."""
    batch_size = getattr(loader, "batch_size", None)
    dealt = getattr(loader, "sampler", getattr(loader, "dataset", ()))  # a sampler may deal a part only
    if not batch_size or getattr(loader, "drop_last", False) or not isinstance(dealt, Sized):
        return
    images = len(dealt)
    alone = images > 0 and (images % batch_size or batch_size) == 1
    if alone and any(isinstance(layer, nn.BatchNorm1d) for layer in model.modules()):
        raise BookError("image_alone", images=images, batch_size=batch_size)


def report_epoch(row: dict[str, float | int | None], epochs: int) -> None:
    """Print one line of the history: the same whether it was just trained or loaded."""
    parts = [text("training.epoch", epoch=row["epoch"], epochs=epochs)]
    for split in ("train", "val", "test"):
        if row[f"{split}_loss"] is not None:
            loss, accuracy = row[f"{split}_loss"], row[f"{split}_accuracy"]
            parts.append(text(f"training.{split}", loss=loss, accuracy=100 * accuracy))
    if "train_error" in row:
        parts.append(text("training.error", error=100 * row["train_error"]))
    parts.append(text("training.seconds", seconds=row["seconds"]))
    print_words(" | ".join(parts))
