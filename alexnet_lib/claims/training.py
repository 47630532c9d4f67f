"""Claims on the training, one function each; see ``network.py``."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from alexnet_lib.claims.historical import dropout_of_2012, momentum_step
from alexnet_lib.claims.network import find, paper_network
from alexnet_lib.claims.verdicts import Verdict
from alexnet_lib.facts import fact, facts
from alexnet_lib.logbook import RateChange, rate_changes


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
