"""The device that computes, its name, and the number format of training on it."""

import os
import platform
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.optim import Optimizer


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


SIDE = 256
WORTH = 1.5

# The usual 65,536 overflows in the first steps of most trainings, and each of them is lost.
FIRST_SCALE = 1024.0


@cache
def fast_dtype(device: torch.device) -> torch.dtype:
    """Return the format in which products are fastest on a device; measured once a process.

    On CUDA bfloat16 where the card computes with it, else float16 (a T4 takes bfloat16, but
    emulates it). On a CPU bfloat16 only if a small matrix product, measured here, is faster by half
    than in float32: without instructions of its own for bfloat16 a CPU can be hundreds of times slower,
    and even then the measurement takes about a second.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device.type != "cpu":
        return torch.float32
    seconds = {dtype: product_seconds(dtype) for dtype in (torch.float32, torch.bfloat16)}
    return torch.bfloat16 if seconds[torch.float32] > WORTH * seconds[torch.bfloat16] else torch.float32


def product_seconds(dtype: torch.dtype) -> float:
    """Return the seconds of a product of two square matrices on one thread of the CPU: the best of a few.

    Other programs make most products wait, on several threads nearly all: the format must not depend on it.
    """
    matrix = torch.ones(SIDE, SIDE, dtype=dtype)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    times: list[float] = []
    # A slow format is known by fewer, but not by the first.
    while len(times) < 20 and not (len(times) >= 10 and sum(times) > 0.2):
        start = time.perf_counter()
        torch.mm(matrix, matrix)
        times.append(time.perf_counter() - start)
    torch.set_num_threads(threads)
    return min(times)


class Precision:
    """A training's number format: products in ``dtype``, weights and sums in float32.

    float16 reaches no further down than 6e-8, so small gradients would vanish: the loss is scaled
    up before they are computed, and they are scaled down again in float32 (Micikevicius et al.,
    2018). With float32 and bfloat16 nothing is scaled, and with float32 every step is the
    ordinary one, bit for bit.
    """

    def __init__(self, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        self.device = device
        self.dtype = dtype
        self.scaler = torch.amp.GradScaler(device.type, FIRST_SCALE, enabled=dtype == torch.float16)

    def autocast(self) -> torch.autocast:
        """Return the context in which products are computed in ``dtype``."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)

    def step(self, loss: Tensor, optimizers: Sequence[Optimizer]) -> None:
        """Compute a loss's gradients and change the weights.

        An optimizer that finds a gradient of its own overflowed changes nothing in this step.
        """
        self.scaler.scale(loss).backward()
        with self.autocast():  # for an optimizer that computes products itself, as Muon does
            for optimizer in optimizers:
                self.scaler.step(optimizer)
        self.scaler.update()
