"""The recorded transfer of chapter 9: four ways of learning handwritten digits from a few examples."""

import hashlib
import time
from dataclasses import dataclass

import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from alexnet_lib.experiments.modern_alexnet import SmallAlexNet
from alexnet_lib.experiments.transfer import digits_32, features_of, split_few, starting_network
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import predict_logits
from alexnet_lib.records import recorded_weights
from alexnet_lib.training import fit
from run_files import scores_of, write_record

WAYS = ("pixels", "frozen", "scratch", "fine_tuned")


@dataclass(frozen=True)
class TransferConfig:
    """What decides a recorded transfer beside data and code.

    ``source`` is the recorded run whose weights are transferred; ``seed`` draws the training images,
    their order and the random weights. ``learning_rate`` is Adam's.
    """

    source: str = "small_alexnet"
    train_sizes: tuple[int, ...] = (20, 50, 100, 200)
    epochs: int = 30
    batch_size: int = 10
    learning_rate: float = 1e-3
    seed: int = 0


def transfer_logits(way: str, source: nn.Module, train_size: int, config: TransferConfig) -> Tensor:
    """Learn from a few digits in one of four ways; return the scores of the test images, (500, 10)."""
    images, labels = digits_32()
    train, _, test = split_few(labels, train_size, config.seed)
    if way in ("pixels", "frozen"):
        learned, asked = (
            load_digits().data[part] / 16 if way == "pixels" else features_of(source, images[part])
            for part in (train, test)
        )
        probe = LogisticRegression(max_iter=1000).fit(learned, labels[train])
        return torch.from_numpy(probe.decision_function(asked)).float()
    torch.manual_seed(config.seed)
    model = starting_network(way, source)
    loader = make_loader(
        TensorDataset(images[train], labels[train]), config.batch_size, shuffle=True, seed=config.seed
    )
    fit(model, loader, epochs=config.epochs, learning_rate=config.learning_rate)
    return predict_logits(model, make_loader(TensorDataset(images[test], labels[test])))[0]


def record_transfer(name: str, config: TransferConfig, starts: list[dict]) -> None:
    """Learn from a few digits in each way, and write the record of it, with the logits behind its scores."""
    source = SmallAlexNet()
    source.load_state_dict(recorded_weights(config.source))
    digits = load_digits()
    labels = torch.from_numpy(digits.target)
    began = time.perf_counter()
    scores, logits = [], {}
    for train_size in config.train_sizes:
        test_labels = labels[split_few(labels, train_size, config.seed)[2]]
        for way in WAYS:
            found = transfer_logits(way, source, train_size, config)
            logits[f"{way}_{train_size}"] = found
            scores.append({"way": way, "train_size": train_size, **scores_of(found, test_labels)})
    content = {
        "dtype": "float32",
        "dataset": {"name": "digits", "sha256": hashlib.sha256(digits.data.tobytes()).hexdigest()},
        "scores": scores,
    }
    write_record(name, config, content, [{"seconds": time.perf_counter() - began}], starts, **logits)
