"""axe finds nothing that keeps someone from reading a page, on a phone and, light and dark, on a screen."""

from axe_playwright_python.sync_playwright import Axe
from reading import HEIGHT, STAND_STILL, UNROLLED

# axe does not look into what is folded away, nor at an answer that nobody has chosen.
OPEN = """document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  document.querySelectorAll(".question-options button").forEach((option) => option.click());"""
STUB = "ko/01_stub.html"
WIDTHS = (390, 1280)
COLOURED = "(scheme) => (document.documentElement.dataset.theme = scheme)"
# What is asked of a page, and again of what the dark changes in it.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
ASKED = {"light": {}, "dark": {"runOnly": COLOURS}}


def violations(page, address, place):
    page.goto(f"{address}/{place}")
    page.wait_for_function(UNROLLED)
    page.add_style_tag(content=STAND_STILL)
    page.evaluate(OPEN)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme, asked in ASKED.items():
            page.emulate_media(color_scheme=scheme)
            page.evaluate(COLOURED, scheme)
            found = Axe().run(page, options=asked | {"resultTypes": ["violations"]}).response
            for rule in found["violations"]:
                for node in rule["nodes"]:
                    what = f"{rule['id']}: {node['target']} {node['html'][:80]}"
                    yield f"{place} at {width} px, {scheme}: {what}"


def test_no_page_keeps_anyone_out(page, address, places):
    assert [found for place in [*places, "404.html"] for found in violations(page, address, place)] == []


def test_a_picture_without_words_and_a_word_too_dark_for_the_dark_are_found_on_every_screen(damage, page):
    damage(STUB, r'alt="[^"]*" height', "height")
    dim = "<style>[data-theme=dark] article p { color: #555 !important }</style></head>"
    found = list(violations(page, damage(STUB, "</head>", dim), STUB))
    for rule, scheme in (("image-alt", "light"), ("color-contrast", "dark")):
        screens = {problem.split(": ")[0] for problem in found if f": {rule}: " in problem}
        assert screens == {f"{STUB} at {width} px, {scheme}" for width in WIDTHS}
