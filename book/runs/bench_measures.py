"""What the benchmark measures: batches, training steps, a matrix product, memory."""

import itertools
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib.devices import Precision
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.models import AlexNet

BATCH_SIZE = 128
TURNS = 3
STEPS = 4  # of each training in one turn
Batches = Iterator[tuple[Tensor, Tensor]]


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """Return the time that some work takes, with all that a GPU still has to do for it."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def endless(loader: DataLoader | TensorLoader) -> Batches:
    """Yield full batches, epoch after epoch."""
    for images, labels in itertools.chain.from_iterable(itertools.repeat(loader)):
        if len(labels) == loader.batch_size:
            yield images, labels


def pipeline_rate(batches: Batches, device: torch.device, count: int) -> float:
    """Return images a second, without any training: the median of three measurements."""
    next(batches)
    times = [seconds(lambda: [next(batches) for _ in range(count)], device) for _ in range(TURNS)]
    return count * BATCH_SIZE / statistics.median(times)


class Contender:
    """One of the two trainings that are compared: a network, its optimizer and its batches."""

    def __init__(
        self,
        batches: Batches,
        device: torch.device,
        *,
        fused: bool = False,
        memory_format: torch.memory_format = torch.contiguous_format,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        torch.manual_seed(0)
        self.batches = batches
        self.device = device
        self.precision = Precision(device, dtype)
        self.model = AlexNet().to(device, memory_format=memory_format).train()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=fused or None)
        self.waiting: list[float] = []
        self.computing: list[float] = []

    def step(self) -> None:
        """Wait for a batch, then take the five lines of the post's loop; note how long each took."""
        batch: list[Tensor] = []
        wait = seconds(lambda: batch.extend(next(self.batches)), self.device)
        compute = seconds(lambda: self.compute(*batch), self.device)
        self.waiting.append(wait)
        self.computing.append(compute)

    def compute(self, images: Tensor, labels: Tensor) -> None:
        """Train on one batch."""
        images, labels = images.to(self.device), labels.to(self.device)
        with self.precision.autocast():
            loss = nn.functional.cross_entropy(self.model(images), labels)
        self.optimizer.zero_grad()
        self.precision.step(loss, [self.optimizer])

    def rate(self) -> float:
        """Return the median images a second, waiting included."""
        steps = [sum(pair) for pair in zip(self.waiting, self.computing, strict=True)]
        return BATCH_SIZE / statistics.median(steps)

    def data_share(self) -> float:
        """Return the part of the time in which it waited for data."""
        waited = sum(self.waiting)
        return waited / (waited + sum(self.computing))


def compare(contenders: list[Contender]) -> None:
    """Let them train in turns, so that whatever slows the machine slows all of them."""
    for contender in contenders:
        contender.step()
        contender.waiting.clear()
        contender.computing.clear()
    for _ in range(TURNS):
        for contender in contenders:
            for _ in range(STEPS):
                contender.step()


def matmul_peak(device: torch.device, dtype: torch.dtype = torch.float32, size: int = 2048) -> float:
    """Return the floating-point operations a second of a large matrix product."""
    matrix = torch.randn(size, size, device=device).to(dtype)
    times = [seconds(lambda: matrix @ matrix, device) for _ in range(6)]
    return 2 * size**3 / statistics.median(times[1:])


def step_flop() -> int:
    """Return the operations of one training step, by torch's counter."""
    with FlopCounterMode(display=False) as counter, torch.device("meta"):  # shapes alone cost nothing
        AlexNet()(torch.zeros(1, 3, 32, 32)).sum().backward()
    return counter.get_total_flops() * BATCH_SIZE


def scaling(batches: Batches, ours: Contender) -> list[dict[str, float | int]]:
    """Return how long training takes for batches of several sizes and for several numbers of images."""
    images, labels = (torch.cat(parts) for parts in zip(*itertools.islice(batches, 4), strict=True))
    rows = []
    for batch_size in (32, 128, 512):
        parts = list(zip(images.split(batch_size), labels.split(batch_size), strict=True))
        ours.compute(*parts[0])
        for count in (1, 2):
            work = lambda parts=parts, count=count: [ours.compute(*part) for part in parts * count]  # noqa: E731
            spent = seconds(work, ours.device)
            rows.append({"batch_size": batch_size, "images": count * len(images), "seconds": spent})
    return rows


def peak_memory(device: torch.device) -> int:
    """Return the most memory that was in use: on the card, else of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # kilobytes on Linux
