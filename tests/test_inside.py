"""Chapter 15: maps, damage and photos are what their definitions say, and a broken twin is not."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter1d
from torch import nn

from alexnet_lib.experiments.inside import (
    STRENGTHS,
    corrupt,
    fgsm,
    grad_cam,
    gradient_of,
    occlusion_map,
    predict_photo,
    read_photo,
)
from tiny import refused


@pytest.fixture
def parts() -> tuple[nn.Module, nn.Module]:
    """Make a small smooth network in two parts, the same each time, with batch normalization at work."""
    torch.manual_seed(0)
    bottom = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.MaxPool2d(4), nn.BatchNorm2d(6), nn.GELU())
    top = nn.Sequential(nn.Flatten(), nn.Linear(6 * 64, 5))
    bottom[2].running_mean += 0.3
    return bottom.double().eval(), top.double().eval()


@pytest.fixture
def network(parts) -> nn.Module:
    return nn.Sequential(*parts)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1)).double()


def test_the_gradient_is_the_slope_of_the_logit(network, images):
    gradient = gradient_of(network, images[0], label=3)
    direction = torch.randn(gradient.shape, generator=torch.Generator().manual_seed(2)).double()
    step = 1e-6 * direction
    with torch.no_grad():
        slope = (network((images[0] + step)[None]) - network((images[0] - step)[None]))[0, 3] / 2e-6
    assert (gradient * direction).sum().item() == pytest.approx(slope.item(), rel=1e-4)
    other = (gradient_of(network, images[0], label=2) * direction).sum()
    assert other.item() != pytest.approx(slope.item(), rel=1e-2)
    assert not images.requires_grad


@pytest.mark.parametrize(("size", "stride"), [(8, 4), (5, 3), (32, 1)])
def test_an_occlusion_map_is_what_a_loop_finds(network, images, size, stride):
    found = occlusion_map(network, images[1], label=2, size=size, stride=stride)
    places = range(0, 32 - size + 1, stride)
    assert found.shape == (len(places), len(places))
    with torch.no_grad():
        whole = network(images[1:2]).softmax(dim=1)[0, 2]
        for row, top in enumerate(places):
            for column, left in enumerate(places):
                inner = torch.zeros(32, 32, dtype=bool)
                inner[top : top + size, left : left + size] = True
                covered = torch.where(inner, torch.full_like(images[1], 0.5), images[1])
                left_over = network(covered[None]).softmax(dim=1)[0, 2]
                assert found[row, column].item() == pytest.approx((whole - left_over).item(), abs=1e-9)


def test_grad_cam_is_what_a_loop_finds(parts, images):
    bottom, top = parts
    found = grad_cam(bottom, top, images[0], label=4)
    maps = bottom(images[:1]).detach()
    expected = torch.zeros(maps.shape[2:]).double()
    for channel in range(maps.shape[1]):
        slopes = []
        for row in range(maps.shape[2]):
            for column in range(maps.shape[3]):
                more = maps.clone()
                more[0, channel, row, column] += 1e-5
                slopes.append((top(more) - top(maps))[0, 4].item() / 1e-5)
        expected += np.mean(slopes) * maps[0, channel]
    torch.testing.assert_close(found, expected.clamp(min=0), rtol=1e-4, atol=1e-7)
    assert found.max() > 0
    other = grad_cam(bottom, top, images[0], label=1)
    assert not torch.allclose(found, other)


def test_damage_has_the_level_that_is_written(images):
    grey = torch.full((20, 3, 32, 32), 0.5)
    for strength, level in enumerate(STRENGTHS["noise"], start=1):
        noise = corrupt(grey, "noise", strength) - grey
        assert 255 * noise.std().item() == pytest.approx(level, rel=0.02)
        assert 255 * noise.mean().item() == pytest.approx(0, abs=0.7)  # half a level is the rounding's
    # A wave along the rows, blurred by SciPy's Gaussian and by ours.
    wave = 0.5 + 0.4 * torch.sin(2 * torch.pi * torch.arange(32) / 8).expand(1, 3, 32, 32)
    for strength, level in enumerate(STRENGTHS["blur"], start=1):
        line, left = wave[0, 0, 16].numpy(), corrupt(wave, "blur", strength)[0, 0, 16].numpy()
        assert np.abs(left - gaussian_filter1d(line, level, mode="mirror", truncate=8)).max() < 0.01
    for strength, level in enumerate(STRENGTHS["contrast"], start=1):
        flat = corrupt(wave, "contrast", strength)
        assert (flat.std() / wave.std()).item() == pytest.approx(level, abs=0.01)
        assert flat.mean().item() == pytest.approx(wave.mean().item(), abs=0.003)
    for strength, level in enumerate(STRENGTHS["shift"], start=1):
        moved = corrupt(images.float(), "shift", strength)
        assert (moved[..., level:] - images[..., :-level]).abs().max() <= 0.5 / 255 + 1e-6
        assert (moved[..., :level] - images[..., :1]).abs().max() <= 0.5 / 255 + 1e-6


def test_jpeg_is_what_the_file_holds(tmp_path, images):
    for strength, quality in enumerate(STRENGTHS["jpeg"], start=1):
        pixels = (images[0] * 255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=quality)
        read = np.asarray(Image.open(tmp_path / "a.jpg"))
        made = corrupt(images[:1].float(), "jpeg", strength)[0]
        np.testing.assert_array_equal((255 * made).round().byte().permute(1, 2, 0).numpy(), read)


def test_damage_depends_on_the_seed_alone_and_is_an_image(images):
    images = images.float()
    torch.manual_seed(3)
    first = corrupt(images, "noise", 3, seed=5)
    torch.manual_seed(4)
    assert torch.equal(first, corrupt(images, "noise", 3, seed=5))
    assert not torch.equal(first, corrupt(images, "noise", 3, seed=6))
    for kind in STRENGTHS:
        worse = corrupt(images, kind, 5)
        assert worse.shape == images.shape
        assert worse.min() >= 0
        assert worse.max() <= 1
        torch.testing.assert_close(worse * 255, (worse * 255).round(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("levels", [1, 8])
def test_an_attack_keeps_its_bound_and_raises_the_loss(network, images, levels):
    labels = torch.tensor([0, 1, 2, 3])
    attacked = fgsm(network, images, labels, levels)
    moved = (attacked - images).abs()
    assert moved.max().item() <= levels / 255 + 1e-9
    free = (images > 8 / 255) & (images < 1 - 8 / 255)
    assert (moved[free] == 0).double().mean() < 0.9  # of a linear piece, every value moves
    loss = nn.functional.cross_entropy
    assert loss(network(attacked), labels) > loss(network(images), labels)
    backwards = images - (attacked - images)
    assert loss(network(backwards), labels) < loss(network(attacked), labels)
    assert attacked.min() >= 0
    assert attacked.max() <= 1


def test_an_attack_on_a_linear_network_is_the_known_one():
    linear = nn.Sequential(nn.Flatten(), nn.Linear(12, 2, bias=False))
    images = torch.full((1, 3, 2, 2), 0.5)
    attacked = fgsm(linear, images, torch.tensor([0]), levels=4)
    # The loss of class 0 grows as logit 1 grows over logit 0.
    direction = (linear[1].weight[1] - linear[1].weight[0]).sign().view(1, 3, 2, 2)
    torch.testing.assert_close(attacked, images + 4 / 255 * direction)


# --- A reader's own photo ---

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def quarters(width: int, height: int) -> Image.Image:
    """Draw the upper left quarter red, the upper right green, the lower half blue."""
    picture = Image.new("RGB", (width, height), BLUE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    return picture


def assert_quarters(pixels: np.ndarray) -> None:
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    for row, column, colour in ((4, 4, RED), (4, 27, GREEN), (27, 4, BLUE), (27, 27, BLUE)):
        np.testing.assert_allclose(pixels[row, column].astype(int), colour, atol=6)


def test_the_middle_square_is_cut_out_and_averaged(tmp_path):
    wide = Image.new("RGB", (96, 64), "white")
    wide.paste(quarters(64, 64), (16, 0))
    wide.save(tmp_path / "wide.png")
    assert_quarters(read_photo(tmp_path / "wide.png"))
    fine = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(fine).save(tmp_path / "fine.png")
    means = fine.reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(read_photo(str(tmp_path / "fine.png")), means, atol=1.01)  # rounded twice


@pytest.mark.parametrize(("orientation", "turn"), [
    (3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270),
])  # fmt: skip
def test_a_photo_is_turned_as_its_metadata_say(tmp_path, orientation, turn):
    lying = quarters(64, 64).transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying.save(tmp_path / "turned.png", exif=exif)
    assert_quarters(read_photo(tmp_path / "turned.png"))
    lying.save(tmp_path / "unmarked.png")
    with pytest.raises(AssertionError):
        assert_quarters(read_photo(tmp_path / "unmarked.png"))


def test_pictures_of_every_kind_are_read(tmp_path):
    quarters(64, 64).quantize(8).save(tmp_path / "palette.gif")
    assert_quarters(read_photo(tmp_path / "palette.gif"))
    quarters(64, 64).convert("CMYK").save(tmp_path / "print.jpg", quality=100)
    assert_quarters(read_photo(tmp_path / "print.jpg"))
    clear = quarters(64, 64).convert("RGBA")
    clear.putalpha(Image.new("L", (64, 64), 0))
    clear.save(tmp_path / "clear.png")
    assert (read_photo(tmp_path / "clear.png") == 255).all()
    Image.new("L", (1, 1), 90).save(tmp_path / "one.png")
    assert (read_photo(tmp_path / "one.png") == 90).all()
    frames = [quarters(64, 64), Image.new("RGB", (64, 64), "black")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert_quarters(read_photo(tmp_path / "moving.gif"))


def test_what_is_no_picture_gets_one_sentence(tmp_path):
    quarters(64, 64).save(tmp_path / "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:400])
    (tmp_path / "empty.png").touch()
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    (tmp_path / "words.png").write_text("no picture")
    for name in ("cut.jpg", "empty.png", "torn.png", "words.png", "."):
        with refused("photo_unreadable", tmp_path / name):
            read_photo(tmp_path / name)
    with refused("photo_not_found", "none.jpg"):
        read_photo(tmp_path / "none.jpg")


def test_a_picture_too_large_to_open_gets_one_sentence(tmp_path, monkeypatch):
    quarters(64, 64).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 64 * 64 - 1)
    with refused("photo_unreadable"):
        read_photo(tmp_path / "large.png")


def test_ten_probabilities_of_a_photo(tmp_path, network):
    quarters(96, 96).save(tmp_path / "photo.png")
    pixels, probabilities = predict_photo(tmp_path / "photo.png", network.float())
    values = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        expected = network(values).softmax(dim=1)[0]
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    assert probabilities.sum() == pytest.approx(1)
    swapped = network(values.flip(1)).softmax(dim=1)[0].detach()
    assert not np.allclose(probabilities, swapped)
