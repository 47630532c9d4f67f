"""One training shared by several processes, in PyTorch's own words: data parallelism with torchrun.

    torchrun --nproc-per-node 2 book/examples/train_ddp.py --epochs 10 --output output

Each process takes its part of every batch, and ``DistributedDataParallel`` averages their gradients: any
number of processes takes the same steps, but for rounding, dropout and augmentation, which each draws for
itself. A training that was stopped goes on after its last whole epoch, in any number of processes.
"""

import argparse
import os
from pathlib import Path

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.distributed import DistributedSampler

from alexnet_lib import AlexNet, channel_statistics, eval_transform, load_dataset, train_transform
from alexnet_lib.metrics import evaluate


def train(
    model: nn.Module,
    train_set: Dataset,
    test_set: Dataset,
    output: Path,
    *,
    epochs: int = 10,
    batch_size: int = 128,
    learning_rate: float = 0.03,
    seed: int = 0,
) -> None:
    """Train in every process of the group; the first one measures, reports and keeps checkpoints.

    Parameters
    ----------
    model
        With the same first weights in each process.
    train_set, test_set
        Give (image, label).
    output
        A folder that all processes can read.
    epochs, learning_rate, seed
        As in any training; SGD with Nesterov momentum takes the steps.
    batch_size
        Of all processes together.
    """
    rank, processes = distributed.get_rank(), distributed.get_world_size()
    if batch_size % processes:
        raise SystemExit(f"Batches of {batch_size} images cannot be dealt evenly to {processes} processes.")
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # means over the whole batch; on cards only
    parallel = DistributedDataParallel(model.to(device))
    sampler = DistributedSampler(train_set, seed=seed)
    train_loader = DataLoader(train_set, batch_size // processes, sampler=sampler)
    optimizer = torch.optim.SGD(model.parameters(), learning_rate, momentum=0.9, nesterov=True)
    checkpoint, done = output / "checkpoint.pt", 0
    if checkpoint.is_file():
        kept = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        done = kept["epochs"]
    for epoch in range(done, epochs):
        torch.manual_seed((seed * 1_000 + epoch) * 1_000 + rank)  # dropout and augmentation of each its own
        sampler.set_epoch(epoch)
        parallel.train()
        totals = torch.zeros(3, device=device)  # loss, right ones, images
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            logits = parallel(images)
            loss = nn.functional.cross_entropy(logits, labels)
            loss.backward()
            optimizer.step()
            right, count = (logits.argmax(dim=1) == labels).sum(), torch.tensor(len(labels), device=device)
            totals += torch.stack([loss.detach() * count, right, count])
        distributed.all_reduce(totals)
        if rank == 0:
            test = evaluate(model, DataLoader(test_set, batch_size), device)
            loss, accuracy = (totals[:2] / totals[2]).tolist()
            print(
                f"epoch {epoch + 1}/{epochs} | training loss {loss:.4f}, accuracy {accuracy:.2%}"
                f" | test loss {test['loss']:.4f}, accuracy {test['accuracy']:.2%}",
                flush=True,
            )
            output.mkdir(parents=True, exist_ok=True)
            partial = checkpoint.with_suffix(".partial")
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epochs": epoch + 1}
            torch.save(state, partial)
            partial.replace(checkpoint)
        distributed.barrier()  # the others wait for the first


def main() -> None:
    """Read the arguments, join the other processes, and train AlexNet."""
    parser = argparse.ArgumentParser(description="Train AlexNet in several processes; see torchrun --help.")
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=128, help="of all processes together")
    parser.add_argument("--learning-rate", type=float, default=0.03)
    parser.add_argument("--output", type=Path, required=True, help="a folder that all processes can read")
    arguments = parser.parse_args()
    cards, here = torch.cuda.device_count(), int(os.environ["LOCAL_WORLD_SIZE"])
    if 0 < cards < here:
        raise SystemExit(f"This machine has {cards} GPU(s) for {here} processes; NCCL cannot share one.")
    if cards:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if cards else "gloo")
    train_set, test_set = (load_dataset(arguments.dataset, train=train) for train in (True, False))
    statistics = channel_statistics(train_set)
    train_set.transform, test_set.transform = train_transform(*statistics), eval_transform(*statistics)
    torch.manual_seed(0)
    train(
        AlexNet(), train_set, test_set, arguments.output,
        epochs=arguments.epochs, batch_size=arguments.batch_size, learning_rate=arguments.learning_rate,
    )
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
