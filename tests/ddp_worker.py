"""What each process of a test of ``book/examples/train_ddp.py`` runs: a tiny network on a few images."""

import sys
from pathlib import Path

import torch
from torch import distributed, nn
from torchvision.transforms import ToTensor

from tiny import TinyBatchNet, TinyImages, TinyNet

# Folder, network and epochs of what is trained, one after the other: to start processes takes longer.
TRAININGS = (("plain", "TinyNet", 3), ("stopped", "TinyNet", 1), ("normalized", "TinyBatchNet", 3))

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book/examples"))


def tiny_network(name: str) -> nn.Module:
    """Return a network without dropout, which draws other numbers in each process."""
    torch.manual_seed(0)
    model = {"TinyNet": TinyNet, "TinyBatchNet": TinyBatchNet}[name]()
    model.classifier[0].p = 0.0
    return model


def tiny_images(train: bool) -> TinyImages:
    return TinyImages(80 if train else 20, train=train, transform=ToTensor())


if __name__ == "__main__":
    from train_ddp import train

    torch.set_num_threads(1)
    distributed.init_process_group("gloo")
    output, images = Path(sys.argv[1]), (tiny_images(True), tiny_images(False))
    for folder, network, epochs in TRAININGS:
        model = tiny_network(network)
        train(model, *images, output / folder, epochs=epochs, batch_size=16)
        torch.save(model.state_dict(), output / folder / f"weights-{distributed.get_rank()}.pt")
    distributed.destroy_process_group()
