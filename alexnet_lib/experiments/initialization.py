"""First weights: PyTorch's, He's, Glorot's, the paper's, and filters that whiten the images."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from alexnet_lib.checks import check_choice
from alexnet_lib.records import fact

INITIALIZATIONS = ("torch", "kaiming", "xavier", "normal", "whitening")
# Directions in which patches hardly differ would be blown up to noise without it.
WHITENING_FLOOR = 5e-4


def initialize(model: nn.Module, initialization: str) -> None:
    """Draw the first weights of convolutional and fully connected layers anew; biases are zero.

    Parameters
    ----------
    model
        Changed in place.
    initialization
        ``"kaiming"``: N(0, 2 / inputs), which keeps the variance of the activations from layer to layer
        behind ReLU (He et al., 2015, equation 10). ``"xavier"``: uniform with variance 2 / (inputs +
        outputs), made for tanh (Glorot and Bengio, 2010, equation 16). ``"normal"``: N(0, 0.01 squared) in
        every layer, as the paper prints it (section 5), without regard to a layer's size. ``"torch"``
        leaves PyTorch's own, biases too, whose variance is six times smaller than Kaiming's, so that the
        signal fades layer by layer. ``"whitening"`` is Kaiming's but for the first layer, which ``build``
        draws from the images.
    """
    check_choice("initialization", initialization, INITIALIZATIONS)
    if initialization == "torch":
        return
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if initialization == "xavier":
                nn.init.xavier_uniform_(layer.weight)
            elif initialization == "normal":
                nn.init.normal_(layer.weight, std=fact("paper_initial_std"))
            else:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


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
    filters = (vectors / (values + WHITENING_FLOOR).sqrt()).T.flip(0)
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
