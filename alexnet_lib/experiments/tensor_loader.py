"""The same crops, flips and normalization as the blog post's, but for a whole batch at once."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.datasets import VisionDataset

from alexnet_lib.checks import check_choice, whole_number
from alexnet_lib.checks import seed as check_seed
from alexnet_lib.devices import choose_device
from alexnet_lib.transforms import Statistics

FLIPS = ("random", "alternating", "none")
PADDING_MODES = ("constant", "reflect")


class TensorLoader:
    """Batches ``(images float32 (N, 3, H, W), labels int64 (N,))`` from one tensor of pixels.

    The pixels (CIFAR-10 with its padding, and once more flipped: 480 MB) are moved to the device
    once. What an epoch looks like depends on ``seed`` and on the number of the epoch alone, so that
    a training that goes on after an interruption needs no state of the loader, only that number. Each
    pass over the loader is the next epoch.

    Parameters
    ----------
    dataset
        ``.data`` uint8 (N, H, W, 3) and ``.targets``; its transform is not applied.
    mean, std
        As ``channel_statistics`` returns them.
    batch_size
        Images a batch; the last batch of an epoch holds what is left.
    augment
        True for training: another order each epoch, random crops, and flips.
    padding
        Pixels around the image, from which the crop is taken; 4 gives 81 crops.
    padding_mode
        What they show: black (``"constant"``), as by torchvision, or the image itself (``"reflect"``).
    size
        Side of the crop; None takes the side of the images. Evaluation takes the middle crop. 24 out
        of 32 without padding has 81 places, as many as 32 with a padding of 4.
    cutout
        Side of a square, in pixels, that is painted in the mean colour at a place of its own in each image
        (DeVries & Taylor, 2017); its middle may lie anywhere, so that at the border less of it shows. 0
        paints none.
    flips
        ``"random"``: each image is flipped with probability 1/2, as by torchvision.
        ``"alternating"``: every second epoch, half of the images in the even epochs and the others
        in the odd ones, so that no image is seen unflipped twice in a row (Jordan, 2024). ``"none"``: no
        image is.
    device
        Where the pixels lie and the batches come out; see ``choose_device``.
    """

    def __init__(
        self,
        dataset: VisionDataset,
        mean: Statistics,
        std: Statistics,
        batch_size: int = 128,
        *,
        augment: bool = False,
        padding: int = 4,
        padding_mode: str = "constant",
        size: int | None = None,
        flips: str = "random",
        cutout: int = 0,
        seed: int = 0,
        device: str | torch.device | None = None,
    ) -> None:
        batch_size, seed = whole_number("batch_size", batch_size), check_seed("seed", seed)
        check_choice("flips", flips, FLIPS)
        check_choice("padding_mode", padding_mode, PADDING_MODES)
        self.dataset = dataset
        self.mean, self.std = mean, std
        self.batch_size = batch_size
        self.augment = augment
        self.flips = flips
        self.cutout = cutout
        self.seed = seed
        self.epoch = 1
        self.device = choose_device(device)
        pixels = torch.from_numpy(dataset.data).permute(0, 3, 1, 2).contiguous()
        if augment:
            pixels = functional.pad(pixels, [padding] * 4, padding_mode)
        if augment and flips != "none":
            # To keep both ways takes memory, and half of the time of flipping each batch.
            pixels = torch.stack([pixels, pixels.flip(3)], dim=1)
        else:
            pixels = pixels.unsqueeze(1)
        self.pixels = pixels.to(self.device)
        self.labels = torch.tensor(dataset.targets, device=self.device)
        height, width = (size, size) if size else dataset.data.shape[1:3]
        # A view: (N, ways, 3, rows, columns, H, W), every crop of every image, nothing copied.
        self.crops = self.pixels.unfold(3, height, 1).unfold(4, width, 1)
        # (pixel / 255 - mean) / std, with one product and one sum.
        self.scale = torch.tensor([1 / (255 * value) for value in std], device=self.device)
        self.shift = torch.tensor([-a / b for a, b in zip(mean, std, strict=True)], device=self.device)

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return -(-len(self.dataset) // self.batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, counted from 1, that the next pass over the loader gives."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of one epoch."""
        order, top, left, flip = (values.to(self.device) for values in self.draw())
        holes = self.draw_holes().to(self.device) if self.augment and self.cutout else None
        self.epoch += 1
        left = torch.where(flip, self.crops.shape[4] - 1 - left, left)  # as seen from the other side
        way = flip.long()
        for start in range(0, len(self.dataset), self.batch_size):
            index = order[start : start + self.batch_size]
            pixels = self.crops[index, way[index], :, top[index], left[index]]
            images = pixels.float().mul_(self.scale.view(3, 1, 1)).add_(self.shift.view(3, 1, 1))
            if holes is not None:
                self.cut_out(images, holes[:, index])
            yield images, self.labels[index]

    def draw_holes(self) -> Tensor:
        """Return the row and the column of the middle of each image's hole, (2, images) in pixels."""
        of_epoch = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch + 500_000)
        return torch.stack([
            torch.randint(places, (len(self.dataset),), generator=of_epoch) for places in self.crops.shape[5:]
        ])

    def cut_out(self, images: Tensor, holes: Tensor) -> None:
        """Paint a square of each image, in place, in the mean colour, which is zero."""
        first, last = -(self.cutout // 2), (self.cutout - 1) // 2  # from the middle: as many pixels as asked
        near = []
        for size, middle in zip(images.shape[2:], holes, strict=True):
            distance = torch.arange(size, device=images.device) - middle[:, None]
            near.append((distance >= first) & (distance <= last))
        images.masked_fill_((near[0][:, :, None] & near[1][:, None, :])[:, None], 0)

    def draw(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the order of an epoch, and for each image the crop's corner and whether it is flipped."""
        count = len(self.dataset)
        if not self.augment:
            top, left = (torch.full((count,), places // 2) for places in self.crops.shape[3:5])
            return torch.arange(count), top, left, torch.zeros(count, dtype=torch.bool)
        # Numbers drawn for an epoch on the CPU are the same for every device.
        of_epoch = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        order = torch.randperm(count, generator=of_epoch)
        top, left = torch.randint(self.crops.shape[3], (2, count), generator=of_epoch)
        flip = torch.zeros(count, dtype=torch.bool)
        if self.flips == "random":
            flip = torch.rand(count, generator=of_epoch) < 0.5
        elif self.flips == "alternating":
            of_run = torch.Generator().manual_seed(self.seed * 1_000_003)
            flip = (torch.rand(count, generator=of_run) < 0.5) ^ (self.epoch % 2 == 0)
        return order, top, left, flip
