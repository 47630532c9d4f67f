"""Smaller crops out of whole images: at random for training, the middle for a test, ten for a better one."""

import torch
from torch import Tensor, nn
from torchvision.datasets import VisionDataset

from alexnet_lib.metrics import predict_logits
from alexnet_lib.tensor_loader import TensorLoader
from alexnet_lib.transforms import Statistics


class CropLoader(TensorLoader):
    """A ``TensorLoader`` of crops out of the image itself, nothing added around it.

    Training takes a random crop, evaluation the middle one. A crop of 24 pixels has 81 places in
    an image of 32, as many as one of 32 pixels has after padding by 4.

    Parameters
    ----------
    dataset, mean, std, batch_size, options
        As for ``TensorLoader``.
    size
        Side of the crop, in pixels.
    """

    def __init__(
        self,
        dataset: VisionDataset,
        mean: Statistics,
        std: Statistics,
        batch_size: int = 128,
        *,
        size: int,
        **options: object,
    ) -> None:
        super().__init__(dataset, mean, std, batch_size, padding=0, **options)
        self.crops = self.pixels.unfold(2, size, 1).unfold(3, size, 1)

    def draw(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the order of an epoch, and for each image the crop's corner and whether it is flipped."""
        order, top, left, flip = super().draw()
        if not self.augment:
            middle = self.crops.shape[2] // 2
            top, left = torch.full_like(top, middle), torch.full_like(left, middle)
        return order, top, left, flip


def ten_views(images: Tensor, size: int) -> Tensor:
    """Return the four corners and the middle of each image, and the mirror image of each.

    Parameters
    ----------
    images
        (N, C, H, W).
    size
        Side of a view, in pixels.

    Returns
    -------
    Tensor
        (10, N, C, size, size). Source: paper, section 4.1; cuda-convnet's ``convdata.py``.
    """
    bottom, right = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, right), (bottom // 2, right // 2), (bottom, 0), (bottom, right)]
    views = [images[:, :, top : top + size, left : left + size] for top, left in corners]
    return torch.stack([*views, *(view.flip(3) for view in views)])


class TenViews(nn.Module):
    """A network that answers with the mean of its probabilities over ten views of each image."""

    def __init__(self, model: nn.Module, size: int) -> None:
        super().__init__()
        self.model = model
        self.size = size

    def forward(self, images: Tensor) -> Tensor:
        """Map whole images (N, C, H, W) to the logarithms (N, num_classes) of mean probabilities."""
        probabilities = sum(self.model(view).softmax(dim=1) for view in ten_views(images, self.size)) / 10
        return probabilities.clamp(min=1e-30).log()


def ten_view_logits(
    model: nn.Module, loader: TensorLoader, size: int, device: str | torch.device | None = None
) -> Tensor:
    """Return the logarithms (N, num_classes) of mean probabilities, for a loader of whole images."""
    return predict_logits(TenViews(model, size), loader, device)[0]
