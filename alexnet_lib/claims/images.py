"""Claims on what the network is shown, one function each; see ``network.py``."""

import torch
from torchvision.transforms import RandomCrop
from torchvision.transforms.functional import ten_crop

from alexnet_lib.claims.colour import ColourNoise, colour_components
from alexnet_lib.claims.verdicts import Verdict
from alexnet_lib.facts import fact, facts


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
