"""One pass over the training images."""

from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader

from alexnet_lib.checks import check_batch, check_last_batch
from alexnet_lib.devices import sum_over_processes
from alexnet_lib.errors import BookError
from alexnet_lib.precision import Precision
from alexnet_lib.progress import Progress

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
