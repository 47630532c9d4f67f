"""Test-time augmentation: the answers to several views of an image, averaged."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms.functional import ten_crop


class AveragedViews(nn.Module):
    """A network whose scores are the mean over six views of each image.

    The image, the image shifted by one pixel up left and down right (mirrored at the border), and
    the mirror image of each. The paper averages over ten (section 4.1). It makes an evaluation
    six times as expensive, so its score is never given without that of the single view.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, C, H, W) to logits (N, num_classes)."""
        padded = functional.pad(x, [1] * 4, "reflect")
        views = [x, padded[:, :, :-2, :-2], padded[:, :, 2:, 2:]]
        views += [view.flip(3) for view in views]
        return torch.stack([self.model(view) for view in views]).mean(dim=0)


class TenViews(nn.Module):
    """A network that answers with the mean of its probabilities over ten views of each image.

    The four corners and the middle, squares with side ``size``, and the mirror image of each. Source: paper,
    section 4.1; cuda-convnet's ``convdata.py``.
    """

    def __init__(self, model: nn.Module, size: int) -> None:
        super().__init__()
        self.model, self.size = model, size

    def forward(self, images: Tensor) -> Tensor:
        """Map whole images (N, C, H, W) to the logarithms (N, num_classes) of mean probabilities."""
        probabilities = sum(self.model(view).softmax(dim=1) for view in ten_crop(images, self.size)) / 10
        return probabilities.clamp(min=1e-30).log()
