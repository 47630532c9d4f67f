"""Claims on the network, one function each: it computes three answers from ``facts.toml``.

The asserts tie every cited number to something that does not come from the same place, so that an
altered fact cannot pass.
"""

import math

import torch
import torchvision
from torch import nn
from torch.nn.functional import max_pool2d, relu

from alexnet_lib.claims.historical import output_size, response_normalization
from alexnet_lib.claims.verdicts import Verdict
from alexnet_lib.facts import fact, facts
from alexnet_lib.layers import layer_table
from alexnet_lib.networks import AlexNet2012

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3")


def paper_network() -> AlexNet2012:
    """Return the paper's network without memory for its weights: enough to count."""
    with torch.device("meta"):
        return AlexNet2012()


def torchvision_network() -> nn.Module:
    """Return torchvision's ``alexnet`` (Krizhevsky, 2014), also without memory."""
    with torch.device("meta"):
        return torchvision.models.alexnet()


def find(model: nn.Module, kind: type[nn.Module]) -> list[nn.Module]:
    """Return the layers of one kind."""
    return [layer for layer in model.modules() if isinstance(layer, kind)]


def output_of_conv1() -> Verdict:
    """Ask whether Conv1 turns 224 into 55 without padding (section 3.5; ``layer.py``)."""
    size, kernel, stride = (fact(f"paper_{name}") for name in ("input_side", "conv1_kernel", "conv1_stride"))
    assert 3 * size**2 == fact("paper_input_values")
    assert find(paper_network(), nn.Conv2d)[0].weight.shape[2:] == (kernel, kernel)
    wanted = fact("paper_conv1_side")
    pytorch = nn.Conv2d(3, 1, kernel, stride)(torch.zeros(1, 3, size, size)).shape[-1]
    return Verdict(True, output_size(size, kernel, stride, rounding=math.ceil) == wanted, pytorch == wanted)


def lrn_alpha() -> Verdict:
    """Ask whether alpha multiplies the sum itself, not the sum over n (section 3.3; ``layer.py``)."""
    n, k, alpha = (fact(f"paper_lrn_{name}") for name in ("n", "k", "alpha"))
    beta = fact("lrn_beta")
    # Both give the same four numbers, and mean different things by them.
    assert [n, k, alpha, beta] == [fact(f"code_lrn_{name}") for name in ("size", "min_div", "scale", "power")]
    maps = torch.arange(1.0, 25.0).view(1, 12, 1, 2)
    printed = response_normalization(maps, n, k, alpha, beta)
    code = response_normalization(maps, n, k, alpha / n, beta)
    pytorch = nn.LocalResponseNorm(n, alpha, beta, k)(maps)
    assert torch.allclose(code, pytorch)
    return Verdict(True, torch.allclose(code, printed), torch.allclose(pytorch, printed))


def lrn_neighbours() -> Verdict:
    """Ask whether LRN sums across the two GPUs' halves (section 3.3; ``layers-145.cfg``)."""
    n, half = fact("paper_lrn_n"), fact("code_maps_per_gpu")
    assert (n, 2 * half) == (fact("code_lrn_size"), find(paper_network(), nn.Conv2d)[0].out_channels)
    maps = torch.arange(1.0, 2 * half + 1).view(1, -1, 1, 1)
    printed = response_normalization(maps, n, k=1, alpha=1, beta=1)
    pytorch = nn.LocalResponseNorm(n, alpha=n, beta=1, k=1)
    code = torch.cat([pytorch(part) for part in maps.split(half, dim=1)], dim=1)
    return Verdict(True, torch.allclose(code, printed), torch.allclose(pytorch(maps), printed))


def relu_before_lrn() -> Verdict:
    """Ask whether Conv1's ReLU comes before LRN (section 3.3; ``layers-145.cfg``)."""
    orders = []
    for source in ("paper", "code"):
        order = facts()[f"{source}_conv1_relu_place"]["note"].split(", ")
        assert order.index("relu") + 1 == fact(f"{source}_conv1_relu_place")
        orders.append(order.index("relu") < order.index("lrn"))
    maps = torch.arange(-12.0, 12.0).view(1, 6, 2, 2)
    lrn = nn.LocalResponseNorm(5, alpha=1, k=2)
    assert not torch.allclose(lrn(relu(maps)), relu(lrn(maps)))
    assert torch.equal(max_pool2d(relu(maps), 2), relu(max_pool2d(maps, 2)))
    assert not find(torchvision_network(), nn.LocalResponseNorm)
    return Verdict(*orders, None)


def two_normalizations() -> Verdict:
    """Ask whether two layers are normalizations (section 3.5; ``layers-145.cfg``)."""
    paper, code = fact("paper_lrn_layers"), fact("code_normalizations")
    assert len(facts()["code_normalizations"]["note"].split(", ")) == code
    ours, theirs = (
        len(find(model, nn.LocalResponseNorm)) for model in (paper_network(), torchvision_network())
    )
    return Verdict(paper == ours, code == paper, theirs == paper)


def parameters() -> Verdict:
    """Ask whether there are 60,965,224 parameters, in two groups (abstract, figure 2)."""
    model, wanted = paper_network(), fact("paper_parameters_grouped")
    rounded_down = wanted // 10**6 * 10**6
    count, theirs = (
        sum(weights.numel() for weights in network.parameters()) for network in (model, torchvision_network())
    )
    assert theirs == torchvision.models.AlexNet_Weights.DEFAULT.meta["num_params"]
    maps_seen_by_conv2 = find(model, nn.Conv2d)[1].weight.shape[1]
    code = count == wanted and maps_seen_by_conv2 == fact("code_maps_per_gpu")
    return Verdict(rounded_down == fact("paper_parameters"), code, theirs == wanted)


def conv1_neurons() -> Verdict:
    """Ask whether each of Conv1's maps has 55 x 55 neurons (caption of figure 2)."""
    size, side, half = (fact(name) for name in ("paper_input_side", "paper_conv1_side", "code_maps_per_gpu"))
    kernel, stride = fact("paper_conv1_kernel"), fact("paper_conv1_stride")
    model = paper_network()
    conv1 = find(model, nn.Conv2d)[0]
    assert (size, kernel, stride) == (model.input_size, conv1.kernel_size[0], conv1.stride[0])
    rows = layer_table(model, (3, size, size))
    neurons = [math.prod(row.output_shape) for row in rows if row.parameters]
    caption = [fact(f"paper_caption_{layer}") for layer in LAYERS]
    wanted = side * side * 2 * half
    assert [wanted, *caption[1:]] == neurons
    assert caption[0] == side * half * 2 * half  # the slip: 48 for one 55
    assert sum(neurons) // 10**4 * 10**4 == fact("paper_neurons")
    code_side = output_size(size, kernel, stride, rounding=math.ceil)
    theirs = find(torchvision_network(), nn.Conv2d)[0](torch.zeros(1, 3, size, size, device="meta"))
    return Verdict(
        caption[0] == wanted, code_side**2 * 2 * half == wanted, theirs.shape[-2:] == (side, side)
    )
