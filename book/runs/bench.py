"""Measure the training against the blog post's on this machine; goals are marked as met or missed.

    python book/runs/bench.py                  a few minutes; let nothing else run meanwhile
    python book/runs/bench.py --channels-last  with weights in that order in memory

Everything is measured in one process, after a warm-up, in turns where two are compared; the figures
are medians. Writes _build/bench.json.
"""

import argparse
import statistics
import sys
from typing import Any

import torch

from alexnet_lib.data import load_dataset, subset
from alexnet_lib.devices import choose_device, device_name, fast_dtype
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.terminal import print_words
from alexnet_lib.transforms import channel_statistics, train_transform
from bench_measures import (
    BATCH_SIZE,
    Contender,
    compare,
    endless,
    matmul_peak,
    peak_memory,
    pipeline_rate,
    scaling,
    step_flop,
)
from run_files import ROOT, write_json

# What the value is, where the result has it, how it is written, and the least that it should be; of the
# waiting, the most.
GOALS = (
    ("input pipeline against the post's", "input_pipeline", "ratio", "{:.1f} times", 20),
    ("training in float32", "training_float32", "ratio", "{:.2f} times", 0.97),
    ("training in the fast format", "training", "ratio", "{:.2f} times", 2),
    ("time spent waiting for data", "data_share", "ours", "{:.2%}", 0.03),
    ("arithmetic, of a matrix product's", "flops", "share", "{:.0%}", 0.60),
)


def table(result: dict[str, Any]) -> str:
    """Return the benchmark as text: a line a goal, then what no goal is set for."""
    lines = [f"{result['device']}, {result['dtype']}, {result['memory_format']}"]
    for what, group, name, form, goal in GOALS:
        if group == "training" and result["dtype"] == "float32":  # there is no faster one
            continue
        value, is_most = result[group][name], group == "data_share"
        verdict = "met" if (value <= goal if is_most else value >= goal) else "MISSED"
        words = f"{form.format(goal)} or {'less' if is_most else 'more'}"
        lines.append(f"{what:36}{form.format(value):>12}   goal: {words:20} {verdict}")
    pipeline, training, flops = (result[group] for group in ("input_pipeline", "training", "flops"))
    return "\n".join([
        *lines,
        f"images/s from the pipeline: {pipeline['ours']:,.0f}; the post's: {pipeline['seed_workers_0']:,.0f} "
        f"without workers, {pipeline['seed_workers_2']:,.0f} with two",
        f"images/s in training: {training['ours']:,.1f}; the post's: {training['seed']:,.1f}",
        # A step that takes nine times as long as its batch waits a tenth of the time.
        f"waiting would be a tenth of the time at {pipeline['ours'] / 10:,.0f} images/s in training",
        f"FLOP/s: {flops['achieved']:.3g}; of a matrix product: {flops['peak']:.3g}",
        f"peak memory: {result['peak_memory_bytes'] / 2**20:,.0f} MiB",
    ])


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--channels-last", action="store_true", help="weights in that order in memory")
    memory_format = torch.channels_last if parser.parse_args().channels_last else torch.contiguous_format
    device = choose_device()
    try:
        train_set = subset(load_dataset("cifar10", download=False), 12_800)
    except BookError as error:
        sys.exit(str(error))
    mean, std = channel_statistics(train_set)
    train_set.transform = train_transform(mean, std)
    posts = [endless(make_loader(train_set, BATCH_SIZE, shuffle=True, num_workers=n)) for n in (0, 2)]
    ours = endless(TensorLoader(train_set, mean, std, BATCH_SIZE, augment=True, device=device))
    counts = (16, 16, 90)  # batches: each pipeline is watched for about a second
    pipelines = zip([*posts, ours], counts, strict=True)
    rates = [pipeline_rate(batches, device, count) for batches, count in pipelines]
    del posts[1]  # its worker processes would go on computing
    dtype = fast_dtype(device)
    formats = [torch.float32] if dtype == torch.float32 else [torch.float32, dtype]
    contenders = [
        Contender(posts[0], device),
        *(Contender(ours, device, fused=True, memory_format=memory_format, dtype=each) for each in formats),
    ]
    compare(contenders)
    peak = matmul_peak(device, dtype)
    achieved = step_flop() / statistics.median(contenders[-1].computing)
    post, *trained = [contender.rate() for contender in contenders]
    memory = peak_memory(device)
    result = {
        "device": device_name(device),
        "dtype": str(dtype).removeprefix("torch."),
        "memory_format": str(memory_format).removeprefix("torch."),
        "input_pipeline": {
            "seed_workers_0": rates[0], "seed_workers_2": rates[1], "ours": rates[2],
            "ratio": rates[2] / max(rates[:2]),
        },
        "training": {"seed": post, "ours": trained[-1], "ratio": trained[-1] / post},
        "training_float32": {"seed": post, "ours": trained[0], "ratio": trained[0] / post},
        "data_share": {"seed": contenders[0].data_share(), "ours": contenders[-1].data_share()},
        "flops": {"achieved": achieved, "peak": peak, "share": achieved / peak},
        "peak_memory_bytes": memory,
        "scaling": scaling(ours, contenders[-1]),
    }
    write_json(ROOT / "_build/bench.json", result)
    print_words(table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
