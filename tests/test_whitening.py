"""The first layer's answers to the images are uncorrelated and equally strong."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from alexnet_lib.experiments.recipe import whiten_first_layer, whitening_filters


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Noise whose neighbouring pixels and channels are alike, as in photos."""
    noise = torch.randn(64, 3, 18, 18, generator=torch.Generator().manual_seed(0))
    smooth = functional.avg_pool2d(noise, 3, stride=1)
    return 2 * smooth + smooth.roll(1, dims=1)


def covariance(answers: torch.Tensor) -> torch.Tensor:
    return torch.cov(answers.transpose(0, 1).flatten(start_dim=1))


def test_answers_have_the_identity_for_their_covariance(images):
    answers = functional.conv2d(images, whitening_filters(images))
    strong = covariance(answers)[:9, :9]  # the last directions are damped on purpose
    torch.testing.assert_close(strong, torch.eye(9), atol=0.05, rtol=0)
    random = covariance(functional.conv2d(images, torch.randn(27, 3, 3, 3)))[:9, :9]
    assert (random - torch.eye(9)).abs().max() > 0.5


def test_the_filters_are_ordered_by_the_strength_of_their_direction(images):
    filters = whitening_filters(images).flatten(start_dim=1)
    assert filters.shape == (27, 27)
    assert (filters.norm(dim=1).diff() > -1e-4).all()  # the stronger a direction, the smaller its filter


@pytest.mark.parametrize(("outputs", "drawn"), [(96, 54), (54, 54), (20, 20)])
def test_each_filter_has_its_opposite_and_the_rest_keep_their_weights(images, outputs, drawn):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, outputs, 3, padding=1), nn.ReLU())
    before = model[0].weight.detach().clone()
    whiten_first_layer(model, images)
    weight = model[0].weight
    torch.testing.assert_close(weight[27:drawn], -weight[: max(drawn - 27, 0)])
    assert torch.equal(weight[drawn:], before[drawn:])
    assert not torch.isclose(weight[:drawn], before[:drawn]).all(dim=(1, 2, 3)).any()
    assert weight.requires_grad


class OnApplesCard(torch.Tensor):
    """A tensor as on MPS: it knows no float64, and finds no eigenvectors."""

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        if function.__name__ in ("double", "linalg_eigh"):
            raise TypeError("Cannot convert a MPS Tensor to float64")
        return super().__torch_function__(function, types, arguments, options or {})

    def cpu(self) -> torch.Tensor:
        return self.as_subclass(torch.Tensor)


def test_filters_are_reckoned_on_the_cpu_wherever_the_images_are(images):
    card = images.as_subclass(OnApplesCard)
    with pytest.raises(TypeError, match="MPS"):
        card.double()
    torch.testing.assert_close(whitening_filters(card), whitening_filters(images))
