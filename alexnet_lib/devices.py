"""Where the computation runs, and in how many processes."""

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import distributed

T = TypeVar("T")


def choose_device(device: str | torch.device | None = None) -> torch.device:
    """Return the device asked for, else CUDA where there is one, else MPS, else the CPU."""
    if device is not None:
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def device_name(device: torch.device) -> str:
    """Return what a reader would call the device: the card's name, or the processor's."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":  # Apple's graphics unit, of the chip whose name is the processor's
        return f"{platform.processor() or platform.machine()}, Apple GPU (MPS)"
    cpuinfo = Path("/proc/cpuinfo")
    names = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    name = next((line.split(":")[1].strip() for line in names if line.startswith("model name")), "")
    return f"{name or platform.processor() or platform.machine()}, {os.cpu_count()} CPU"


def is_leader() -> bool:
    """Tell whether this process is the one that reports and writes: the only one, or the first of several."""
    return not distributed.is_initialized() or distributed.get_rank() == 0


def of_leader(make: Callable[[], T]) -> T:
    """Return, in every process, what the leader makes; the others wait for it."""
    if not distributed.is_initialized():
        return make()
    made = [make() if is_leader() else None]
    distributed.broadcast_object_list(made)
    return made[0]


def sum_over_processes(*values: float) -> list[float]:
    """Return the sums of what each process counted; of a single process, its own values."""
    if not distributed.is_initialized():
        return list(values)
    # NCCL sums on the card; float32 would lose counts beyond 16 million.
    device = choose_device() if distributed.get_backend() == "nccl" else torch.device("cpu")
    sums = torch.tensor(values, dtype=torch.float64, device=device)
    distributed.all_reduce(sums)
    return sums.tolist()
