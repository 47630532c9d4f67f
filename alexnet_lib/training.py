"""Training: one epoch, many epochs, and what is measured on the way."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader

from alexnet_lib.checkpoints import checkpoint_files, epoch_of, load_checkpoint, save_checkpoint
from alexnet_lib.checks import check_batch, check_last_batch, positive, whole_number
from alexnet_lib.devices import Precision, choose_device, is_leader, of_leader, sum_over_processes
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError, TrainingInterrupted
from alexnet_lib.metrics import measure
from alexnet_lib.progress import Progress, report_epoch
from alexnet_lib.tensorboard import write_scalars

STEPS_BETWEEN_CHECKS = 50


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    optimizer: Optimizer,
    precision: Precision,
    epoch: int = 1,
    loss_fn: nn.Module | None = None,
    after_step: Callable[[], None] | None = None,
) -> dict[str, float]:
    """Make one pass over the training images; return train_loss and train_accuracy.

    Parameters
    ----------
    model
        Trained in place, on ``precision.device``.
    loader
        Batches (images (N, C, H, W), labels (N,) of class indices).
    optimizer
        Holds the model's parameters.
    precision
        The device and the number format.
    epoch
        For the progress line and for errors.
    loss_fn
        Cross-entropy, unless given.
    after_step
        Called after each step.

    Raises
    ------
    BookError
        If the loss is no longer finite, a label is none of the classes, or there is no image.
    """
    loss_fn = loss_fn or nn.CrossEntropyLoss()
    device = precision.device
    check_last_batch(model, loader)
    model.train()
    losses, hits, count = [], [], 0
    with Progress(len(loader)) as progress:
        for step, (images, labels) in enumerate(loader):
            images = images.to(device, non_blocking=True)
            with precision.autocast():
                logits = model(images)
                check_batch(loader, step, labels, logits.shape[1])
                labels = labels.to(device, torch.int64, non_blocking=True)
                loss = loss_fn(logits, labels)
            optimizer.zero_grad()
            precision.step(loss, optimizer)
            if after_step:
                after_step()
            # Kept on the device: reading a value each step would make a GPU wait for Python.
            losses.append(loss.detach() * len(labels))
            hits.append((logits.detach().argmax(dim=1) == labels).sum())
            count += len(labels)
            if step % STEPS_BETWEEN_CHECKS == 0 or step == len(loader) - 1:
                if not torch.isfinite(loss):
                    raise BookError("loss_not_finite", loss=loss.item(), epoch=epoch, step=step + 1)
                progress.show(step + 1, epoch, loss.item())
    if count == 0:
        raise BookError("no_images")
    loss_sum, hit_sum = torch.stack(losses).cpu().double().sum().item(), torch.stack(hits).sum().item()
    loss_sum, hit_sum, count = sum_over_processes(loss_sum, hit_sum, count)
    return {"train_loss": loss_sum / count, "train_accuracy": hit_sum / count}


History = list[dict[str, float | int | None]]


def fit(
    model: nn.Module,
    train_loader: DataLoader,
    eval_loader: DataLoader | None = None,
    *,
    epochs: int = 10,
    learning_rate: float = 1e-3,
    optimizer: Optimizer | None = None,
    scheduler: LRScheduler | None = None,
    device: str | torch.device | None = None,
    output: str | Path | None = None,
    resume: bool = True,
    loss_fn: nn.Module | None = None,
    schedule_steps: bool = False,
    average: AveragedModel | None = None,
    dtype: torch.dtype = torch.float32,
    tensorboard: bool = False,
) -> History:
    """Train a model, one line of report an epoch.

    Parameters
    ----------
    model
        Trained in place; in several processes, inside torch's ``DistributedDataParallel``.
    train_loader, eval_loader
        Batches ``(images, labels)``. What ``eval_loader`` measures is called ``test_...`` where
        its dataset is a test set (``dataset.train`` is False), else ``val_...``.
    epochs
        Passes over the training images, counted from the first, resumed ones included.
    learning_rate
        Of Adam, where no optimizer is given.
    optimizer, scheduler
        Hold the model's parameters already; the scheduler advances once an epoch, or with
        ``schedule_steps`` after each step.
    output
        A folder for checkpoints, one an epoch, and ``history.jsonl``, the history line by line.
    resume
        Go on from the last checkpoint in ``output``; the result is the same, bit for bit, as
        without the interruption (same machine, same number of threads; on a card, as far as its
        kernels give the same sums twice).
    loss_fn
        Cross-entropy, unless given; evaluation always measures cross-entropy.
    average
        A running average of the weights, updated after each step; it is what is evaluated.
    dtype
        Of the products, in training and evaluation; see ``precision.fast_dtype``.
    tensorboard
        Write each epoch's figures for TensorBoard too, below ``output``.

    Returns
    -------
    list of dict
        An epoch each: epoch, train_loss, train_accuracy, val_loss, val_accuracy, test_loss,
        test_accuracy, learning_rate, seconds. Training figures are means over the epoch's images
        in training mode, while the weights change; what was not measured is None.

    Raises
    ------
    BookError
        If the loss is no longer finite, or the checkpoints in ``output`` belong to something else: to
        another network, to other settings or images, or to more epochs than these.
    TrainingInterrupted
        On Ctrl-C; what was reached is kept.
    """
    epochs = whole_number("epochs", epochs)
    if schedule_steps and scheduler is None:
        raise ValueError("schedule_steps is given without a scheduler; give both or neither.")
    device = choose_device(device)
    model.to(device)
    network = model.module if isinstance(model, DistributedDataParallel) else model
    if optimizer is None:
        # fused: the same formula in one pass over memory; a third of a small batch's time on a CPU.
        learning_rate = positive("learning_rate", learning_rate)
        optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    if average is not None:
        average.to(device)
        # torch asks in every step whether this count is zero; on a card each answer would be waited for.
        average.n_averaged = average.n_averaged.cpu()
    precision = Precision(device, dtype)
    state = {
        "model": network, "optimizer": optimizer, "scheduler": scheduler, "loader": train_loader,
        "average": average, "precision": precision,
    }
    history: History = []
    if output and resume:
        newest = checkpoint_files(output)[:1]
        if newest and epoch_of(newest[0]) > epochs:
            raise BookError("more_epochs", output=output, done=epoch_of(newest[0]), epochs=epochs)
        history = load_checkpoint(output, **state)
    for row in history if is_leader() else ():
        report_epoch(row, epochs)

    def after_step() -> None:
        if schedule_steps:
            scheduler.step()
        if average is not None:
            average.update_parameters(network)

    try:
        for epoch in range(len(history) + 1, epochs + 1):
            start = time.perf_counter()
            rate = float(optimizer.param_groups[0]["lr"])  # it may be NumPy's number, or a tensor
            if isinstance(train_loader, TensorLoader):
                train_loader.set_epoch(epoch)
            row = {"epoch": epoch}
            row |= train_epoch(model, train_loader, optimizer, precision, epoch, loss_fn, after_step)
            with precision.autocast():
                evaluated = network if average is None else average
                # Batch normalization's running statistics differ from process to process.
                row |= of_leader(partial(measure, evaluated, eval_loader, device))
            row |= {"learning_rate": rate, "seconds": time.perf_counter() - start}
            if scheduler is not None and not schedule_steps:
                scheduler.step()
            if is_leader():
                if output:
                    save_checkpoint(output, [*history, row], **state)
                    if tensorboard:
                        write_scalars(output, row)
                report_epoch(row, epochs)
            history.append(row)
    except KeyboardInterrupt:
        kept = "interrupted_saved" if output else "interrupted"
        kept = kept if history else "interrupted_first"
        raise TrainingInterrupted(kept, epoch=len(history), output=output) from None
    return history
