"""Chapter 13: what the paper says, what its code does, what PyTorch does."""

import math
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
import torchvision
from torch import Tensor, nn
from torch.nn.functional import dropout, max_pool2d, relu
from torchvision.transforms import RandomCrop
from torchvision.transforms.functional import ten_crop

from alexnet_lib.experiments.historical import (
    ColourNoise,
    colour_components,
    dropout_of_2012,
    momentum_step,
    output_size,
    response_normalization,
)
from alexnet_lib.language import BookError, text
from alexnet_lib.models import AlexNet2012
from alexnet_lib.notebook import show_table
from alexnet_lib.records import fact, facts
from alexnet_lib.summary import layer_table

CHANGE = re.compile(r"set epsw to (?P<rate>[\d.]+)(?: from (?P<before>[\d.]+))?(?: on (?P<layer>\w+))?")


class RateChange(NamedTuple):
    """One change: from ``epoch`` on, ``layer`` (or every layer, if None) learns at ``rate``."""

    epoch: int
    rate: float
    before: float | None
    layer: str | None
    note: str


def rate_changes() -> list[RateChange]:
    """Return the changes of the run with 37.5 and 17.0 percent error, in order of time.

    Source: ``layers/layer-params-145-2010.cfg`` of the 2012 code, quoted in ``facts.toml``.
    """
    changes = []
    for name, entry in facts().items():
        if name.startswith("code_epoch_") and (match := CHANGE.search(entry["note"])):
            before = float(match["before"]) if match["before"] else None
            change = RateChange(entry["value"], float(match["rate"]), before, match["layer"], entry["note"])
            changes.append(change)
    return sorted(changes)


def learning_rate_at(epoch: int, layer: str | None = None) -> float:
    """Return the learning rate of the weights in an epoch of that run.

    Parameters
    ----------
    epoch
        Counted as the notes count.
    layer
        ``"conv1"``, or None for the layers that the notes do not name.
    """
    changes = rate_changes()
    rate = changes[0].before
    frozen = False
    for change in changes:
        if change.epoch <= epoch and change.layer in (None, layer) and not frozen:
            rate = change.rate
            frozen = rate == 0  # what is frozen is not thawed by a later change to all others
    return rate


MARKS = {True: "✓", False: "✗", None: "–"}


class Verdict(NamedTuple):
    """Whether the claim is true of each; None where it says nothing, or has nothing of the kind.

    ``paper`` is what is printed, ``code`` the source of 2012, ``pytorch`` its layers with their
    defaults, and torchvision's ``alexnet``.
    """

    paper: bool | None
    code: bool | None
    pytorch: bool | None

    @property
    def marks(self) -> str:
        """Three characters, such as ``"✓✓✗"``."""
        return "".join(MARKS[value] for value in self)


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


def augmentation_count() -> Verdict:
    """Ask whether every place of the crop is counted (section 4.1; ``convdata_jpeg.py``)."""
    image, side = fact("paper_image_side"), fact("paper_input_side")
    assert 3 * side**2 == fact("paper_input_values")
    assert 2 * (image - side) ** 2 == fact("paper_augmentation")
    wanted = 2 * len(torch.zeros(image).unfold(0, side, 1)) ** 2
    border = (image - side) // 2
    code = 2 * len(range(0, 2 * border + 1)) ** 2  # numpy's randint leaves out its upper end
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tops = {RandomCrop.get_params(torch.zeros(3, image, image), (side, side))[0] for _ in range(1000)}
    return Verdict(fact("paper_augmentation") == wanted, code == wanted, 2 * len(tops) ** 2 == wanted)


def crop_for_each_image() -> Verdict:
    """Ask whether each image of a batch has a crop of its own (``convdata_jpeg.py``)."""
    batch_size, alike = fact("paper_batch_size"), fact("code_images_per_crop")
    assert batch_size % alike == 0
    crop, images = RandomCrop(2), torch.arange(256.0).view(1, 16, 16).expand(alike, 1, 16, 16)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        one_by_one, at_once = torch.stack([crop(image) for image in images]), crop(images)
    assert len(at_once.unique(dim=0)) == 1  # RandomCrop on a whole batch does what the code of 2012 did
    return Verdict(None, alike == 1, len(one_by_one.unique(dim=0)) > 1)


def ten_views() -> Verdict:
    """Ask whether probabilities of ten views are averaged (section 4.1; ``layer.cu``)."""
    views = ten_crop(torch.arange(300.0).view(1, 3, 10, 10) % 7, 8)
    assert len(views) == fact("paper_views")
    logits = torch.stack([view.flatten(1)[:, :3] for view in views])
    assert not torch.allclose(logits.softmax(2).mean(0), logits.mean(0).softmax(1))
    scores = ("top1", "top5", "top1_single_view", "top5_single_view")
    code = all(round(fact(f"code_{score}"), 1) == fact(f"paper_{score}") for score in scores)
    return Verdict(True, code, None)


def colour_noise() -> Verdict:
    """Ask whether the colour noise grows with the eigenvalues (section 4.1; ``convdata_jpeg.py``)."""
    std = fact("paper_colour_std")
    assert std == fact("code_colour_noise")
    pixels = torch.arange(768).view(-1, 3).mul(37).remainder(251).byte().numpy()
    variances, directions = colour_components(pixels)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        printed = ColourNoise(variances, directions, std)(torch.zeros(3, 1, 1))
        torch.manual_seed(0)
        code = ColourNoise(variances.sqrt(), directions, std)(torch.zeros(3, 1, 1))
    assert not torch.allclose(printed, code)
    return Verdict(True, "stdevs" not in facts()["code_colour_noise"]["note"], None)


def checked_changes() -> list[RateChange]:
    """Return the log's changes of the learning rate, each epoch compared with its quotation."""
    changes = rate_changes()
    assert all(f"epoch {change.epoch}:" in change.note for change in changes)
    end = facts()["code_epoch_end"]
    assert f"epoch {end['value']}:" in end["note"]
    assert round(end["value"], -1) == fact("paper_cycles")
    assert changes[0].before == fact("learning_rate")
    return changes


def three_drops() -> Verdict:
    """Ask whether the rate was divided by 10 three times (section 5; ``layer-params-145-2010.cfg``)."""
    drops = [change for change in checked_changes() if change.layer is None]
    tenths = all(math.isclose(drop.before / drop.rate, 10) for drop in drops)
    return Verdict(True, tenths and len(drops) == fact("paper_rate_drops"), None)


def one_learning_rate() -> Verdict:
    """Ask whether all layers share one learning rate (section 5; ``layer-params-145-2010.cfg``)."""
    optimizer = torch.optim.SGD(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)).parameters())
    code = all(change.layer is None for change in checked_changes())
    return Verdict(True, code, len(optimizer.param_groups) == 1)


def convolutions(pytorch_defaults: bool = False) -> list[nn.Conv2d]:
    """Return the five convolutions of the paper with their initial weights, or with PyTorch's."""
    model = paper_network()
    model.features.to_empty(device="cpu")  # the large layers stay without memory
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model.initialize()
        for layer in find(model, nn.Conv2d) if pytorch_defaults else []:
            layer.reset_parameters()
    return find(model, nn.Conv2d)


def initial_std() -> Verdict:
    """Ask whether every layer's weights begin with std 0.01 (section 5; ``layers-145.cfg``)."""
    paper, code, code_conv3 = (
        fact(name) for name in ("paper_initial_std", "code_initial_std", "code_initial_std_conv3")
    )
    ours = convolutions()
    # To two decimals it is what He et al. derived three years later, sqrt(2 / fan-in).
    assert {round(math.sqrt(2 / layer.weight[0].numel()), 2) for layer in ours[2:]} == {code_conv3}
    assert paper == code
    stds = [
        {round(layer.weight.std().item(), 3) for layer in layers}
        for layers in (ours, convolutions(pytorch_defaults=True))
    ]
    return Verdict(stds[0] == {paper}, code_conv3 == paper, stds[1] == {paper})


def initial_biases() -> Verdict:
    """Ask whether the biases begin at 1 in Conv2, Conv4 and Conv5 (section 5; ``layers-145.cfg``)."""
    one = fact("paper_initial_bias")
    wanted = [{0}, {one}, {0}, {one}, {one}]
    ours, pytorch = (
        [set(layer.bias.tolist()) for layer in layers]
        for layers in (convolutions(), convolutions(pytorch_defaults=True))
    )
    return Verdict(ours == wanted, fact("code_initial_bias") == one, pytorch == wanted)


def dropout_scaling() -> Verdict:
    """Ask whether training leaves values as they are, and the test scales (section 4.2; ``layer.cu``)."""
    keep = fact("code_keep")
    assert keep == 1 - fact("dropout")
    ones = torch.ones(1000)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        code, pytorch = dropout_of_2012(ones, keep, training=True), dropout(ones, 1 - keep)
    code_scales = set(dropout_of_2012(ones, keep, training=False).tolist()) == {keep}
    return Verdict(True, set(code.tolist()) == {0, 1} and code_scales, set(pytorch.tolist()) == {0, 1})


def follow(rates: list[float], momentum: float, weight_decay: float) -> tuple[Tensor, Tensor, Tensor]:
    """Go down a parabola: by the paper's formula, in the order of ``weights.cu``, and with PyTorch's SGD."""
    paper, velocity = torch.ones(1), torch.zeros(1)
    code, increment = torch.ones(1), torch.zeros(1)
    ours = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([ours], lr=rates[0], momentum=momentum, weight_decay=weight_decay)
    for rate in rates:
        paper, velocity = momentum_step(paper, velocity, paper, rate, momentum, weight_decay)
        increment = momentum * increment - rate * code
        increment = increment - weight_decay * rate * code
        code = code + increment
        optimizer.param_groups[0]["lr"] = rate
        ours.grad = ours.detach().clone()
        optimizer.step()
    return paper, code, ours.detach()


def momentum_formula() -> Verdict:
    """Ask whether the learning rate is inside the velocity (section 5; ``weights.cu``)."""
    settings = fact("momentum"), fact("weight_decay")
    assert settings == (fact("code_momentum"), fact("code_weight_cost"))
    rate = checked_changes()[0].before
    paper, code, pytorch = follow([rate] * 20, *settings)
    assert torch.allclose(paper, code) and torch.allclose(paper, pytorch)
    paper, code, pytorch = follow([rate] * 10 + [rate / 10] * 10, *settings)
    return Verdict(True, torch.allclose(code, paper), torch.allclose(pytorch, paper))


def decay_without_biases() -> Verdict:
    """Ask whether weight decay spares the biases (``layer.cu``)."""
    assert fact("weight_decay") == fact("code_weight_cost")
    bias = torch.ones(1, requires_grad=True)
    bias.grad = torch.zeros(1)
    torch.optim.SGD([bias], lr=fact("learning_rate"), weight_decay=fact("weight_decay")).step()
    return Verdict(None, fact("code_bias_weight_cost") == 0, bias.item() == 1)


# What computes the row, and what it must come to: the paper, the code of 2012, PyTorch.
CLAIMS: dict[str, tuple[Callable[[], Verdict], str]] = {
    "output_of_conv1": (output_of_conv1, "✓✓✗"),
    "lrn_alpha": (lrn_alpha, "✓✗✗"),
    "lrn_neighbours": (lrn_neighbours, "✓✗✓"),
    "relu_before_lrn": (relu_before_lrn, "✓✗–"),
    "two_normalizations": (two_normalizations, "✓✗✗"),
    "parameters": (parameters, "✓✓✗"),
    "conv1_neurons": (conv1_neurons, "✗✓✓"),
    "augmentation_count": (augmentation_count, "✗✓✓"),
    "crop_for_each_image": (crop_for_each_image, "–✗✓"),
    "three_drops": (three_drops, "✓✓–"),
    "one_learning_rate": (one_learning_rate, "✓✗✓"),
    "initial_std": (initial_std, "✓✗✗"),
    "initial_biases": (initial_biases, "✓✓✗"),
    "dropout_scaling": (dropout_scaling, "✓✓✗"),
    "momentum_formula": (momentum_formula, "✓✓✗"),
    "decay_without_biases": (decay_without_biases, "–✓✗"),
    "ten_views": (ten_views, "✓✓–"),
    "colour_noise": (colour_noise, "✓✗–"),
}


def claim_text(name: str) -> str:
    """Return a claim in the reader's language, with its numbers from ``facts.toml``."""
    return text(f"claims.{name}", **{key: entry["value"] for key, entry in facts().items()})


def check_claim(name: str) -> Verdict:
    """Compute one row of the table.

    Parameters
    ----------
    name
        A key of ``CLAIMS``.

    Raises
    ------
    BookError
        If a number it rests on was altered, or the answers are no longer the declared ones.
    """
    compute, declared = CLAIMS[name]
    try:
        verdict = compute()
        assert verdict.marks == declared
    except AssertionError as error:
        raise BookError("claim_fails", claim=claim_text(name)) from error
    return verdict


def check_claims(names: Iterable[str] = CLAIMS) -> dict[str, Verdict]:
    """Compute rows of the table, all of them by default: ``{name: verdict}``."""
    return {name: check_claim(name) for name in names}


def show_claims(*names: str) -> None:
    """Compute rows and show them: the claim, three marks, and where each answer can be looked up."""
    header = [text(f"claims.column_{column}") for column in ("claim", "paper", "code", "pytorch", "source")]
    rows = [
        [claim_text(name), *verdict.marks, text(f"claims.{name}_source")]
        for name, verdict in check_claims(names or CLAIMS).items()
    ]
    show_table(header, rows)
