"""Two processes take the steps that one takes, the first one measures, and either goes on for the other."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import distributed
from torch.utils.data import DataLoader

from alexnet_lib.metrics import evaluate
from ddp_worker import TRAININGS, take_part, tiny_images, tiny_network
from processes import start
from train_ddp import train


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Train in two processes and return where."""
    folder = tmp_path_factory.mktemp("trained")
    processes = [start(take_part, rank, 2, folder) for rank in range(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    return folder


@pytest.fixture
def alone():
    """Be the one process of a group."""
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "checkpoint.pt", weights_only=True)["model"]


def assert_close(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name in theirs:
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-4, atol=1e-5)


def by_hand(epochs: int = 3) -> dict[str, torch.Tensor]:
    """Train in this process alone, with batches of the same images, in a loop of its own."""
    model, images = tiny_network("TinyNet"), tiny_images(train=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.03, momentum=0.9, nesterov=True)
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(epoch)).tolist()
        for batch in DataLoader([images[index] for index in order], 16):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(batch[0]), batch[1]).backward()
            optimizer.step()
    return model.state_dict()


def test_two_processes_reach_the_weights_that_one_reaches(trained):
    """Equal gradients at every step, to rounding: each half's mean counts for half."""
    ours, start = weights(trained / "plain"), tiny_network("TinyNet").state_dict()
    assert_close(ours, by_hand())
    assert not torch.allclose(ours["classifier.1.weight"], start["classifier.1.weight"], atol=1e-2)


def test_one_process_reports_and_measures_all_tiny_images(trained):
    lines, others = ((trained / f"printed-{rank}.txt").read_text("utf-8").splitlines() for rank in (0, 1))
    assert others == []
    told = [f"epoch {epoch}/{epochs}" for _, _, epochs in TRAININGS for epoch in range(1, epochs + 1)]
    assert [line.split(" | ")[0] for line in lines] == told
    model = tiny_network("TinyNet")
    model.load_state_dict(weights(trained / "plain"))
    measured = evaluate(model, DataLoader(tiny_images(train=False), 16), "cpu")
    assert lines[2].endswith(f"test loss {measured['loss']:.4f}, accuracy {measured['accuracy']:.2%}")


def test_one_process_goes_on_from_the_checkpoint_of_two(trained, tmp_path, alone, capsys):
    shutil.copy(trained / "stopped/checkpoint.pt", tmp_path)
    images = (tiny_images(train=True), tiny_images(train=False))
    train(tiny_network("TinyNet"), *images, tmp_path, epochs=3, batch_size=16)
    assert capsys.readouterr().out.startswith("epoch 2/3")
    assert_close(weights(tmp_path), weights(trained / "plain"))


def test_all_processes_hold_the_same_weights_and_statistics_with_batch_normalization(trained):
    """Each normalizes by its own part of a batch on a CPU; the gradients of both, averaged, move both."""
    folder = trained / "normalized"
    first, second = (torch.load(folder / f"weights-{rank}.pt", weights_only=True) for rank in (0, 1))
    names = [name for name in first if "running" not in name and "tracked" not in name]
    for name in names:
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0)
    assert_close(weights(folder), first)  # what is kept is the first one's
