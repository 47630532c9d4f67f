"""Ten views of an image: corners and middle, and their mirror images."""

import torch
from torch import Tensor, nn

from alexnet_lib.metrics import predict_logits
from alexnet_lib.tensor_loader import TensorLoader


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
