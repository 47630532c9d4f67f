"""The movable figures: each stands after its cell, has its data, and does what its label says."""

import json
import os
import re
import shutil

import numpy as np
import pytest
import sklearn.metrics
import torch
from pages import Page, pages, replace
from PIL import Image
from playwright.sync_api import TimeoutError as StillWaiting
from reading import HEIGHT, WIDEST_ELEMENT, WIDTHS
from scipy.stats import norm
from torch import nn
from torchvision.transforms.functional import hflip, pad, pil_to_tensor, to_pil_image

import languages
import widget_confusion
import widget_stub
from alexnet_lib import models, top_k_error
from alexnet_lib.experiments.ladder import RUNGS
from alexnet_lib.experiments.people import TABLES
from alexnet_lib.shapes import Shapes10
from alexnet_lib.summary import layer_table
from browser import complaints
from notebook_files import LANGUAGES, ROOT
from widget_data import SOURCES, collect, distinct_crops
from widget_ladder import paired_difference
from widget_quiz import typed_in
from widgets import BEFORE, MORE, PLACES, places_of

PAGES = {widget: page for page, widgets in PLACES.items() for widget in widgets}


# --- The extension ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PLACES)
def test_every_named_cell_is_in_its_chapter(page, language):
    text = ROOT / f"book/{language}/{page}.md"
    for cell in PLACES[page].values():
        if text.is_file():
            assert f":::{{container}} {cell}\n" in text.read_text("utf-8")
        else:
            assert widget_stub.source_of(page, cell, language)
    assert places_of(f"notebooks/ko/{page}") == places_of(page) == PLACES[page]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_widget_stands_beside_its_cell_with_its_own_script_alone(widgets, language):
    for page in ("01_without", *PLACES):
        soup = Page(widgets, f"{language}/{page}.html").soup
        scripts = {tag["src"].split("/")[-1].split("?")[0] for tag in soup.select("script[src*=widget]")}
        names = PLACES.get(page, {})
        more = {name for widget in names for name in MORE.get(widget, ()) if re.match(r"widget.*\.js", name)}
        assert scripts == ({"widget.js", *more} | {f"widget_{name}.js" for name in names} if names else set())
        assert [place["data-widget"] for place in soup.select(".widget")] == list(names)
        for place in soup.select(".widget"):
            name = place["data-widget"]
            side = place.find_next_sibling("div") if name in BEFORE else place.find_previous_sibling()
            assert {"cell", names[name]} & set(side["class"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_a_widget_is_used_by_its_script(language):
    folder = ROOT / "book/_static"
    files = {name: ("widget.js", f"widget_{name}.js", *MORE.get(name, ())) for name in SOURCES}
    scripts = {
        name: "".join((folder / each).read_text("utf-8") for each in files[name]) for name in SOURCES
    }
    python = "".join(path.read_text("utf-8") for path in (ROOT / "book/_ext").glob("*.py"))
    for name in languages.words(language)["widgets"]:
        widget, word = name.split("_", 1)
        # Some are put together: range_${view}.
        put_together = rf"\b{re.match('[a-z]+', word)[0]}_?\$\{{"
        assert re.search(rf"\b{word}\b|{put_together}", scripts[widget]) or f'"{name}"' in python, name


# --- The data ---


def test_the_scores_are_those_that_stand_in_the_chapter():
    data = collect("answers", "en", ROOT / "notebooks/en/01_imagenet.ipynb", ROOT)
    namespace = {"np": np}
    exec(widget_stub.source_of("01_imagenet", "scores", "en"), namespace)
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


# --- In a browser, from file:// ---


def open_page(page, widgets, widget, language="en", width=1280, anchor=""):
    page.set_viewport_size({"width": width, "height": HEIGHT})
    # Else another anchor of the same page would be no new page.
    page.goto("about:blank")
    page.goto(f"{(widgets / language / PAGES[widget]).as_uri()}.html{anchor}")


def drag(page, start, end):
    """Press at a place of the window, move, and let go."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end)
    page.mouse.up()


def texts(page, selector):
    """Return what stands in each element of a kind."""
    return page.eval_on_selector_all(selector, "all => all.map((each) => each.textContent)")


# What reaches out of the frame; what is cut off or can be scrolled does not.
OUTSIDE = """(() => {
  const right = (element) => element.getBoundingClientRect().right;
  const apart = ".widget-scroll, .crops-board, .widget-choice legend, .widget-choice input";
  return [...document.querySelectorAll(".widget")].flatMap((widget) => [...widget.querySelectorAll("*")]
    .filter((element) => !element.closest(apart) && right(element) > right(widget) + 1)
    .map((element) => `${element.tagName} ${element.className}`));
})()"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("widget", SOURCES)
def test_a_widget_appears_without_an_error_and_fits_every_width(widgets, page, language, widget):
    found = complaints(page, "file://")
    open_page(page, widgets, widget, language)
    assert found == []
    title = languages.words(language)["widgets"][f"{widget}_title"]
    assert page.text_content(f"#widget-{widget} .widget-title") == title
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(WIDEST_ELEMENT) is None, width
        assert page.evaluate(OUTSIDE) == [], width
    words = page.inner_text(f"#widget-{widget}")
    assert "undefined" not in words and "NaN" not in words and "{" not in words
    assert bool(re.search("[가-힣]", words)) == (language == "ko")
    page.emulate_media(media="print")
    assert page.locator(f"#widget-{widget}").bounding_box() is None
    address = page.locator(f"#widget-{widget} + .widget-on-paper a:visible").inner_text()
    assert address.endswith(f"/{language}/{PAGES[widget]}.html#widget-{widget}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("widget", SOURCES)
def test_large_letters_leave_a_widget_within_its_frame(widgets, page, language, widget):
    open_page(page, widgets, widget, language)
    for width, size in ((320, "150%"), (390, "150%"), (768, "200%"), (1280, "200%")):
        page.evaluate("(size) => (document.documentElement.style.fontSize = size)", size)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(OUTSIDE) == [], (width, size)


def test_a_finger_that_scrolls_over_a_slider_moves_the_page_alone(widgets, visit):
    place = f"{(widgets / 'en' / PAGES['ladder']).as_uri()}.html"
    page = visit(place, 390, has_touch=True, is_mobile=True)
    slider = page.locator(".ladder-steps input").nth(3)
    slider.evaluate("(slider) => slider.scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.wait_for_timeout(200)
    box, before = slider.bounding_box(), page.evaluate("scrollY")
    finger = page.context.new_cdp_session(page)

    def touch(kind, down, right=0):
        place = {"x": box["x"] + box["width"] / 3 + right, "y": box["y"] + box["height"] / 2 + down}
        points = [] if kind == "touchEnd" else [place]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for is_scrolled in (True, False):
        touch("touchStart", 0)
        for step in range(1, 11):
            touch("touchMove", *((-20 * step, 0) if is_scrolled else (0, 8 * step)))
        touch("touchEnd", 0)
        page.wait_for_timeout(200)
        assert (page.evaluate("scrollY") > before + 100) == is_scrolled
        # What has not been moved is no guess.
        assert (page.locator(".ladder-open").count() == len(RUNGS) - 1) == is_scrolled
        slider.evaluate("(slider) => slider.scrollIntoView({ block: 'center', behavior: 'instant' })")
        page.wait_for_timeout(200)
        before = page.evaluate("scrollY")


def test_without_scripts_a_widget_takes_no_room_and_its_still_stands_there(widgets, visit, page):
    for widget, still in (("answers", ""), ("blocks", ".network-drawing"), ("model", ".widget-still")):
        bare = visit(f"{(widgets / 'en' / PAGES[widget]).as_uri()}.html", java_script_enabled=False)
        assert bare.locator(f"#widget-{widget}").bounding_box() is None
        assert not still or bare.locator(still).is_visible()
    open_page(page, widgets, "model")
    assert not page.locator(".widget-still").is_visible()


SLIDER = ".network-sliders > .widget-slider input"


def totals(page, column):
    """Return parameters, multiply-accumulates and two kinds of memory, as a column of the totals has them."""
    return texts(page, f".network-totals tbody tr > :nth-child({column + 1})")


def counted(rows):
    return [f"{sum(getattr(row, name) for row in rows):,}" for name in ("parameters", "macs")]


@pytest.mark.parametrize("number", [0, 1])
def test_the_network_is_counted_in_the_page_as_in_python(widgets, page, number):
    model = (models.AlexNet, models.AlexNet2012)[number]()
    rows = layer_table(model, (3, model.input_size, model.input_size))
    kept = sum(row.activation_bytes for row in rows if row.kind != "ReLU")
    open_page(page, widgets, "network")
    page.locator("#widget-network .widget-choice label").nth(number).click()
    parameters, macs, weights, activations = totals(page, 1)
    assert [parameters, macs, activations] == [*counted(rows), f"{kept / 1e6:.1f} MB"]
    assert totals(page, 2 + number) == [parameters, macs, weights, activations]
    labels = [row.get_attribute("aria-label") for row in page.locator(".network-layer").all()]
    shown = [row for row in rows if row.kind in ("Conv2d", "MaxPool2d", "Linear")]
    for label, row in zip(labels, shown, strict=True):
        shape = "×".join(map(str, row.output_shape))
        assert label == (
            f"{row.name}, output {shape}, {row.parameters:,} parameters, {row.macs:,} multiply-accumulates"
        )


def test_kernel_stride_padding_and_input_change_the_network_as_pytorch_would(widgets, page):
    open_page(page, widgets, "network")
    page.fill(SLIDER, "40")
    for n, value in enumerate((5, 2, 3)):
        page.fill(f".network-controls .widget-slider:nth-child({n + 1}) input", str(value))
    model = models.AlexNet()
    model.features[3] = nn.Conv2d(96, 256, kernel_size=5, stride=2, padding=3)
    model.classifier[0] = nn.Linear(256 * 2 * 2, 4096)
    model.input_size = 40
    assert totals(page, 1)[:2] == counted(layer_table(model, (3, 40, 40)))


def test_an_image_that_is_too_small_is_said_to_vanish(widgets, page):
    open_page(page, widgets, "network")
    page.locator("#widget-network .widget-choice label").nth(1).click()
    page.fill(SLIDER, "32")
    assert "does not get past Pool3" in page.text_content("#widget-network .widget-summary")
    assert totals(page, 1) == ["—"] * 4
    page.click("#widget-network .widget-button")
    assert "60,965,224 parameters" in page.text_content("#widget-network .widget-summary")


BARS = "[...document.querySelectorAll('.network-bar')].map((bar) => parseFloat(bar.style.width))"


def test_a_layer_that_keeps_its_parameters_keeps_its_bar(widgets, page):
    open_page(page, widgets, "network")
    before, rows = page.evaluate(BARS), 11
    assert len(before) == 2 * rows
    page.fill(SLIDER, "256")
    after = page.evaluate(BARS)
    changed = [n for n in range(rows) if before[2 * n] != after[2 * n]]
    assert changed == [8]  # FC1 alone gets more parameters, and every convolution more work
    # A factor of 64 pixels is 64 times the work, the same length on a scale of powers of ten.
    grown = [after[2 * n + 1] - before[2 * n + 1] for n in (0, 2, 4, 5, 6)]
    assert np.allclose(grown, 100 * np.log10(64) / 8)


# How far the last of two ends below the top of the first, and where on the page that is.
SIGHT = """([first, last]) => { const [from, to] = [first, last].map((name) =>
  [...document.querySelectorAll(name)].map((each) => each.getBoundingClientRect()).find((box) => box.width));
  return [to.bottom - from.top, from.top + scrollY]; }"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("widget", "first", "last", "layers"),
    [
        ("blocks", ".network-drawing svg", ".blocks-detail", ".network-drawing svg:visible g"),
        ("network", ".network-chart", ".network-totals tbody tr:nth-child(2)", ".network-layer"),
    ],
)
def test_on_a_phone_layers_and_what_a_press_changes_are_in_one_sight(
    widgets, page, language, widget, first, last, layers
):
    open_page(page, widgets, widget, language, width=390)
    begin = page.evaluate(SIGHT, [first, last])[1]
    for layer in page.locator(layers).all():
        layer.click()
        height, top = page.evaluate(SIGHT, [first, last])
        assert height < 844 - 80 and top == begin  # below the header; and no layer has moved


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_the_totals_of_the_network_are_whole(widgets, page, language):
    open_page(page, widgets, "network", language, width=390)
    totals = "document.querySelector('#widget-network .widget-scroll')"
    assert page.evaluate(f"{totals}.scrollWidth <= {totals}.clientWidth")


def test_moved_scores_change_both_errors_as_the_library_counts_them(widgets, page):
    data = collect("answers", "en", ROOT / "notebooks/en/01_imagenet.ipynb", ROOT)
    scores, labels = np.array(data["scores"]), data["labels"]
    open_page(page, widgets, "answers")
    for image, name, score in ((1, 1, 60), (6, 6, 5), (9, 9, 100), (4, 5, 39)):
        page.locator(".answers-images button").nth(image).click()
        page.fill(f".answers-scores .widget-slider:nth-child({name + 1}) input", str(score))
        scores[image, name] = score
        assert texts(page, ".answers-errors b") == [f"{top_k_error(scores, labels, k):.0%}" for k in (1, 5)]


def test_the_model_that_is_right_83_percent_is_unmasked(widgets, page):
    open_page(page, widgets, "answers")
    assert "right: 62.5%" in page.text_content(".answers-bar:nth-of-type(2)")
    page.locator(".answers-unmask label").nth(1).click()
    assert "right: 83.0%" in page.text_content(".answers-bar:nth-of-type(2)")
    verdict = page.text_content(".answers-verdict")
    assert "unmasked" in verdict and "20.5%" in verdict


def test_the_errors_stay_in_sight_of_the_scores_and_a_task_is_ticked(widgets, page):
    open_page(page, widgets, "answers", width=390)
    page.set_viewport_size({"width": 390, "height": 600})
    last = page.locator(".answers-scores input").last
    last.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 120)")
    errors = page.locator(".answers-errors b").first.bounding_box()
    assert 0 < errors["y"] < last.bounding_box()["y"]
    assert texts(page, ".answers-missions b") == ["○", "○", "○"]
    # The leopard taken for a cheetah is among the five already. Moved back, what was done stays done.
    for score in (90, 38):
        page.fill(".answers-scores .widget-slider:nth-child(2) input", str(score))
        assert texts(page, ".answers-missions b") == ["✓", "○", "○"]


PIXELS = """(() => { const canvas = document.querySelectorAll(".crops-board canvas")[1];
  return [...canvas.getContext("2d").getImageData(0, 0, 32, 32).data].filter((_, i) => i % 4 < 3); })()"""
FRAME = """(() => { const box = document.querySelector(".crops-window").getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2, box.width / 32]; })()"""


def crop_in_page(page):
    return np.array(page.evaluate(PIXELS), np.uint8).reshape(32, 32, 3)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_dragged_window_cuts_out_what_numpy_cuts_out(widgets, page, width):
    training = Shapes10()
    image = training.data[training.targets.index(7)]
    padded = np.pad(image, ((4, 4), (4, 4), (0, 0)))
    open_page(page, widgets, "crops", width=width)
    page.evaluate("document.querySelector('.crops-window').scrollIntoView({block: 'center'})")
    assert np.array_equal(crop_in_page(page), image)
    x, y, pixel = page.evaluate(FRAME)
    drag(page, (x, y), (x - 3 * pixel, y + 2 * pixel))
    assert np.array_equal(crop_in_page(page), padded[6:38, 1:33])
    page.dispatch_event(".crops-flip input", "click")  # a mouse might scroll the frame away
    assert np.array_equal(crop_in_page(page), padded[6:38, 1:33][:, ::-1])
    for view, is_same in (("normalized", False), ("restored", True), ("pixels", True)):
        page.dispatch_event(f".widget-choice input[value={view}]", "click")
        assert np.array_equal(crop_in_page(page), padded[6:38, 1:33][:, ::-1]) == is_same
    drag(page, (x - 3 * pixel, y + 2 * pixel), (x + 300, y + 300))
    assert np.array_equal(crop_in_page(page), padded[8:40, 8:40][:, ::-1])


def test_keys_move_the_window_and_the_possibilities_are_counted(widgets, page):
    open_page(page, widgets, "crops")
    for key in ("ArrowLeft",) * 6 + ("ArrowUp",):
        page.press(".crops-window", key)
    # Four steps to the edge, two against it, one up.
    assert "162 possibilities you have seen 6" in page.text_content(".crops-below .widget-summary")
    page.emulate_media(reduced_motion="reduce")
    page.locator("#widget-crops .widget-button").first.click()
    assert "seen all 9×9×2 = 162" in page.text_content(".crops-below .widget-summary")


def test_a_tour_through_all_crops_is_read_out_once_and_begins_beside_the_picture(widgets, page):
    open_page(page, widgets, "crops", width=390)
    button = page.locator("#widget-crops .widget-button").first
    picture = page.locator(".crops-board").first.bounding_box()
    assert button.bounding_box()["y"] - picture["y"] - picture["height"] < 120
    summary = "#widget-crops .widget-summary"
    assert page.get_attribute(summary, "aria-live") == "polite"
    button.click()
    assert page.get_attribute(summary, "aria-live") == "off"
    page.wait_for_selector(f"{summary}[aria-live=polite]")
    assert "seen all" in page.text_content(summary)


CHOSEN = ".confusion-matrix button[aria-checked=true]"
PLACE = "(cell) => [...cell.parentElement.querySelectorAll('button')].indexOf(cell)"


def shares(page):
    """Return the confidences of the images of a cell, in percent, once they are there."""
    page.wait_for_selector(".confusion-images li")
    return [float(share.rstrip("%")) for share in texts(page, ".confusion-images b")]


def test_it_opens_on_the_commonest_mistake_and_a_cell_shows_its_images(widgets, page, results):
    open_page(page, widgets, "confusion")
    rows = "document.querySelectorAll('script[src*=widget_data]').length"
    scores = widget_confusion.probabilities(results, {"run": "baseline", "seed": 0})
    labels = np.load(results / "cifar10-test-labels.npy")
    counts = sklearn.metrics.confusion_matrix(labels, scores.argmax(axis=1))
    np.fill_diagonal(counts, 0)
    shares(page)
    assert page.locator(CHOSEN).evaluate(PLACE) == counts.argmax()
    assert page.evaluate(rows) == 1
    page.locator(".confusion-matrix button").nth(25).click()
    found = np.sort(scores[(labels == 2) & (scores.argmax(axis=1) == 5), 5])[::-1]
    heading = f"of the {len(found)} images of ‘bird’ that were taken for ‘dog’"
    page.wait_for_selector(f".confusion-heading:has-text('{heading}')")
    shown = shares(page)
    assert np.allclose(shown, 100 * found[:12], atol=0.06)
    assert page.evaluate(rows) == 2
    assert "not on the machine" in page.text_content(".widget > .widget-note")
    page.dispatch_event(".confusion-panel input[value=low]", "click")
    page.wait_for_selector(f".confusion-images li:first-child b:has-text('{shown[-1]:.1f}%')")
    assert shares(page) == shown[::-1]
    assert page.evaluate(rows) == 2


def test_the_other_way_of_a_mistake_is_one_press_away_and_the_diagonal_can_be_put_aside(widgets, page):
    open_page(page, widgets, "confusion", "en", anchor="#confusion=baseline-0,3,5,high")
    shares(page)
    page.locator(".confusion-ways button[aria-pressed=false]").click()
    assert page.evaluate("location.hash") == "#confusion=baseline-0,5,3,high"
    depth = "document.querySelectorAll('.confusion-matrix button')[{}].style.getPropertyValue('--share')"
    before = [page.evaluate(depth.format(cell)) for cell in (0, 35)]
    page.get_by_label("mistakes only").check()
    after = [page.evaluate(depth.format(cell)) for cell in (0, 35)]
    assert after[0] == "0%" != before[0] and float(after[1].rstrip("%")) > float(before[1].rstrip("%"))


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_a_press_shows_its_images_where_the_reader_is(widgets, page, width, height):
    open_page(page, widgets, "confusion", "ko", width=width)
    page.set_viewport_size({"width": width, "height": height})
    page.locator(".confusion-matrix button").nth(53).click()
    shares(page)
    top = page.evaluate("document.querySelector('.confusion-images li').getBoundingClientRect().top")
    assert 0 <= top < height - 60
    # Scrolled further, the sentence that says what they are of stays in sight.
    page.locator(".confusion-images li").last.evaluate("image => image.scrollIntoView()")
    assert 0 <= page.locator(".confusion-heading").bounding_box()["y"] < height


def test_keys_move_through_the_matrix_and_the_address_keeps_the_choice(widgets, page):
    open_page(page, widgets, "confusion", "ko", width=390)
    page.locator(".confusion-matrix button").first.focus()
    for key in ("ArrowDown",) * 3 + ("ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    # The edge of a row stops; it does not lead into the row before.
    assert page.evaluate("location.hash") == "#confusion=baseline-0,3,0,high"
    # The images, below on a phone, do not push what the keyboard is on out of sight.
    page.wait_for_selector(".confusion-images li")
    page.wait_for_timeout(200)
    assert 0 < page.locator(CHOSEN).bounding_box()["y"] < HEIGHT - 30
    page.locator(".widget-choice label").nth(1).click()
    assert page.evaluate("location.hash") == "#confusion=modern-0,3,0,high"


@pytest.mark.parametrize("is_guessed", [False, True])
def test_the_cell_pressed_last_is_shown_and_none_of_another_where_its_images_fail(
    widgets, page, tmp_path, is_guessed
):
    site, late = with_images(widgets, tmp_path, "en"), []
    page.route(re.compile(r"-0/3\.js"), lambda route: late.append(route))
    page.route(re.compile(r"-0/7\.js"), lambda route: route.abort())
    open_page(page, site, "confusion", anchor="#confusion=baseline-0,1,2,high")
    page.wait_for_selector(".confusion-images li")
    page.locator(".confusion-panel .widget-toggle input").set_checked(is_guessed)
    cells = page.locator(".confusion-matrix button")
    cells.nth(35).click()
    cells.nth(8).click()
    page.wait_for_selector(".confusion-images li:has-text('ship')")
    before = page.inner_html(".confusion-images")
    late[0].continue_()
    page.wait_for_timeout(300)
    assert page.inner_html(".confusion-images") == before
    cells.nth(74).click()
    failed = languages.words("en")["widgets"]["confusion_failed"]
    page.wait_for_selector(f".confusion-heading:has-text('{failed}')")
    assert page.locator(".confusion-images li").count() == 0


def test_a_browser_that_writes_no_more_addresses_shows_the_cell_all_the_same(widgets, page):
    open_page(page, widgets, "confusion")
    page.evaluate("""() => {
      history.replaceState = () => { throw new DOMException("enough", "SecurityError"); };
    }""")
    page.locator(".confusion-matrix button").nth(25).click()
    page.wait_for_selector(".confusion-heading:has-text('‘bird’')")
    assert page.locator(CHOSEN).evaluate(PLACE) == 25


# What an address names, and which words of the catalogue then stand above the images.
LINKS = {
    "modern-0,5,3,low": ("wrong", "개", "고양이"),
    "modern-0,8,4,high": ("every", "배", "사슴"),  # all of them are shown
    "no-such-run,8,99,low": ("wrong", "개", "고양이"),  # the commonest mistake, as without an address
}


def test_a_link_opens_the_cell_that_it_names(widgets, page):
    found = complaints(page, "file://")
    for cell, (name, true, predicted) in LINKS.items():
        open_page(page, widgets, "confusion", "ko", anchor=f"#confusion={cell}")
        confidences = shares(page)
        assert confidences == sorted(confidences, reverse="low" not in cell or "no-such" in cell)
        beginning = languages.words("ko")["widgets"][f"confusion_{name}"].partition("{all}")[0]
        heading = page.text_content(".confusion-heading")
        assert heading.startswith(beginning.format(true=true, predicted=predicted))
        assert (len(confidences) == 3) == (name == "every")
    open_page(page, widgets, "confusion", "ko", anchor="#confusion=modern-0,5,3,low")
    assert page.evaluate("document.querySelector('.widget').getBoundingClientRect().top < 200")
    assert found == []


def test_keys_go_on_beside_what_they_pressed_though_it_is_replaced(widgets, page, tmp_path):
    open_page(page, with_images(widgets, tmp_path, "en"), "confusion", width=390)
    shares(page)
    page.locator(".confusion-ways [aria-pressed=false]").press("Enter")
    assert page.locator(".confusion-ways [aria-pressed=true]:focus").count() == 1
    page.get_by_label("guess first").press("Space")
    page.locator(".confusion-images button").first.press("Enter")
    assert page.locator(".confusion-sign").count() == 1
    assert page.locator(".confusion-images li:nth-child(2) button:focus").count() == 1


DRAWN = """(() => { const drawing = [...document.querySelectorAll(".network-drawing svg")]
  .find((each) => each.getBoundingClientRect().width);
  const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
  return scale * Number(drawing.getAttribute("font-size")); })()"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_network_is_drawn_without_scripts_and_can_be_read(widgets, page, visit, language):
    rows = [row for row in layer_table(models.AlexNet(), (3, 32, 32)) if row.parameters]
    for width, least in ((390, 11), (768, 13), (1280, 13)):
        open_page(page, widgets, "blocks", language, width=width)
        assert page.evaluate(DRAWN) >= least
        assert page.evaluate(WIDEST_ELEMENT) is None
        place = f"{(widgets / language / PAGES['blocks']).as_uri()}.html"
        still = visit(place, width, java_script_enabled=False)
        told = still.locator(".network-drawing svg:visible").get_attribute("aria-label")
        assert all(f"{row.name} {'×'.join(map(str, row.output_shape))}" in told for row in rows)
        assert bool(re.search("[가-힣]", told)) == (language == "ko")


# Of a group Firefox, which knows no "bounding-box", takes what is painted.
AS_FIREFOX = ".network-drawing g { pointer-events: visiblePainted !important }"


@pytest.mark.parametrize("width", [390, 1280])
def test_all_of_a_column_of_the_drawing_can_be_pressed_in_any_browser(widgets, page, width):
    open_page(page, widgets, "blocks", width=width)
    page.add_style_tag(content=AS_FIREFOX)
    page.locator(".network-drawing").scroll_into_view_if_needed()
    names = [row.name for row in layer_table(models.AlexNet(), (3, 32, 32)) if row.parameters]
    columns = page.locator(".network-drawing svg:visible g > rect").all()[1:]
    for name, column in zip(names, columns, strict=True):
        corner = column.bounding_box()
        page.mouse.click(corner["x"] + 6, corner["y"] + 6)
        assert page.text_content(".blocks-detail b") == name


@pytest.mark.parametrize("width", [390, 1280])
def test_a_box_of_the_drawing_tells_what_the_library_counts_for_its_layer(widgets, page, width):
    open_page(page, widgets, "blocks", width=width)
    rows = [row for row in layer_table(models.AlexNet(), (3, 32, 32)) if row.parameters]
    boxes = page.locator(".network-drawing svg:visible g")
    for number, row in enumerate(rows, start=1):
        boxes.nth(number).click()
        told = page.text_content(".blocks-detail")
        shape = "×".join(map(str, row.output_shape))
        assert all(each in told for each in (row.name, shape, f"{row.parameters:,}", f"{row.macs:,}"))
    boxes.nth(len(rows)).press("Home")
    assert "3×32×32" in page.text_content(".blocks-detail")
    # A box is as high as the side of its maps, and as wide as there are of them.
    fronts = [box.bounding_box() for box in page.locator("svg:visible g > path:nth-child(2)").all()[2:6]]
    shapes = [row.output_shape for row in rows[1:5]]
    for measure, place in (("height", 1), ("width", 0)):
        for box, shape in zip(fronts, shapes, strict=True):
            unit = fronts[0][measure] / shapes[0][place]
            assert box[measure] / shape[place] == pytest.approx(unit, rel=0.1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_moves_away_from_under_the_finger(widgets, page, tmp_path, language):
    def height(selector):
        return page.evaluate(f"document.querySelector('{selector}').getBoundingClientRect().top + scrollY")

    open_page(page, widgets, "network", language, width=390)
    before = height(".network-controls input")
    page.fill(SLIDER, "256")
    assert height(".network-controls input") == before
    open_page(page, widgets, "kernel", language, width=390)
    before = height(".kernel-output")
    page.locator(".kernel-image span").nth(67).click()
    assert "−16" in page.text_content(".kernel-sum") and height(".kernel-output") == before
    site = with_images(widgets, tmp_path, language)
    open_page(page, site, "confusion", language, width=390)
    shares(page)
    before = height(".confusion-panel .widget-toggle")
    page.locator(".confusion-panel .widget-toggle input").check()
    page.locator(".confusion-images button").first.wait_for()
    assert height(".confusion-panel .widget-toggle") == before
    open_page(page, widgets, "ladder", language, width=390)
    button = page.locator("#widget-ladder .widget-button").first
    button.scroll_into_view_if_needed()
    before = button.bounding_box()["y"]
    button.click()
    page.wait_for_timeout(100)  # the browser may scroll as well, to keep what is in sight
    assert button.bounding_box()["y"] == pytest.approx(before, abs=2)


def numbers(page, selector):
    return [float(each.replace("−", "-")) for each in texts(page, selector)]


def test_a_kernel_makes_the_sums_that_pytorch_makes(widgets, page):
    open_page(page, widgets, "kernel", width=390)
    image = torch.tensor(numbers(page, ".kernel-image span")).view(1, 1, 10, 10)
    code = widget_stub.source_of("06_network", "convolution-photo", "en").split("\n")
    chapter = {"torch": torch}
    exec(next(line for line in code if line.startswith("kernel = ")), chapter)
    vertical = chapter["kernel"]
    for number, kernel in enumerate((vertical, vertical.T, torch.ones(3, 3))):
        page.locator("#widget-kernel .widget-choice label").nth(number).click()
        page.locator(".kernel-below button").first.click()
        expected = nn.functional.conv2d(image, kernel.view(1, 1, 3, 3)).flatten().tolist()
        assert numbers(page, ".kernel-output span") == expected
    page.locator(".kernel-frame").press("ArrowDown")
    page.locator(".kernel-frame").press("ArrowRight")
    assert page.text_content(".kernel-sum").endswith(f" {expected[9]:.0f}")
    page.locator(".kernel-image span").nth(10 * 8 + 8).click()
    assert page.text_content(".kernel-sum").endswith(f" {expected[-1]:.0f}")


def test_the_worth_of_a_step_is_paired():
    rng = np.random.default_rng(0)
    before, after = rng.random(1000) < 0.6, rng.random(1000) < 0.63
    difference, half = paired_difference(before, after)
    gained, lost = (after & ~before).sum(), (before & ~after).sum()
    assert difference == pytest.approx((gained - lost) / 1000)
    error = np.sqrt(gained + lost - (gained - lost) ** 2 / 1000) / 1000
    assert half == pytest.approx(norm.isf(0.05 / 12 / 2) * error)
    # What only repeats itself leaves nothing open, however uncertain each of the two is.
    assert paired_difference(before, before) == (0, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_guesses_are_held_against_the_records_and_outlast_a_reload_and_the_language(
    widgets, page, results, language
):
    open_page(page, widgets, "ladder", language, width=390)
    labels = np.load(results / "cifar10-test-labels.npy")
    scores = [
        (np.load(results / f"rung_{name}-0.npz")["logits"].argmax(axis=1) == labels).mean() for name in RUNGS
    ]
    summary = "#widget-ladder .widget-summary"
    assert page.locator(".ladder-measured:visible").count() == 0
    sliders = page.locator(".ladder-steps input")
    sliders.first.press("ArrowRight")
    page.fill(".ladder-steps li:nth-child(3) input", "-2")
    page.locator("#widget-ladder .widget-button").first.click()
    off = abs(0.5 - 100 * (scores[1] - scores[0])) + abs(-2 - 100 * (scores[3] - scores[2]))
    told = page.text_content(summary)
    assert f"{off:.1f}" in told
    assert page.locator(".ladder-measured:visible").count() == len(RUNGS) - 1
    page.reload()
    assert page.text_content(summary) == told
    with page.expect_navigation():
        page.evaluate("document.querySelector('a.language-switch').click()")
    assert page.text_content(summary) != told
    assert [float(sliders.nth(n).input_value()) for n in range(3)] == [0.5, 0, -2]


def test_the_quiz_is_scored_as_the_chapter_scores_it(widgets, page, results):
    open_page(page, widgets, "quiz", width=390)
    quiz = typed_in(ROOT / "notebooks/en/14_humans.ipynb", "quiz", "quiz")
    labels = np.load(results / "cifar10-test-labels.npy")[quiz]
    network = np.load(results / "baseline-0.npz")["logits"][quiz].argmax(axis=1)
    with np.load(results / TABLES) as tables:
        people = tables["answers"][quiz, 0]  # the most frequent first
    answers = [*labels[:12], *((labels[12:] + 1) % 10)]
    score = page.locator("#widget-quiz .widget-bar button").first
    for number, answer in enumerate(answers):
        assert score.is_disabled()
        if number % 2:
            page.locator(".quiz-answers button").nth(int(answer)).click()
        else:
            page.locator(".quiz-answers button").first.press(str(answer))
    score.click()
    rows = """[...document.querySelectorAll('.quiz-result tbody tr')]
      .map((row) => [...row.cells].slice(1).map((cell) => cell.textContent))"""
    shown = page.evaluate(rows)
    assert shown[0] == ["12", str(sum(answers == people))]
    assert shown[2] == [str(sum(people == labels)), "20"]
    assert shown[3] == [str(sum(network == labels)), str(sum(network == people))]
    page.reload()
    assert page.evaluate(rows) == shown
    page.locator("#widget-quiz .widget-bar button").nth(1).click()
    assert page.locator(".quiz-result tr").count() == 0 and score.is_disabled()


def test_a_press_too_many_answers_no_image_that_nobody_has_seen(widgets, page):
    open_page(page, widgets, "quiz", width=390)
    answers = page.locator(".quiz-answers button")
    answers.nth(2).dblclick()
    assert page.locator(".quiz-done").count() == 1
    for _ in range(4):  # a key that is held
        page.keyboard.down("3")
    page.keyboard.up("3")
    assert page.locator(".quiz-done").count() == 2
    chips = page.locator(".quiz-images button")
    chips.nth(2).press("ArrowDown")  # in a row without another below, as among radio buttons
    assert chips.nth(3).get_attribute("aria-checked") == "true"


def test_only_the_first_finger_and_the_main_button_drag_and_space_does_not_scroll(widgets, page):
    open_page(page, widgets, "kernel")
    frame = page.locator(".kernel-frame")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    for button, is_moved in (("right", False), ("left", True)):
        page.mouse.down(button=button)
        page.mouse.move(box["x"] + 120, box["y"] + 20)
        page.mouse.up(button=button)
        assert (frame.bounding_box()["x"] > box["x"] + 50) == is_moved
        page.keyboard.press("Escape")
        page.mouse.move(box["x"] + 20, box["y"] + 20)
    part = page.locator(".network-drawing svg:visible [tabindex='0']")
    part.focus()
    before = page.evaluate("scrollY")
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == before


# Of a group, what tells the chosen one from another; and parts that say something by being filled.
TOLD_APART = """(widget) => {
  const shown = (part) => {
    const style = getComputedStyle(part.querySelector(":scope > rect") ?? part.labels?.[0] ?? part);
    return ["backgroundColor", "outlineStyle", "fill"].map((name) => style[name]).join();
  };
  const groups = [...document.querySelectorAll(`${widget} :is([role=radiogroup], .widget-choice)`)];
  return groups.filter((group) => group.checkVisibility()).map((group) => {
    const all = [...group.querySelectorAll("[role=radio], input")];
    const isChosen = (part) => part.checked || part.ariaChecked === "true";
    return shown(all.find(isChosen) ?? group) !== shown(all.find((part) => !isChosen(part)));
  });
}"""
FILLED = """.network-bar, .kernel-image span:nth-child(5n), .confusion-matrix button, .answers-counted,
  .crops-here"""
PLAIN = ".widget-button, .widget-choice label + label"
IS_FILLED = f"""(part) => [document.body, document.querySelector("{PLAIN}")]
  .every((plain) => getComputedStyle(plain).backgroundColor !== getComputedStyle(part).backgroundColor)"""


@pytest.mark.parametrize("widget", ["answers", "crops", "kernel", "network", "confusion", "quiz"])
def test_with_the_few_colours_of_high_contrast_the_chosen_is_seen_and_what_is_filled(widgets, page, widget):
    page.emulate_media(forced_colors="active")
    open_page(page, widgets, widget)
    groups = page.evaluate(TOLD_APART, f"#widget-{widget}")
    filled = [part.evaluate(IS_FILLED) for part in page.locator(f"#widget-{widget}").locator(FILLED).all()]
    assert groups and all(groups) and all(filled)
    assert bool(filled) == (widget != "quiz")


@pytest.mark.parametrize("kept", ["{", "[]", '{"guesses": [1], "shown": false}', '{"guesses": 7}'])
def test_what_was_kept_and_cannot_be_read_is_not_taken(widgets, page, kept):
    found = complaints(page, "file://")
    open_page(page, widgets, "ladder")
    page.evaluate(f"sessionStorage.setItem('widget-ladder', {json.dumps(kept)})")
    page.reload()
    assert page.locator(".ladder-open").count() == len(RUNGS) - 1
    assert found == []


# --- The check of the built site ---

ARROWS = ("ArrowRight", "ArrowDown")
# What the arrow keys move: the chosen one of a group, the frame of a board, or a slider.
KEYS_MOVE = ":is([role=radio][tabindex='0'], [role=application], .ladder-steps input):visible"
# A photo is chosen in a window of the system.
MOUSE_CHANGES = (
    ":is([role=radio]:not([aria-checked=true]), :not(#widget-model) > .widget-bar button):visible"
)
# What can be moved or heard, and has no words for who hears the page.
NAMELESS = """(widget) => [...document.querySelectorAll(`${widget} :is(button, input, fieldset, [role])`)]
  .filter((part) => part.checkVisibility() && !part.closest("[aria-hidden]"))
  .filter((part) => ![part, ...(part.labels ?? [])].some((each) => each.ariaLabel || each.textContent))
  .map((part) => part.outerHTML.slice(0, 60))"""
CHANGED = "([place, before]) => document.querySelector(place).parentElement.innerHTML !== before"
CONTENT = "(place) => document.querySelector(place).parentElement.innerHTML"


def widget_problems(visit, address, place):
    """Yield what is wrong with the widgets of a page that has some."""
    page = visit(f"{address}/{place}", width=390)
    for name in page.eval_on_selector_all(".widget", "all => all.map((each) => each.dataset.widget)"):
        widget = f"#widget-{name}"
        if not page.locator(f"{widget}.widget-alive .widget-title").count():
            yield f"{place}: the widget {name} does not appear"
            continue
        if nameless := page.evaluate(NAMELESS, widget):
            yield f"{place}: {nameless[0]} is without a name in the widget {name}"
        # The drawing that is pressed stands before its widget.
        moved = ".network-drawing" if name == "blocks" else widget
        for hand, act in (
            ("mouse", lambda at: page.locator(f"{at} {MOUSE_CHANGES}").first.click()),
            ("keyboard", lambda at: [page.locator(f"{at} {KEYS_MOVE}").first.press(key) for key in ARROWS]),
        ):
            before = page.evaluate(CONTENT, widget)
            act(moved)
            try:
                page.wait_for_function(CHANGED, arg=[widget, before], timeout=2000)
            except StillWaiting:
                yield f"{place}: the widget {name} ignores the {hand}"
    if choice := page.evaluate("location.hash"):
        page.evaluate("document.querySelector('.widget').scrollIntoView()")
        with page.expect_navigation():  # a click of the mouse would scroll to the switch
            page.evaluate("document.querySelector('a.language-switch').click()")
        if (arrived := page.evaluate("location.hash")) != choice:
            yield f"{place}: the language switch leads from {choice} to {arrived or 'no choice'}"


def with_widgets(site):
    return [place for place, page in pages(site).items() if page.soup.select_one(".widget")]


def test_the_widgets_of_the_site_move(visit, address, site):
    assert [found for place in with_widgets(site) for found in widget_problems(visit, address, place)] == []


def test_widgets_are_found_and_have_no_problem(widgets, visit):
    places = with_widgets(widgets)
    assert places == sorted(f"{language}/{page}.html" for language in LANGUAGES for page in PLACES)
    assert [found for place in places for found in widget_problems(visit, widgets.as_uri(), place)] == []


def changed(widgets, folder, file, old, new, language="en"):
    """Return a copy of the stub with one change in a script of one language."""
    site = shutil.copytree(widgets, folder / "site", copy_function=os.link)
    replace(site, f"{language}/_static/{file}", re.escape(old), new)
    return site


def with_images(widgets, folder, language):
    """Return a copy of the stub whose explorer asks about images, though none are drawn."""
    old = "const { classes, runs } = data;"
    return changed(widgets, folder, "widget_confusion.js", old, f"data.images = true; {old}", language)


# By the end of the problem's sentence: the widget whose page has it, and what is changed.
DAMAGES = {
    "answers ignores the keyboard": ("answers", "widget.js", "if (!buttons[next] || leavesRow)", "if (true)"),
    "answers ignores the mouse": ("answers", "widget_answers.js", "() => choose(n)", "() => null"),
    "answers does not appear": ("answers", "widget_answers.js", '"use strict"', "throw 1"),
    "no choice": ("confusion", "language_switch.js", "bottom > 0 ? location.hash :", "false ? 0 :"),
    "the widget kernel": ("kernel", "widget_kernel.js", "fill(words.frame", "(() => '')(words.frame"),
    "the widget ladder": ("ladder", "widget_ladder.js", "slider(name, {", 'slider("", {'),
    "the widget quiz": ("quiz", "widget_quiz.js", 'role: "img", "aria-label": name,', 'role: "img",'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_widget_that_is_dead_or_nameless_or_a_lost_choice_is_found(widgets, visit, tmp_path, damage):
    widget, *change = DAMAGES[damage]
    site = changed(widgets, tmp_path, *change)
    problems = list(widget_problems(visit, site.as_uri(), f"en/{PAGES[widget]}.html"))
    assert [problem.endswith(damage) for problem in problems] == [True]
