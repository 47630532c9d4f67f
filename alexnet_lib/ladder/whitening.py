"""A first layer drawn from the images: filters whose answers are uncorrelated and equally strong."""

import torch
from torch import Tensor, nn
from torch.nn import functional

# Directions in which patches hardly differ would be blown up to noise without it.
FLOOR = 5e-4


def whitening_filters(images: Tensor, kernel_size: int = 3) -> Tensor:
    """Return the filters that whiten the patches of some images (as Jordan, 2024, starts a network).

    Parameters
    ----------
    images
        (N, C, H, W), normalized.
    kernel_size
        Side of a patch, in pixels.

    Returns
    -------
    Tensor
        (C k k, C, k, k): the eigenvectors of the patches' covariance, strongest first, each
        divided by its standard deviation. On the CPU.
    """
    # On the CPU: Apple's cards know neither float64 nor eigenvectors.
    patches = functional.unfold(images.cpu(), kernel_size).transpose(1, 2).flatten(end_dim=1)
    values, vectors = torch.linalg.eigh(torch.cov(patches.T.double()))
    filters = (vectors / (values + FLOOR).sqrt()).T.flip(0)
    return filters.float().reshape(-1, images.shape[1], kernel_size, kernel_size)


def whiten_first_layer(model: nn.Module, images: Tensor) -> None:
    """Let the first convolution of a network begin with whitening filters and their opposites.

    Behind ReLU, or GELU, a filter and its opposite keep together what each alone would lose.
    Filters beyond these keep the weights that they have.
    """
    layer = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
    filters = whitening_filters(images, layer.kernel_size[0])
    both = torch.cat([filters, -filters])[: layer.out_channels]
    with torch.no_grad():
        layer.weight[: len(both)] = both.to(layer.weight.device)
