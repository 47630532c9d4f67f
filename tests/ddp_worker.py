"""What each process of a test of ``book/examples/train_ddp.py`` runs: a tiny network on a few images."""

import contextlib
import os
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed, nn
from torchvision.transforms import ToTensor

from tiny import TinyBatchNet, TinyImages, TinyNet
from train_ddp import train

# Folder, network and epochs of what is trained, one after the other.
TRAININGS = (("plain", "TinyNet", 3), ("stopped", "TinyNet", 1), ("normalized", "TinyBatchNet", 3))


def tiny_network(name: str) -> nn.Module:
    """Return a network without dropout, which draws other numbers in each process."""
    torch.manual_seed(0)
    model = {"TinyNet": TinyNet, "TinyBatchNet": TinyBatchNet}[name]()
    model.classifier[0].p = 0.0
    return model


def tiny_images(train: bool) -> TinyImages:
    return TinyImages(80 if train else 20, train=train, transform=ToTensor())


def take_part(rank: int, processes: int, output: Path) -> None:
    """Train as one of several processes; leave the weights, and what it printed."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # two processes cannot share a card
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{output}/store", rank=rank, world_size=processes,
        timeout=timedelta(minutes=3),
    )  # fmt: skip
    images = tiny_images(True), tiny_images(False)
    printed = output / f"printed-{rank}.txt"
    with printed.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        for folder, network, epochs in TRAININGS:
            model = tiny_network(network)
            train(model, *images, output / folder, epochs=epochs, batch_size=16)
            torch.save(model.state_dict(), output / folder / f"weights-{rank}.pt")
    distributed.destroy_process_group()
