"""The benchmark's arithmetic, on times that are given; what it measures is not a test's business."""

import itertools
import json

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import bench_measures
from alexnet_lib.models import AlexNet
from bench import table
from bench_measures import BATCH_SIZE, Contender, endless, step_flop
from tiny import TinyNet, tiny_loader

RESULT = {
    "device": "a processor",
    "dtype": "float32",
    "memory_format": "channels_last",
    "input_pipeline": {"seed_workers_0": 1000.0, "seed_workers_2": 1800.0, "ours": 90_000.0, "ratio": 50.0},
    "training": {"seed": 60.0, "ours": 75.0, "ratio": 1.25},
    "training_float32": {"seed": 60.0, "ours": 75.0, "ratio": 1.25},
    "data_share": {"seed": 0.02, "ours": 0.001},
    "flops": {"achieved": 1.0e11, "peak": 1.3e11, "share": 0.77},
    "peak_memory_bytes": 3 * 2**30,
}
WORSE = {
    ("input_pipeline", "ratio"): 19.9, ("training_float32", "ratio"): 0.96, ("data_share", "ours"): 0.031,
    ("flops", "share"): 0.59,
}


@pytest.mark.parametrize("missed", [None, *WORSE])
def test_the_goals_that_are_met_are_marked_so_and_the_one_that_is_missed(missed):
    result = json.loads(json.dumps(RESULT))
    if missed:
        group, name = missed
        result[group][name] = WORSE[missed]
    assert table(result).count("MISSED") == bool(missed)
    assert table(result).count(" met") == len(WORSE) - bool(missed)


@pytest.mark.parametrize(("ratio", "verdict"), [(1.9, "MISSED"), (2.1, "met")])
def test_where_a_shorter_format_is_fast_it_should_be_twice_the_posts(ratio, verdict):
    result = RESULT | {"dtype": "bfloat16", "training": {"seed": 60.0, "ours": 60 * ratio, "ratio": ratio}}
    line = next(line for line in table(result).splitlines() if line.startswith("training in the fast"))
    assert line.endswith(verdict)


def test_rates_and_shares_come_from_the_times(monkeypatch):
    monkeypatch.setattr(bench_measures, "AlexNet", TinyNet)
    contender = Contender(iter(()), torch.device("cpu"))
    contender.waiting, contender.computing = [1.0, 1.0, 9.0], [3.0, 3.0, 6.0]
    assert contender.rate() == BATCH_SIZE / 4  # the median step
    assert contender.data_share() == 11 / 23  # of all the time


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_step_trains_in_the_format_asked_for_and_is_timed(monkeypatch, dtype):
    monkeypatch.setattr(bench_measures, "AlexNet", TinyNet)
    contender, seen = Contender(endless(tiny_loader()), torch.device("cpu"), fused=True, dtype=dtype), []
    contender.model.classifier.register_forward_hook(lambda *parts: seen.append(parts[2].dtype))
    before = [parameter.clone() for parameter in contender.model.parameters()]
    contender.step()
    assert seen == [dtype]
    assert len(contender.waiting) == len(contender.computing) == 1
    changed = [not torch.equal(a, b) for a, b in zip(contender.model.parameters(), before, strict=True)]
    assert all(changed)


def test_only_full_batches_are_measured_and_they_do_not_end():
    batches = list(itertools.islice(endless(tiny_loader(40, batch_size=16)), 7))  # two and a half an epoch
    assert [len(labels) for _, labels in batches] == [16] * 7


def test_the_operations_are_those_of_a_whole_step():
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        AlexNet()(torch.zeros(2, 3, 32, 32)).sum().backward()
    assert step_flop() == counter.get_total_flops() * BATCH_SIZE // 2
