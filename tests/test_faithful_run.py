"""cuda-convnet's own recipe: its pixels, update and rates, against what its files and code say."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from alexnet_lib.experiments.recipe import build
from alexnet_lib.experiments.tta import TenViews
from faithful_run import FaithfulRecipe, MeanImage
from record_runs import planned
from tiny import TinyImages, assert_equal

# epsW or epsB, and wc, by layer, in layer-params-conv-local-13pct.cfg; initW in layers-conv-local-13pct.cfg.
FILE = {
    "conv1": (0.0, 0.0001), "conv2": (0.0, 0.01), "local3": (0.004, 0.04), "local4": (0.004, 0.04),
    "fc10": (0.004, 0.01),
}  # fmt: skip
EPS_W, EPS_B, MOMENTUM = 0.001, 0.002, 0.9

CONFIG = FaithfulRecipe(dataset="shapes10", epochs=2, drops=0, batch_size=16)
pytestmark = pytest.mark.usefixtures("small_data")


def layers(model: nn.Sequential) -> dict[str, nn.Module]:
    network = model[1]
    return {name: getattr(network.features, name) for name in list(FILE)[:-1]} | {"fc10": network.classifier}


# --- The pixels ---


def test_the_middle_of_the_mean_image_is_subtracted_and_not_a_mean_of_channels():
    images = TinyImages(30)
    crop = images.data[:, 2:26, 7:31].transpose(0, 3, 1, 2).astype(np.float32)
    mean = images.data.astype(np.float64).mean(axis=0)
    expected = crop - mean[4:28, 4:28].transpose(2, 0, 1)
    centred = MeanImage(images, 24)(torch.from_numpy(crop)).numpy()
    np.testing.assert_allclose(centred, expected, atol=1e-3)
    assert np.abs(centred - (crop - mean.mean(axis=(0, 1))[:, None, None])).max() > 1


def test_the_network_is_given_pixels_as_they_are_and_ten_views_subtract_the_same():
    training = build(CONFIG, device="cpu")
    pixels, _ = next(iter(training.loaders.train))
    assert pixels.shape == (16, 3, 24, 24) and pixels.max() > 200
    torch.testing.assert_close(pixels, pixels.round(), atol=1e-3, rtol=0)
    whole = torch.from_numpy(training.loaders.test.dataset.data).permute(0, 3, 1, 2).float()
    answers = TenViews(training.model, 24)(whole)
    torch.testing.assert_close(CONFIG.view_logits(training.model, training.loaders.test), answers)


# --- First weights, update and rates ---


@pytest.mark.parametrize("normalization", ["none", "lrn"])
def test_it_begins_as_the_file_says_and_lrn_takes_its_alpha(normalization):
    model = dataclasses.replace(CONFIG, normalization=normalization).make_model(10)
    for name, layer in layers(model).items():
        assert layer.weight.std().item() == pytest.approx(FILE[name][1], rel=0.05), name
        assert not layer.bias.any(), name
    alphas = [layer.alpha for name, layer in model[1].features.named_children() if name.startswith("norm")]
    assert alphas == ([0.001, 0.001] if normalization == "lrn" else [])
    assert_equal(dict(model.named_parameters()), dict(CONFIG.make_model(10).named_parameters()))


def three_steps(by_hand: bool, **changes: float) -> dict[str, torch.Tensor]:
    """Take three steps, by the recipe's optimizer or by the update of cuda-convnet's ``weights.cuh``."""
    # From a start whose gradients are not tiny, so that momentum and decay both count.
    model = dataclasses.replace(CONFIG, initialization="kaiming").make_model(10).double()
    generator = torch.Generator().manual_seed(0)
    (optimizer,) = CONFIG.make_optimizers(model)
    for group in optimizer.param_groups:
        group |= changes
    settings = {}
    for name, layer in layers(model).items():
        settings |= {layer.weight: (EPS_W, FILE[name][0]), layer.bias: (EPS_B, 0.0)}
    increments = {parameter: torch.zeros_like(parameter) for parameter in settings}
    for _ in range(3):
        images = torch.randn(4, 3, 24, 24, dtype=torch.float64, generator=generator)
        model.zero_grad()
        functional.cross_entropy(model(images + model[0].mean), torch.arange(4)).backward()
        if not by_hand:
            optimizer.step()
            continue
        with torch.no_grad():
            for parameter, (eps, cost) in settings.items():
                # There the gradient is that of the log-probability, which is to rise.
                gradient = -parameter.grad
                increments[parameter] = MOMENTUM * increments[parameter] + eps * gradient
                increments[parameter] -= cost * eps * parameter
                parameter += increments[parameter]
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def test_three_steps_are_cuda_convnets():
    theirs = three_steps(by_hand=True)
    start = dataclasses.replace(CONFIG, initialization="kaiming").make_model(10).double()
    ours = three_steps(by_hand=False)
    for name, parameter in start.named_parameters():
        moved = theirs[name] - parameter
        assert moved.abs().max() > 1e-5, name
        torch.testing.assert_close(ours[name] - parameter, moved, rtol=1e-9, atol=1e-15)
    for changes in ({"nesterov": True}, {"weight_decay": 0.004}, {"lr": 0.001}):
        broken = three_steps(by_hand=False, **changes)
        assert any(not torch.allclose(broken[name], theirs[name], rtol=1e-9) for name in theirs), changes


def test_weights_learn_slower_at_the_end_and_biases_never():
    training = build(dataclasses.replace(CONFIG, epochs=5, drops=2), device="cpu")
    (optimizer,), (scheduler,) = training.optimizers, training.schedulers
    biases = {id(layer.bias) for layer in layers(training.model).values()}
    rates = []
    for _ in range(5 * len(training.loaders.train)):
        groups = optimizer.param_groups
        rates.append({id(group["params"][0]) in biases: group["lr"] for group in groups})
        optimizer.step()
        scheduler.step()
    weights = np.repeat([1e-3, 1e-4, 1e-4, 1e-5, 1e-5], len(training.loaders.train))
    assert [rate[False] for rate in rates] == pytest.approx(weights)
    assert {rate[True] for rate in rates} == {0.002}


# --- The plan ---


def test_the_plan_has_a_replica_and_pairs_that_differ_in_lrn_alone():
    plan = {(name, recipe.seed): recipe for name, recipe in planned() if isinstance(recipe, FaithfulRecipe)}
    for seed in range(3):
        none, lrn = plan["faithful_none_32", seed], plan["faithful_lrn_32", seed]
        assert dataclasses.replace(none, normalization="lrn") == lrn
        assert none == FaithfulRecipe(seed=seed)
        assert (none.epochs, none.drops, none.batch_size) == (120 + 10 + 10, 10, 128)
    replica = plan["replica_none_32", 0]
    changed = {"train_size": 40_000, "validation": False, "epochs": 100, "drops": 0}
    assert replica == FaithfulRecipe(**changed)
