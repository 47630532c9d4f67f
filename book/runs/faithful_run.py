"""cuda-convnet's own recipe, which no chapter uses: its pixels, first weights, rates and weight costs."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torchvision.datasets import VisionDataset
from torchvision.transforms.functional import center_crop

from alexnet_lib.data import load_dataset
from alexnet_lib.experiments.lrn import LocalNetwork, LocalRecipe
from alexnet_lib.records import fact
from alexnet_lib.transforms import Statistics

# Mean and deviation that leave pixels as they are, from 0 to 255.
RAW_PIXELS: tuple[Statistics, Statistics] = ((0.0,) * 3, (1 / 255,) * 3)


class MeanImage(nn.Module):
    """Subtract the middle of the mean image, wherever in its image a crop was taken, mirrored or not.

    Source: ``CroppedCIFARDataProvider`` in cuda-convnet's ``convdata.py``.

    Parameters
    ----------
    images
        Whose mean is meant.
    size
        Side of the crops.
    """

    def __init__(self, images: VisionDataset, size: int) -> None:
        super().__init__()
        mean = torch.from_numpy(images.data.mean(axis=0)).float().permute(2, 0, 1)
        self.register_buffer("mean", center_crop(mean, [size, size]).contiguous())

    def forward(self, x: Tensor) -> Tensor:
        """Map crops (N, 3, size, size) of pixels from 0 to 255 to the same shape."""
        return x - self.mean


@dataclass(frozen=True)
class FaithfulRecipe(LocalRecipe):
    """A network of chapter 12 as cuda-convnet's files train it.

    Pixels of 0 to 255 less the mean image; first weights, rates, weight costs and alpha of the files; plain
    momentum. In the last ``drops`` epochs weights learn at a hundredth of their rate, in as many before at a
    tenth; biases always at theirs.

    Other than there, images are shuffled, and where the rate is lowered the momentum shrinks with it at once.
    """

    epochs: int = 140
    drops: int = 10
    initialization: str = "file"
    learning_rate: float = fact("local_rate_weights")
    weight_decay: float = fact("local_weight_cost")
    warmup: float = 0.0
    schedule: str = "constant"

    def statistics(self, images: VisionDataset) -> tuple[Statistics, Statistics]:
        """Return what leaves the pixels as they are; the network subtracts the mean."""
        return RAW_PIXELS

    def make_model(self, num_classes: int) -> nn.Sequential:
        """Return the network with its first weights, the mean image in front of it."""
        torch.manual_seed(self.seed)
        network = LocalNetwork(self.normalization, self.width, num_classes, pixel_unit=1, alpha=self.alpha)
        network.initialize(self.initialization)
        return nn.Sequential(MeanImage(load_dataset(self.dataset), self.crop), network)

    def make_optimizers(self, model: nn.Module) -> list[SGD]:
        """Return ``LocalRecipe``'s optimizer with plain momentum."""
        (optimizer,) = super().make_optimizers(model)
        for group in optimizer.param_groups:
            group["nesterov"] = False
        return [optimizer]

    def rate_share(self, step: int, steps: int) -> float:
        """Return the share of their learning rate that the weights have at a step of so many."""
        epochs_left = self.epochs * (steps - step) / steps
        lowered = sum(epochs_left <= last * self.drops for last in (1, 2))
        return 0.1**lowered

    def make_schedulers(self, optimizers: list[Optimizer], steps: int) -> list[LambdaLR]:
        """Return what lowers the rate of the weights, but not that of the biases, the last group."""
        (optimizer,) = optimizers
        *weights, _ = optimizer.param_groups
        shares = [lambda step: self.rate_share(step, steps) for _ in weights]
        return [LambdaLR(optimizer, [*shares, lambda step: 1.0])]
