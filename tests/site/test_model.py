"""The network in the page: it computes as PyTorch does, and takes whatever picture one brings."""

import base64
import io
import json
import re
import zlib

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from pages import pages
from PIL import Image
from reading import HEIGHT, STAND_STILL
from torch import nn
from torch.nn import functional

import network_weights
from alexnet_lib.data import load_dataset
from alexnet_lib.experiments.modern_alexnet import SmallAlexNet, recorded_model
from alexnet_lib.language import BookError
from alexnet_lib.transforms import CIFAR10_MEAN, CIFAR10_STD
from browser import complaints
from languages import words
from network_weights import packed, quantized, scale_and_shift
from notebook_files import LANGUAGES, ROOT

NETWORK = (ROOT / "book/_static/network.js").read_text("utf-8")


def logits_of(model, images):
    """Return PyTorch's logits of images in [0, 1]."""
    mean, std = (torch.tensor(each)[:, None, None] for each in (CIFAR10_MEAN, CIFAR10_STD))
    with torch.no_grad():
        return model((images - mean) / std).numpy()


# --- The weights in 8 bits ---


def test_no_weight_is_off_by_more_than_half_a_scale_and_each_channel_has_its_own():
    weight = torch.randn(5, 4, 3, 3) * torch.tensor([1e-3, 1, 10, 0, 1]).reshape(5, 1, 1, 1)
    whole, scale = quantized(weight)
    off = np.abs(whole * scale[:, None, None, None] - weight.numpy()).max(axis=(1, 2, 3))
    assert (off <= scale / 2 * 1.0001).all()
    assert np.abs(whole).max(axis=(1, 2, 3)).tolist() == [127, 127, 127, 0, 127]
    assert np.allclose(scale, np.abs(weight.numpy()).max(axis=(1, 2, 3)) / 127)


def test_batch_normalization_is_a_scale_and_a_shift_behind_pooling_and_cannot_go_before_it():
    images = torch.randn(2, 3, 8, 8)
    norm = nn.BatchNorm2d(3).eval()
    norm.weight.data = torch.tensor([1.5, -0.7, 0.2])  # one is negative
    norm.bias.data, norm.running_mean, norm.running_var = torch.randn(3), torch.randn(3), torch.rand(3) + 0.5
    scale, shift = (each.detach()[:, None, None] for each in scale_and_shift(norm))
    right = norm(functional.max_pool2d(images, 2)).detach()
    assert torch.allclose(functional.max_pool2d(images, 2) * scale + shift, right, atol=1e-6)
    folded = functional.max_pool2d(images * scale + shift, 2)
    same = [torch.allclose(folded[:, channel], right[:, channel], atol=1e-5) for channel in range(3)]
    assert same == [True, False, True]


def test_a_layer_that_the_page_does_not_know_is_refused():
    with pytest.raises(TypeError, match="ReLU"):
        packed(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()))


# --- A small network with random weights, in a page of nothing else ---


class TinyAlexNet(SmallAlexNet):
    """As many layers, few channels, and weights such that each of them counts."""

    widths = (6, 8, 8, 8, 8)
    hidden = 16


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    model = TinyAlexNet().eval()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            size = layer.weight.shape
            layer.weight.data = torch.randn(size) + 0.3  # some are negative
            layer.bias.data, layer.running_mean = torch.randn(size), 0.3 * torch.randn(size)
            layer.running_var = torch.rand(size) + 0.5
        elif isinstance(layer, nn.Conv2d | nn.Linear):
            # Channels of different strength, and kernels that lean to one side.
            layer.weight.data *= 3 * torch.rand(len(layer.weight), *[1] * (layer.weight.ndim - 1)) + 0.2
    return model


@pytest.fixture(scope="module")
def images():
    """Return ten images in [0, 1]: noise, and blots of colour."""
    torch.manual_seed(1)
    coarse = functional.interpolate(torch.rand(5, 3, 4, 4), size=32, mode="bilinear")
    return torch.cat([torch.rand(5, 3, 32, 32), coarse])


def write_page(folder, layers, numbers, script=NETWORK):
    """Write a page that holds a network and nothing else; return its address."""
    letters = base64.b64encode(numbers).decode()
    (folder / "w.js").write_text(f'window.alexnetData.weights = "{letters}";\n')
    about = {"rows": ".", "network": {"script": "w.js", "checksum": zlib.crc32(numbers), "layers": layers}}
    data = f"window.alexnetData = {{model: {json.dumps(about)}}}"
    page = folder / "index.html"
    page.write_text(f"<!doctype html><script>{data}</script><script>{script}</script>", "utf-8")
    return page.as_uri()


ASK = """async (images) => { const all = [];
  for (const pixels of images) all.push(await alexnetModel.logits(pixels)); return all; }"""


def asked(page, images):
    """Return the logits that a page gives to images, ten at a time."""
    parts = images.flatten(start_dim=1).split(10)
    return np.concatenate([np.array(page.evaluate(ASK, part.tolist())) for part in parts])


def is_near(found, right):
    """Tell whether values differ by no more than 8 bits explain."""
    return np.sqrt(np.square(found - right).mean()) < 0.02 * right.std()


def is_right(page, address, model, images):
    """Tell whether a page's logits are those of PyTorch, as near as 8 bits can be."""
    page.goto(address)
    found, right = asked(page, images), logits_of(model, images)
    return is_near(found, right)


def test_the_page_computes_as_pytorch_in_a_worker_and_without_one(page, tmp_path, tiny, images):
    address = write_page(tmp_path, *packed(tiny))
    assert is_right(page, address, tiny, images)
    assert len(page.workers) == 1
    page.add_init_script("Worker = function () { throw new Error('none'); }")
    assert is_right(page, address, tiny, images)
    assert page.workers == []


def test_feature_maps_are_what_the_activations_give(page, tmp_path, tiny, images):
    page.goto(write_page(tmp_path, *packed(tiny)))
    found = page.evaluate(
        """async (pixels) => (await alexnetModel.look(pixels)).maps
            .map((map) => ({...map, values: [...map.values]}))""",
        images[0].flatten().tolist(),
    )
    assert [each["name"] for each in found] == ["Conv1", "Conv2", "Conv3", "Conv4", "Conv5", "FC1", "FC2"]
    kept = []
    handles = [
        layer.register_forward_hook(lambda layer, taken, given: kept.append(given[0].numpy()))
        for layer in tiny.modules()
        if isinstance(layer, nn.GELU)
    ]
    logits_of(tiny, images[:1])
    for handle in handles:
        handle.remove()
    for each, right in zip(found, kept, strict=True):
        assert (each["channels"], each["side"]) == (right.shape[0], right.shape[1] if right.ndim == 3 else 1)
        assert is_near(np.array(each["values"]).reshape(right.shape), right)


GELU = "0.5 * x * (1 + erf(x * Math.SQRT1_2))"
DAMAGES = {
    "forgotten scale": ("*= scale", "+= 0 * scale"),
    "one scale for all": ("Math.floor(i / each)]", "0]"),
    "ReLU in place of GELU": (GELU, "Math.max(0, x)"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_network_is_found(page, tmp_path, tiny, images, damage):
    script = NETWORK.replace(*DAMAGES[damage])
    assert script != NETWORK
    assert not is_right(page, write_page(tmp_path, *packed(tiny), script), tiny, images)


FAILURE = "alexnetModel.load().then(() => null, (error) => error.message)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-200], "not whole"),
        (lambda text: text[:-200] + '";', "not intact"),
        (lambda text: text.replace("A", "B", 1), "not intact"),
        (lambda text: "", "not whole"),
    ],
)
def test_weights_that_are_cut_or_altered_are_not_used(page, tmp_path, tiny, change, message):
    address = write_page(tmp_path, *packed(tiny))
    script = tmp_path / "w.js"
    whole = script.read_text()
    script.write_text(change(whole))
    page.goto(address)
    assert message in page.evaluate(FAILURE)
    script.write_text(whole)  # it may be tried again
    assert page.evaluate(FAILURE) is None


# --- The network of the site ---


def taken(count):
    """Return images of the test set, (count, 3, 32, 32) in [0, 1], and their labels."""
    try:
        dataset = load_dataset("cifar10", train=False, download=False)
    except BookError:
        dataset = load_dataset("shapes10", train=False)
    images = torch.from_numpy(dataset.data[:count]).permute(0, 3, 1, 2) / 255
    return images, np.array(dataset.targets[:count])


def network_problems(page, address, model, count):
    """Yield where a page's answers are not those of PyTorch with the weights before rounding."""
    page.goto(address)
    images, labels = taken(count)
    found, right = (logits.argmax(axis=1) for logits in (asked(page, images), logits_of(model, images)))
    if (same := (found == right).mean()) < 0.99:
        yield f"{address}: {same:.1%} of the answers are the same"
    if (off := abs((found == labels).mean() - (right == labels).mean())) > 0.005:
        yield f"{address}: the accuracy is off by {100 * off:.1f} points"


def with_model(site):
    found = pages(site)
    return [place for place, each in found.items() if each.soup.select_one("[data-widget=model]")]


def test_the_network_of_the_site_answers_as_pytorch(request, page, address, site):
    count = 500 if request.config.getoption("--every-page") else 20
    for place in with_model(site)[:1]:  # all load the same script
        model = recorded_model(network_weights.RUN, network_weights.SEED)
        assert list(network_problems(page, f"{address}/{place}", model, count)) == []


def test_the_weights_of_the_site_are_light(site):
    for script in site.glob(f"widget_data/{network_weights.RUN}-*.js"):
        assert script.stat().st_size <= 6.5e6


def test_a_trained_network_answers_as_before_rounding(page, widgets):
    address = (widgets / "en/photo.html").as_uri()
    assert list(network_problems(page, address, recorded_model("small_alexnet"), 500)) == []
    assert list(network_problems(page, address, SmallAlexNet().eval(), 20)) != []


# --- The widget, from file:// ---


def open_photo(page, widgets, language="en", width=1280):
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(reduced_motion="reduce")
    page.goto((widgets / language / "photo.html").as_uri())


SUMMARY = ".widget-summary[aria-live]"
WARNING = ".widget-warning"


def answer(page):
    """Wait for an answer, and return it."""
    page.wait_for_function(f"document.querySelector('{SUMMARY}').textContent.includes('%')")
    return page.inner_text(SUMMARY)


def said(page):
    """Wait for a warning; return its name among the words."""
    page.wait_for_selector(f"{WARNING}:not([hidden])")
    warning = page.inner_text(WARNING)
    for name, sentence in words("en")["widgets"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", ".*", re.escape(sentence)), warning):
            return name.removeprefix("model_")
    return warning


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def give(page, name, content):
    page.set_input_files(".model-file", {"name": name, "mimeType": "image/png", "buffer": content})


PIXELS = """(() => { const canvas = document.querySelector(".model-seen canvas");
  return [...canvas.getContext("2d").getImageData(0, 0, 32, 32).data].filter((_, i) => i % 4 < 3); })()"""


def seen(page):
    """Return what the network sees, (32, 32, 3), once there is an answer."""
    answer(page)
    return np.array(page.evaluate(PIXELS)).reshape(32, 32, 3)


RED, GREEN, BLUE, YELLOW, WHITE = (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 1, 1)
QUARTERS = Image.fromarray(
    np.kron([[RED, GREEN], [BLUE, YELLOW]], np.full((160, 160, 1), 255)).astype(np.uint8)
)


def corners(page):
    """Return the colours of the four corners, as three letters would say them."""
    return [tuple((seen(page)[y, x] > 127).astype(int)) for y in (4, 27) for x in (4, 27)]


def test_a_photo_is_averaged_to_32_by_32(page, widgets):
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (640, 640, 3), dtype=np.uint8)
    open_photo(page, widgets)
    give(page, "photo.png", encoded(Image.fromarray(photo), "PNG"))
    right = photo.reshape(32, 20, 32, 20, 3).mean(axis=(1, 3))
    assert np.abs(seen(page) - right).max() <= 0.51
    assert "640×640 pixels" in page.inner_text(".model-pictures")
    # Of a part that does not divide by 32, as Pillow's box filter has it.
    page.fill(".model-pictures input", "55")
    part = Image.fromarray(photo).crop((144, 144, 496, 496)).resize((32, 32), Image.Resampling.BOX)
    assert np.abs(seen(page) - np.asarray(part)).max() <= 1.01


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: to be shown a quarter turn clockwise
    return encoded(QUARTERS, "JPEG", exif=exif, quality=95)


def moving():
    frames = [QUARTERS.rotate(90), QUARTERS.rotate(180)]
    return encoded(QUARTERS, "GIF", save_all=True, append_images=frames, duration=20)


PICTURES = {
    "a photo turned by its metadata is upright": (turned, [BLUE, RED, YELLOW, GREEN]),
    "the first frame of an animation": (moving, [RED, GREEN, BLUE, YELLOW]),
    "what is transparent is white": (lambda: encoded(Image.new("RGBA", (100, 80)), "PNG"), [WHITE] * 4),
    "a single pixel fills it": (lambda: encoded(Image.new("RGB", (1, 1), "red"), "PNG"), [RED] * 4),
    "fifty megapixels": (
        lambda: encoded(QUARTERS.resize((8000, 6250)), "PNG"), [RED, GREEN, BLUE, YELLOW]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_seen_as_a_viewer_of_pictures_shows_it(page, widgets, name):
    make, right = PICTURES[name]
    open_photo(page, widgets)
    give(page, name, make())
    assert corners(page) == right


def test_a_picture_of_too_many_pixels_gets_a_sentence(page, widgets):
    open_photo(page, widgets)
    give(page, "huge.png", encoded(Image.new("1", (16000, 10000)), "PNG"))
    assert said(page) == "too_large"


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture at all", encoded(QUARTERS, "PNG")[:20], b"<svg></svg>"],
    ids=["empty", "words", "cut", "another kind"],
)
def test_what_is_no_picture_gets_a_sentence_and_the_next_one_is_shown(page, widgets, content):
    open_photo(page, widgets)
    give(page, "x.png", content)
    assert said(page) == "not_picture"
    give(page, "x.png", encoded(QUARTERS, "PNG"))
    assert corners(page) == [RED, GREEN, BLUE, YELLOW]
    assert page.locator(WARNING).is_hidden()


BRING = """([kind, name, letters]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(letters), (each) => each.charCodeAt(0));
  if (letters) transfer.items.add(new File([bytes], "x.png", {type: "image/png"}));
  else transfer.setData("text/plain", "only words");
  const holder = name === "paste" ? "clipboardData" : "dataTransfer";
  document.querySelector(".model-drawings").dispatchEvent(
    new window[kind](name, {[holder]: transfer, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize(("kind", "name"), [("ClipboardEvent", "paste"), ("DragEvent", "drop")])
def test_a_photo_is_pasted_or_dropped_even_twice(page, widgets, kind, name):
    open_photo(page, widgets)
    letters, other = (
        base64.b64encode(encoded(image, "PNG")).decode() for image in (QUARTERS, QUARTERS.rotate(180))
    )
    page.evaluate(BRING, [kind, name, ""])
    assert said(page) == "no_file"
    for each in (letters, other, letters, letters):
        page.evaluate(BRING, [kind, name, each])
    page.wait_for_function(f"{PIXELS}[0] === 255")
    assert corners(page) == [RED, GREEN, BLUE, YELLOW]


def test_a_refused_camera_gets_a_sentence_and_one_that_is_there_takes_a_photo(page, widgets):
    open_photo(page, widgets)
    start = f"text={words('en')['widgets']['model_camera']}"
    page.click(start)
    assert said(page) == "camera_refused"
    page.evaluate("""() => { const canvas = document.createElement("canvas");
        const pen = canvas.getContext("2d");
        setInterval(() => { pen.fillStyle = "#f00"; pen.fillRect(0, 0, canvas.width, canvas.height); }, 30);
        window.opened = [];
        const give = async () => opened[opened.push(canvas.captureStream()) - 1];
        navigator.mediaDevices.getUserMedia = give; }""")
    page.dblclick(start)
    page.press(".model-camera button >> nth=0", "Enter")
    assert corners(page) == [RED] * 4
    assert page.locator(".model-camera").is_hidden()
    # No second press has left a camera running; and keys go on here, as the button that was pressed is gone.
    assert page.evaluate("opened.map((stream) => stream.active)") == [False]
    assert page.locator(f"{start} >> nth=0").evaluate("(button) => button === document.activeElement")


def test_weights_that_do_not_come_are_said_to_fail(page, widgets):
    page.route(re.compile("small_alexnet"), lambda route: route.abort())
    open_photo(page, widgets)
    page.click(".model-drawings button >> nth=0")
    assert said(page) == "failed"
    page.unroute(re.compile("small_alexnet"))
    page.click(".model-drawings button >> nth=8")
    assert "‘" in answer(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_way_goes_by_keyboard_alone(page, widgets, language):
    found = complaints(page, "file://")
    open_photo(page, widgets, language, width=390)
    assert page.evaluate("document.querySelectorAll('script[src*=widget_data]').length") == 0

    def tab_to(selector):
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
                return
        pytest.fail(f"Tab does not come to {selector}")

    page.evaluate("Object.assign(document.querySelector('.widget'), {tabIndex: -1}).focus()")
    tab_to(".model-drawings button")
    page.keyboard.press("ArrowRight")
    first = answer(page)
    assert words(language)["widgets"]["model_outside"].split("{")[0] not in first
    page.keyboard.press("End")  # a house, which is none of the ten
    page.wait_for_function(f"document.querySelector('{SUMMARY}').textContent.includes('{words(language)['widgets']['model_house']}')")
    tab_to(".model-square")
    before = page.evaluate(PIXELS)
    for name in ("-", "-", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(name)
    assert page.evaluate(PIXELS) != before
    tab_to(".model-seen")
    uncovered = page.evaluate(PIXELS)
    page.keyboard.press("ArrowRight")
    beginning, *_ = words(language)["widgets"]["model_covered"].split("‘")
    page.wait_for_function(f"document.querySelector('{SUMMARY}').textContent.includes('{beginning.strip()}')")
    covered = np.array(page.evaluate(PIXELS)) != np.array(uncovered)
    assert 0 < covered.reshape(32, 32, 3).any(axis=2).sum() <= 64
    page.keyboard.press("Delete")
    assert page.evaluate(PIXELS) == uncovered
    tab_to(".widget-choice input")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".model-maps:not([hidden])")
    assert page.get_attribute(".model-maps", "aria-label").startswith("Conv1")
    assert found == []


def test_who_covers_before_the_answer_hears_of_the_answer_without_a_cover(page, widgets):
    open_photo(page, widgets)
    page.click(".model-drawings button >> nth=3")
    whole = answer(page)
    # At once: while the network looks at the square that has become smaller.
    page.evaluate("""[[".model-square", "-"], [".model-seen", "ArrowUp"]].forEach(([place, key]) =>
      document.querySelector(place).dispatchEvent(new KeyboardEvent("keydown", { key })))""")
    page.wait_for_function(f"!document.querySelector('{SUMMARY}').textContent.includes({json.dumps(whole)})")
    assert "Uncovered, its answer was" in answer(page)
    assert page.locator(".model-answers s:visible").count() == 10


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_widget_in_use(page, widgets, width, scheme):
    page.emulate_media(color_scheme=scheme)
    open_photo(page, widgets, width=width)
    page.add_style_tag(content=STAND_STILL)
    give(page, "x.png", b"no picture")
    page.click(".model-drawings button >> nth=3")
    answer(page)
    page.press(".model-seen", "ArrowUp")
    page.evaluate("document.querySelectorAll('.widget-choice input')[4].click()")
    page.wait_for_selector(".model-maps:not([hidden])")
    found = Axe().run(page, context=".widget", options={"resultTypes": ["violations"]}).response
    assert [(rule["id"], rule["nodes"][0]["html"][:80]) for rule in found["violations"]] == []
