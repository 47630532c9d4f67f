"""What each process of a test of ``alexnet_lib.distributed`` runs: the tiny network on a few images."""

import json
import os
from pathlib import Path

import torch

from alexnet_lib import distributed, models, shapes
from alexnet_lib.experiments.recipe import Recipe, Training
from alexnet_lib.training import History
from tiny import TinyBatchNet, TinyNet

torch.set_num_threads(1)
models.TinyNet, models.TinyBatchNet = TinyNet, TinyBatchNet
shapes.COUNT = {True: 200, False: 20}

fit_distributed = distributed.fit_distributed


def noted(recipe: Recipe, output: Path) -> tuple[Training, History]:
    """Train, and write down what this process says of it."""
    training, history = fit_distributed(recipe, output)
    (output / f"history-{os.environ['RANK']}.json").write_text(json.dumps(history), "utf-8")
    return training, history


if __name__ == "__main__":
    distributed.fit_distributed = noted
    distributed.main()
