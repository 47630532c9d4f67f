"""Work through book/runs.toml: train what is missing, and write each finished run at once.

    python book/tools/record_runs.py            train what is missing
    python book/tools/record_runs.py --status   say what is done, begun and missing
"""

import argparse
import dataclasses
import datetime
import json
import platform
import subprocess
import tomllib
from pathlib import Path

import filelock
import numpy as np
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib import networks
from alexnet_lib.checkpoints import checkpoint_files
from alexnet_lib.data import data_hash
from alexnet_lib.devices import choose_device, device_name
from alexnet_lib.metrics import predict_logits, top_k_error
from alexnet_lib.runs import TrainingConfig, prepare, run_key, runs_root
from alexnet_lib.training import fit

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "book/results"
SCHEMA = 1


def planned() -> list[tuple[str, TrainingConfig]]:
    """Return (name, configuration) of every run in book/runs.toml: seed 0 of all, then seed 1 ..."""
    runs = tomllib.loads((ROOT / "book/runs.toml").read_text("utf-8"))["run"]
    jobs = [
        (seed, run["name"], {key: run[key] for key in run if key not in ("name", "seeds")})
        for run in runs
        for seed in run["seeds"]
    ]
    jobs.sort(key=lambda job: job[0])  # stable: the order of the file within a seed
    return [(name, TrainingConfig(seed=seed, **fields)) for seed, name, fields in jobs]


def hardware() -> dict[str, str | int]:
    """Return the machine a run is on."""
    device = choose_device()
    return {"device": device_name(device), "threads": torch.get_num_threads(), "system": platform.system()}


def commit() -> str:
    """Return the commit of the code that runs; ``+`` says that it was changed since."""
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "alexnet_lib", "book/tools")
    return git("rev-parse", "HEAD") + ("+" if changed else "")


def write_atomically(path: Path, content: bytes) -> None:
    """Write the whole file or none of it."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def begin(folder: Path) -> dict:
    """Note each start of a run: where, when, from which commit."""
    path = folder / "starts.json"
    starts = json.loads(path.read_text()) if path.is_file() else []
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    starts.append({"date": now, "commit": commit(), "hardware": hardware()})
    write_atomically(path, json.dumps(starts, indent=1).encode())
    return starts


def training_flop(config: TrainingConfig, num_classes: int, images: int) -> int:
    """Return the floating-point operations of training on so many images, by torch's counter."""
    model = getattr(networks, config.network)(num_classes=num_classes)
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 3, 32, 32)).sum().backward()
    return counter.get_total_flops() * images


def record(name: str, config: TrainingConfig) -> None:
    """Train one run, or go on with it, and write its two files."""
    model, train_loader, test_loader = prepare(config)
    train_set, test_set = train_loader.dataset, test_loader.dataset
    hashes = (data_hash(train_set), data_hash(test_set))
    folder = runs_root() / f"{name}-{config.seed}-{run_key(config, *hashes)}"
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / ".lock", timeout=0):
        starts = begin(folder)
        history = fit(
            model, train_loader, test_loader,
            epochs=config.epochs, learning_rate=config.learning_rate, output=folder,
        )
        logits, labels = predict_logits(model, test_loader)
    logits = logits.half()
    scores = logits.double()
    images = len(train_set) * config.epochs
    content = {
        "schema": SCHEMA,
        "run": name,
        "seed": config.seed,
        "config": dataclasses.asdict(config),
        "dtype": "float32",
        "split": {"train": len(train_set), "validation": 0, "test": len(test_set)},
        "dataset": {"name": config.dataset, "train_sha256": hashes[0], "test_sha256": hashes[1]},
        "history": history,
        "test": {
            "loss": torch.nn.functional.cross_entropy(scores, labels).item(),
            "top1_error": top_k_error(scores, labels, k=1),
            "top5_error": top_k_error(scores, labels, k=5),
            "count": len(labels),
        },
        "flop": training_flop(config, logits.shape[1], images),
        "versions": {
            "python": platform.python_version(), "torch": torch.__version__,
            "torchvision": torchvision.__version__, "numpy": np.__version__,
        },
        "hardware": starts[0]["hardware"],
        "date": starts[0]["date"],
        "commit": starts[0]["commit"],
        "duration_seconds": sum(row["seconds"] for row in history),
        "resumed": len(starts) - 1,
        "resumed_elsewhere": any(start["hardware"] != starts[0]["hardware"] for start in starts),
        "resumed_commits": sorted({start["commit"] for start in starts[1:]} - {starts[0]["commit"]}),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    partial = RESULTS / f".{name}-{config.seed}.partial.npz"
    np.savez_compressed(partial, logits=logits.numpy())
    partial.replace(RESULTS / f"{name}-{config.seed}.npz")
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_atomically(RESULTS / f"{name}-{config.seed}.json", text.encode())
    print(f"{name}-{config.seed}: recorded, top-1 error {content['test']['top1_error']:.4f}", flush=True)


def status(name: str, config: TrainingConfig) -> str:
    """Return done, the epoch a run has reached, or missing."""
    if (RESULTS / f"{name}-{config.seed}.json").is_file():
        return "done"
    folders = list(runs_root().glob(f"{name}-{config.seed}-*"))
    reached = [checkpoint_files(folder)[:1] for folder in folders]
    epochs = [int(files[0].stem.split("-")[1]) for files in reached if files]
    return f"begun, epoch {max(epochs)} of {config.epochs}" if epochs else "missing"


def main() -> None:
    """Read the arguments and work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--status", action="store_true", help="say what is done, begun and missing")
    arguments = parser.parse_args()
    for name, config in planned():
        state = status(name, config)
        print(f"{name}-{config.seed}: {state}", flush=True)
        if state != "done" and not arguments.status:
            record(name, config)


if __name__ == "__main__":
    main()
