"""The movable figures: each stands after its cell, has its data, and does what its label says."""

import json
import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from sphinx.util.docutils import docutils_namespace
from torchvision.transforms.functional import hflip, pad, pil_to_tensor, to_pil_image

import languages
import widget_confusion
import widget_stub
from alexnet_lib import models
from alexnet_lib.notebook import COLOURS
from alexnet_lib.shapes import Shapes10
from alexnet_lib.summary import layer_table
from browser import browser
from browser_checks import WIDEST_ELEMENT, WIDTHS, complaint, with_widgets
from notebook_files import LANGUAGES, ROOT
from page_checks import Page, pages
from widget_checks import widget_problems
from widget_data import WORDS, collect, distinct_crops
from widgets import PLACES, as_html, place_of

STATIC = ROOT / "book/_static"
PAGES = {widget: page for page, (_, widget) in PLACES.items()}
MOST_BYTES = 15_000


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    return widget_stub.write_results(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def site(results, tmp_path_factory):
    """Build the stub where CIFAR-10 is not, once for all tests."""
    with pytest.MonkeyPatch.context() as patch, docutils_namespace():
        patch.setenv("ALEXNET_DATA", str(tmp_path_factory.mktemp("no_data")))
        return widget_stub.build(tmp_path_factory.mktemp("widgets"), results)


@pytest.fixture(scope="session")
def chromium(chromium_needed):
    """Start one browser for all tests that try a widget."""
    with browser() as started:
        yield started


# --- The extension ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("widget", WORDS)
def test_a_widget_stands_right_after_its_cell(site, language, widget):
    soup = Page(site, f"{language}/{PAGES[widget]}.html").soup
    place = soup.select_one(".widget")
    assert place["data-widget"] == widget
    assert "cell" in place.find_previous_sibling()["class"]
    assert place.find_next_sibling().h2.get_text().startswith("after")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_loads_the_script_of_its_own_widget_and_no_other(site, language):
    for page in ("01_without", "index", *PLACES):
        soup = Page(site, f"{language}/{page}.html").soup
        scripts = {tag["src"].split("/")[-1].split("?")[0] for tag in soup.select("script[src*=widget]")}
        wanted = {"widget.js", f"widget_{PLACES[page][1]}.js"} if page in PLACES else set()
        assert scripts == wanted
        assert all(tag.has_attr("defer") for tag in soup.select("script[src*=widget]"))
        assert bool(soup.select("link[href*='widget.css']")) == (page in PLACES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PLACES)
def test_every_named_cell_is_in_its_chapter(language, page):
    cells = json.loads((ROOT / f"notebooks/{language}/{page}.ipynb").read_text("utf-8"))["cells"]
    assert PLACES[page][0] in [cell["id"] for cell in cells if cell["cell_type"] == "code"]


def test_the_plain_book_of_both_languages_has_the_widgets_too():
    assert place_of("notebooks/ko/06_network") == place_of("06_network") == PLACES["06_network"]
    assert place_of("notebooks/ko/02_cifar") is None


def test_words_cannot_end_the_script_they_stand_in():
    assert as_html("network", {"words": "</script>"}).count("</script>") == 1


def test_the_rows_of_a_run_are_kept_once_for_both_languages(site):
    assert len(list(site.glob("widget_data/*/*.js"))) == 2 * 10
    assert not [path for language in LANGUAGES for path in site.glob(f"{language}/widget_data")]


def test_without_a_recorded_run_there_is_no_explorer(tmp_path):
    assert collect("confusion", "ko", tmp_path, tmp_path) is None


def test_scripts_are_small_and_ask_for_nothing():
    for path in STATIC.glob("widget*.js"):
        text = path.read_text("utf-8")
        assert len(text.encode()) < MOST_BYTES, path.name
        assert not re.search(r"\bfetch\(|XMLHttpRequest|\bimport\b|https?://", text), path.name


def test_every_word_that_a_script_asks_for_is_there_and_every_word_is_asked_for():
    for widget, names in WORDS.items():
        text = (STATIC / f"widget_{widget}.js").read_text("utf-8")
        given = {name.removeprefix(f"{widget}_") for name in names} - {"title", "lead"}
        asked = set(re.findall(r"\bwords\.(\w+)", text))
        assert asked <= given
        # Some are asked for by a name that the script puts together.
        assert all(re.search(rf"\b{name}\b|{name.split('_')[-1]}", text) for name in given - asked)


def test_the_style_uses_the_figures_colours():
    style = (STATIC / "widget.css").read_text("utf-8")
    named = dict(re.findall(r"--widget-(blue|orange|vermilion|grey|deep): (#\w+);", style.split("html[")[0]))
    deep = named.pop("deep")
    assert named == {name: COLOURS[name] for name in named} and len(named) == 4
    assert deep == COLOURS["blue"]


# --- The data ---


def test_the_layers_are_those_that_layer_table_counts(tmp_path):
    for described in collect("network", "en", tmp_path, tmp_path)["networks"]:
        model = getattr(models, described["name"])()
        rows = layer_table(model, (3, model.input_size, model.input_size))
        assert [layer["name"] for layer in described["layers"]] == [row.name for row in rows]
        assert sum(layer["macs"] for layer in described["layers"]) == sum(row.macs for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scores_are_those_that_stand_in_the_chapter(language):
    notebook = ROOT / f"notebooks/{language}/01_imagenet.ipynb"
    data = collect("answers", language, notebook, notebook)
    namespace = {"np": np}
    exec(widget_stub.source_of("01_imagenet", "scores", language), namespace)
    assert np.array_equal(data["scores"], namespace["scores"])
    assert np.array_equal(data["labels"], namespace["labels"])
    assert data["names"] == namespace["names"]


def test_crops_and_flips_are_counted_as_torchvision_cuts_them():
    image = Shapes10(train=False).data[0]
    padded = pad(to_pil_image(image), 4)
    crops = [padded.crop((x, y, x + 32, y + 32)) for y in range(9) for x in range(9)]
    cut = {pil_to_tensor(each).numpy().tobytes() for crop in crops for each in (crop, hflip(crop))}
    assert distinct_crops(image) == len(cut) == 162
    assert distinct_crops(np.zeros((32, 32, 3), np.uint8)) == 1


def test_a_row_holds_the_most_confident_images_of_each_cell(results):
    about = widget_confusion.explored_runs(results)[0]
    scores = widget_confusion.probabilities(results, about)
    labels = np.load(results / "cifar10-test-labels.npy")
    cells = widget_confusion.row_of(scores, labels, 3)
    # By a loop over all images, the surest last.
    taken = [n for n in range(len(labels)) if labels[n] == 3 and scores[n].argmax() == 5]
    taken.sort(key=lambda n: scores[n, 5])
    assert [each["number"] for each in cells[5]] == taken[: -len(cells[5]) - 1 : -1]
    assert len(cells[5]) == 12
    assert np.allclose([each["scores"] for each in cells[5]], scores[taken[::-1][:12]], atol=1e-4)


def test_each_image_is_at_its_place_of_the_strip_and_no_value_is_off_by_more_than_half_a_step(
    results, monkeypatch, tmp_path
):
    labels = np.load(results / "cifar10-test-labels.npy")
    images = np.random.default_rng(1).integers(0, 256, (len(labels), 32, 32, 3), dtype=np.uint8)
    monkeypatch.setattr(widget_confusion, "cifar10_images", lambda: images)
    widget_confusion.write_all_rows(results, tmp_path)
    strip = np.asarray(Image.open(tmp_path / "baseline-0/3.webp")).reshape(-1, 32, 32, 3)
    script = (tmp_path / "baseline-0/3.js").read_text("utf-8")
    shown = [each for cell in json.loads(script[script.index("= [") + 2 : -2]) for each in cell]
    assert [each["place"] for each in shown] == list(range(len(strip)))
    for each in shown:
        difference = strip[each["place"]].astype(int) - images[each["number"]]
        assert abs(difference).max() <= widget_confusion.STEP / 2


def test_only_the_three_named_runs_are_explored_and_the_first_seed_of_each(results, tmp_path):
    widget_stub.write_results(tmp_path, ("modern", "width_half", "baseline"))
    (tmp_path / "modern-1.json").write_text(json.dumps({"run": "modern", "seed": 1, "date": "2026-11-24"}))
    assert [widget_confusion.run_id(run) for run in widget_confusion.explored_runs(tmp_path)] == [
        "baseline-0", "modern-0"]  # fmt: skip


# --- In a browser, from file:// ---


def open_page(chromium, site, widget, language="en", width=1280, anchor=""):
    chromium.resize(width)
    # Else another anchor of the same page would be no new page.
    chromium.open("about:blank")
    chromium.open(f"{(site / language / PAGES[widget]).as_uri()}.html{anchor}")


KEYS = {"End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


def key(chromium, name, times=1):
    """Press a key as often as is asked."""
    about = {"key": name, "code": name, "windowsVirtualKeyCode": KEYS[name]}
    for _ in range(times):
        for kind in ("keyDown", "keyUp"):
            chromium.ask("Input.dispatchKeyEvent", type=kind, **about)


def drag(chromium, start, end):
    """Press at a place of the window, move, and let go."""
    steps = (("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end))
    for kind, (x, y) in steps:
        chromium.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)


def text(chromium, selector):
    return chromium.value(f"document.querySelector({json.dumps(selector)}).textContent")


def set_slider(chromium, selector, value):
    chromium.value(f"""(() => {{ const slider = document.querySelector({json.dumps(selector)});
        slider.value = {value}; slider.dispatchEvent(new Event("input")); }})()""")


# What reaches out of the frame; what is cut off or can be scrolled does not.
OUTSIDE = """(() => {
  const right = (element) => element.getBoundingClientRect().right;
  const apart = ".widget-scroll, .crops-board, .widget-choice legend, .widget-choice input";
  const widget = document.querySelector(".widget");
  return [...widget.querySelectorAll("*")]
    .filter((element) => !element.closest(apart) && right(element) > right(widget) + 1)
    .map((element) => `${element.tagName} ${element.className}`);
})()"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("widget", WORDS)
def test_a_widget_appears_without_an_error_and_fits_every_width(site, chromium, language, widget):
    open_page(chromium, site, widget, language)
    assert [message for event in chromium.events if (message := complaint(event, "file://"))] == []
    assert text(chromium, ".widget-title") == languages.words(language)["widgets"][f"{widget}_title"]
    for width in WIDTHS:
        chromium.resize(width)
        assert chromium.value(WIDEST_ELEMENT) is None, width
        assert chromium.value(OUTSIDE) == [], width
    words = chromium.value("document.querySelector('.widget').innerText")
    assert "undefined" not in words and "NaN" not in words and "{" not in words
    assert bool(re.search("[가-힣]", words)) == (language == "ko")


@pytest.mark.parametrize("widget", WORDS)
def test_what_can_be_operated_has_a_name(site, chromium, widget):
    open_page(chromium, site, widget)
    nameless = """[...document.querySelectorAll(".widget :is(button, input, [tabindex], [role=img])")].filter(
        (element) => !(element.getAttribute("aria-label") || element.labels?.[0]?.textContent ||
          element.textContent).trim()).length"""
    assert chromium.value(nameless) == 0


@pytest.mark.parametrize("widget", WORDS)
def test_without_scripts_a_widget_takes_no_room(site, chromium, widget):
    chromium.allow_scripts(False)
    try:
        open_page(chromium, site, widget)
        assert chromium.value("document.querySelector('.widget').offsetHeight") == 0
    finally:
        chromium.allow_scripts(True)


@pytest.mark.parametrize("widget", WORDS)
def test_a_widget_is_not_printed(site, chromium, widget):
    open_page(chromium, site, widget)
    chromium.ask("Emulation.setEmulatedMedia", media="print")
    assert chromium.value("document.querySelector('.widget').offsetHeight") == 0
    chromium.ask("Emulation.setEmulatedMedia", media="")


TOTALS = (
    "[...document.querySelectorAll('.network-totals tbody tr')].map((row) => row.cells[{column}].textContent)"
)


@pytest.mark.parametrize("number", [0, 1])
def test_the_network_is_counted_in_the_page_as_in_python(site, chromium, number):
    model = (models.AlexNet, models.AlexNet2012)[number]()
    rows = layer_table(model, (3, model.input_size, model.input_size))
    kept = sum(row.activation_bytes for row in rows if row.kind != "ReLU")
    open_page(chromium, site, "network")
    chromium.value(f"document.querySelectorAll('.widget-choice input')[{number}].click()")
    parameters, macs, weights, activations = chromium.value(TOTALS.format(column=1))
    assert parameters == f"{sum(row.parameters for row in rows):,}"
    assert macs == f"{sum(row.macs for row in rows):,}"
    assert activations == f"{kept / 1e6:.1f} MB"
    assert chromium.value(TOTALS.format(column=2 + number)) == [parameters, macs, weights, activations]
    labels = chromium.value(
        "[...document.querySelectorAll('.network-layer')].map((row) => row.getAttribute('aria-label'))"
    )
    counted = [row for row in rows if row.kind in ("Conv2d", "MaxPool2d", "Linear")]
    for label, row in zip(labels, counted, strict=True):
        shape = "×".join(map(str, row.output_shape))
        assert label == (
            f"{row.name}, output {shape}, {row.parameters:,} parameters, {row.macs:,} multiply-accumulates"
        )


def test_kernel_stride_padding_and_input_change_the_network_as_pytorch_would(site, chromium):
    from torch import nn

    open_page(chromium, site, "network")
    set_slider(chromium, ".widget-bar input[type=range]", 40)
    for n, value in enumerate((5, 2, 3)):
        set_slider(chromium, f".network-controls .widget-slider:nth-child({n + 1}) input", value)
    model = models.AlexNet()
    model.features[3] = nn.Conv2d(96, 256, kernel_size=5, stride=2, padding=3)
    model.classifier[0] = nn.Linear(256 * 2 * 2, 4096)
    model.input_size = 40
    rows = layer_table(model, (3, 40, 40))
    assert chromium.value(TOTALS.format(column=1))[:2] == [
        f"{sum(getattr(row, name) for row in rows):,}" for name in ("parameters", "macs")
    ]


def test_keys_choose_a_layer_and_show_its_formula(site, chromium):
    open_page(chromium, site, "network")
    chromium.value("document.querySelector('.network-layer[aria-checked=true]').focus()")
    assert "256 × (96×3² + 1)" in text(chromium, ".network-detail")
    key(chromium, "End")
    key(chromium, "ArrowUp", 2)
    assert text(chromium, ".network-kind b") == "FC1"
    assert "4,096 × (4,096 + 1)" in text(chromium, ".network-detail")
    assert chromium.value("document.activeElement.getAttribute('aria-checked')") == "true"
    assert chromium.value("document.querySelectorAll('.network-layer[tabindex=\"0\"]').length") == 1


def test_an_image_that_is_too_small_is_said_to_vanish(site, chromium):
    open_page(chromium, site, "network")
    chromium.value("document.querySelectorAll('.widget-choice input')[1].click()")
    set_slider(chromium, ".widget-bar input[type=range]", 32)
    assert "does not get past Pool3" in text(chromium, ".widget-summary")
    assert chromium.value(TOTALS.format(column=1)) == ["—"] * 4
    chromium.value("document.querySelector('.widget-button').click()")
    assert "60,965,224 parameters" in text(chromium, ".widget-summary")


def test_moved_scores_change_both_errors_as_the_library_counts_them(site, chromium):
    from alexnet_lib import top_k_error

    data = collect("answers", "en", ROOT / "notebooks/en/01_imagenet.ipynb", ROOT)
    scores, labels = np.array(data["scores"]), data["labels"]
    open_page(chromium, site, "answers")
    shown = "[...document.querySelectorAll('.answers-errors b')].map((value) => value.textContent)"
    for image, name, score in ((1, 1, 60), (6, 6, 5), (9, 9, 100), (4, 5, 39)):
        chromium.value(f"document.querySelectorAll('.answers-images button')[{image}].click()")
        set_slider(chromium, f".answers-scores .widget-slider:nth-child({name + 1}) input", score)
        scores[image, name] = score
        assert chromium.value(shown) == [f"{top_k_error(scores, labels, k):.0%}" for k in (1, 5)]


def test_keys_move_between_images_and_move_a_score(site, chromium):
    open_page(chromium, site, "answers", width=390)
    chromium.value("document.querySelector('.answers-images [aria-checked=true]').focus()")
    key(chromium, "ArrowRight")
    assert "image 3" in text(chromium, ".answers-heading")
    chromium.value("document.querySelector('.answers-scores input').focus()")
    key(chromium, "ArrowRight", 3)
    assert text(chromium, ".answers-scores output") == "11"


def test_the_model_that_is_right_83_percent_is_unmasked(site, chromium):
    open_page(chromium, site, "answers")
    assert "right: 62.5%" in text(chromium, ".answers-bar:nth-of-type(2)")
    chromium.value("document.querySelectorAll('.answers-unmask input')[1].click()")
    assert "right: 83.0%" in text(chromium, ".answers-bar:nth-of-type(2)")
    assert "unmasked" in text(chromium, ".answers-verdict") and "20.5%" in text(chromium, ".answers-verdict")


PIXELS = """(() => { const canvas = document.querySelectorAll(".crops-board canvas")[1];
  return [...canvas.getContext("2d").getImageData(0, 0, 32, 32).data].filter((_, i) => i % 4 < 3); })()"""
FRAME = """(() => { const box = document.querySelector(".crops-window").getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2, box.width / 32]; })()"""


def crop_in_page(chromium):
    return np.array(chromium.value(PIXELS), np.uint8).reshape(32, 32, 3)


def test_the_dragged_window_cuts_out_what_numpy_cuts_out(site, chromium):
    training = Shapes10()
    image = training.data[training.targets.index(7)]
    padded = np.pad(image, ((4, 4), (4, 4), (0, 0)))
    for width in (1280, 390):
        open_page(chromium, site, "crops", width=width)
        chromium.value("document.querySelector('.crops-window').scrollIntoView({block: 'center'})")
        assert np.array_equal(crop_in_page(chromium), image)
        x, y, pixel = chromium.value(FRAME)
        drag(chromium, (x, y), (x - 3 * pixel, y + 2 * pixel))
        assert np.array_equal(crop_in_page(chromium), padded[6:38, 1:33])
        chromium.value("document.querySelector('.crops-flip input').click()")
        assert np.array_equal(crop_in_page(chromium), padded[6:38, 1:33][:, ::-1])
        drag(chromium, (x - 3 * pixel, y + 2 * pixel), (x + 300, y + 300))
        assert np.array_equal(crop_in_page(chromium), padded[8:40, 8:40][:, ::-1])


def test_normalizing_and_back_gives_the_same_pixels(site, chromium):
    open_page(chromium, site, "crops")
    before = crop_in_page(chromium)
    chromium.value("document.querySelectorAll('.widget-choice input')[1].click()")
    assert not np.array_equal(crop_in_page(chromium), before)
    chromium.value("document.querySelectorAll('.widget-choice input')[2].click()")
    assert np.array_equal(crop_in_page(chromium), before)


def test_keys_move_the_window_and_the_possibilities_are_counted(site, chromium):
    open_page(chromium, site, "crops")
    chromium.value("document.querySelector('.crops-window').focus()")
    key(chromium, "ArrowLeft", 6)
    key(chromium, "ArrowUp")
    # Four steps to the edge, two against it, one up.
    assert "162 possibilities you have seen 6" in text(chromium, ".crops-below .widget-summary")
    chromium.ask(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}]
    )
    chromium.value("document.querySelector('.crops-below .widget-button').click()")
    chromium.ask("Emulation.setEmulatedMedia", features=[])
    assert "seen all 9×9×2 = 162" in text(chromium, ".crops-below .widget-summary")


WAITED = """new Promise((resolve) => { const look = () => document.querySelector(".confusion-images li")
  ? resolve([...document.querySelectorAll(".confusion-images b")].map((each) => each.textContent))
  : setTimeout(look, 20); look(); })"""


def test_a_cell_shows_its_images_and_the_row_is_loaded_only_then(site, chromium, results):
    open_page(chromium, site, "confusion")
    rows = "document.querySelectorAll('script[src*=widget_data]').length"
    assert chromium.value(rows) == 0
    chromium.value("document.querySelectorAll('.confusion-matrix button')[35].click()")
    shown = [float(share.rstrip("%")) for share in chromium.value(WAITED)]
    scores = widget_confusion.probabilities(results, {"run": "baseline", "seed": 0})
    labels = np.load(results / "cifar10-test-labels.npy")
    found = scores[(labels == 3) & (scores.argmax(axis=1) == 5), 5]
    assert np.allclose(shown, 100 * np.sort(found)[::-1][:12], atol=0.06)
    assert f"of the {len(found)} images of ‘cat’ that were taken for ‘dog’" in text(
        chromium, ".confusion-heading"
    )
    assert "not on the machine" in text(chromium, ".widget > .widget-note")
    chromium.value("document.querySelectorAll('.widget-choice input')[3].click()")
    assert chromium.value(WAITED) == [f"{share:.1f}%" for share in shown[::-1]]
    assert chromium.value(rows) == 1


def test_keys_move_through_the_matrix_and_the_address_keeps_the_choice(site, chromium):
    open_page(chromium, site, "confusion", "ko", width=390)
    chromium.value("document.querySelector('.confusion-matrix button').focus()")
    key(chromium, "ArrowDown", 3)
    key(chromium, "ArrowRight")
    key(chromium, "ArrowLeft", 2)
    # The edge of a row stops; it does not lead into the row before.
    assert chromium.value("location.hash") == "#confusion=baseline-0,3,0,high"
    chromium.value("document.querySelectorAll('.widget-choice input')[1].click()")
    assert chromium.value("location.hash") == "#confusion=modern-0,3,0,high"


def test_a_link_opens_the_cell_that_it_names(site, chromium):
    open_page(chromium, site, "confusion", "ko", anchor="#confusion=modern-0,5,3,low")
    assert [message for event in chromium.events if (message := complaint(event, "file://"))] == []
    shares = [float(share.rstrip("%")) for share in chromium.value(WAITED)]
    assert shares == sorted(shares)
    assert "‘개’ 이미지를 ‘고양이’로" in text(chromium, ".confusion-heading")
    assert chromium.value("document.querySelector('.widget').getBoundingClientRect().top < 200")
    open_page(chromium, site, "confusion", "ko", anchor="#confusion=no-such-run,5,99,low")
    assert text(chromium, ".confusion-heading") == "칸을 하나 골라 보세요."


SAID = """new Promise((resolve) => setTimeout(
  () => resolve(document.querySelector(".confusion-heading").textContent), 300))"""


def test_an_empty_cell_says_that_it_is_empty(site, chromium):
    open_page(chromium, site, "confusion", anchor="#confusion=baseline-0,8,5,high")
    assert chromium.value(SAID) == "No image of ‘ship’ was taken for ‘dog’."


# --- The check of the built site ---


def damaged(site, copy, file, old, new):
    """Return a copy of the site with one script changed."""
    shutil.copytree(site, copy, copy_function=os.link)
    path = copy / f"en/_static/{file}"
    script = path.read_text("utf-8")
    assert old in script
    path.unlink()
    path.write_text(script.replace(old, new), "utf-8")
    return copy.as_uri()


def test_the_widgets_of_a_site_are_found_and_have_no_problem(site, chromium):
    places = with_widgets(pages(site))
    assert places == [f"{language}/{page}.html" for language in sorted(LANGUAGES) for page in PLACES]
    for place in places:
        assert list(widget_problems(chromium, site.as_uri(), place)) == []


DAMAGES = {
    "ignores the keyboard": ("widget.js", "event.preventDefault();", "return;"),
    "ignores the mouse": ("widget_answers.js", "onclick: () => choose(n)", "onclick: () => null"),
    "does not appear": ("widget_answers.js", '"use strict"', "throw 1"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_widget_that_does_not_move_is_found(site, chromium, tmp_path, damage):
    address = damaged(site, tmp_path / "site", *DAMAGES[damage])
    problems = list(widget_problems(chromium, address, "en/01_imagenet.html"))
    assert [problem.endswith(damage) for problem in problems] == [True]


def test_a_choice_lost_by_the_language_switch_is_found(site, chromium, tmp_path):
    damage = ("language_switch.js", "hasChoice ? location.hash : place(section)", "place(section)")
    address = damaged(site, tmp_path / "site", *damage)
    problems = list(widget_problems(chromium, address, "en/08_confusion.html"))
    assert ["no choice" in problem for problem in problems] == [True]


def test_a_gap_without_scripts_is_found(site, chromium, tmp_path):
    address = damaged(site, tmp_path / "site", "widget.css", "display: none;\n}", "min-height: 9rem;\n}")
    assert "en/01_imagenet.html: without scripts the widget leaves a gap" in list(
        widget_problems(chromium, address, "en/01_imagenet.html")
    )
