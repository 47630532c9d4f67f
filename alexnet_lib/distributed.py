"""One training shared by several processes, on one machine or many, through torch's own machinery.

    torchrun --nproc-per-node 2 -m alexnet_lib.distributed recipe.toml OUTPUT

``recipe.toml`` holds fields of ``alexnet_lib.experiments.recipe.Recipe``. Each process takes its part of
every batch; ``DistributedDataParallel`` averages their gradients. So ``batch_size`` is that of all together,
and the same recipe takes the same steps in any number of processes, but for dropout, rounding, and batch
normalization, for which each process knows its own part of a batch only.
"""

import argparse
import dataclasses
import os
import tomllib
from pathlib import Path

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from alexnet_lib.devices import choose_device
from alexnet_lib.experiments.recipe import Recipe, Training, build
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.training import History


class ShardedLoader(TensorLoader):
    """The part of each batch that one of several processes trains on.

    ``set_epoch`` also seeds the numbers that dropout draws: from the seed, the epoch and the process, so
    that each process drops other neurons, and a resumed training the same ones.
    """

    rank = 0

    def deal(self, rank: int, processes: int) -> None:
        """Take every ``processes``-th image of a batch, from number ``rank`` on."""
        if len(self.dataset) % processes or self.batch_size % processes:
            raise BookError(
                "uneven_parts", images=len(self.dataset), batch_size=self.batch_size, processes=processes
            )
        self.rank = rank
        self.part = slice(rank, None, processes)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, and seed dropout for it."""
        super().set_epoch(epoch)
        torch.manual_seed((self.seed * 1_000 + epoch) * 1_000 + self.rank)


def fit_distributed(recipe: Recipe, output: Path) -> tuple[Training, History]:
    """Train in all processes that ``torchrun`` started; the first one reports and writes checkpoints.

    Parameters
    ----------
    recipe
        What to train; ``batch_size`` and the number of images must be divisible by the processes.
    output
        A folder that all processes can read.
    """
    on_cards = torch.cuda.is_available()
    cards, here = torch.cuda.device_count(), int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if on_cards and here > cards:
        raise BookError("too_few_cards", processes=here, cards=cards)
    distributed.init_process_group("nccl" if on_cards else "gloo")
    try:
        rank, processes = distributed.get_rank(), distributed.get_world_size()
        if on_cards:
            torch.cuda.set_device(rank % torch.cuda.device_count())
        training = build(recipe, choose_device("cuda" if on_cards else "cpu"), loader_class=ShardedLoader)
        training.train_loader.deal(rank, processes)
        network = training.model
        parallel = dataclasses.replace(training, model=DistributedDataParallel(network))
        history = parallel.fit(device=training.train_loader.device, output=output)
        return training, history
    finally:
        distributed.destroy_process_group()


def main() -> None:
    """Read the recipe and train."""
    parser = argparse.ArgumentParser(description="Train a recipe in several processes; see torchrun --help.")
    parser.add_argument("recipe", type=Path, help="a TOML file with fields of Recipe")
    parser.add_argument("output", type=Path, help="a folder for checkpoints that all processes can read")
    arguments = parser.parse_args()
    fields = tomllib.loads(arguments.recipe.read_text("utf-8"))
    fit_distributed(Recipe(**fields), arguments.output)


if __name__ == "__main__":
    main()
