"""axe finds nothing that keeps someone from reading a page, on a phone and, light and dark, on a screen."""

from axe_playwright_python.sync_playwright import Axe
from reading import HEIGHT, STAND_STILL, UNROLLED

# axe does not look into what is folded away, nor at an answer that nobody has chosen.
OPEN = """document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  document.querySelectorAll(".question-options button").forEach((option) => option.click());"""
WIDTHS, SCHEMES = (390, 1280), ("light", "dark")
COLOURED = "(scheme) => (document.documentElement.dataset.theme = scheme)"


def violations(page, address, place):
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.goto(f"{address}/{place}")
        page.wait_for_function(UNROLLED)
        page.add_style_tag(content=STAND_STILL)
        page.evaluate(OPEN)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(COLOURED, scheme)
            for rule in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
                for node in rule["nodes"]:
                    what = f"{rule['id']}: {node['target']} {node['html'][:80]}"
                    yield f"{place} at {width} px, {scheme}: {what}"


def test_no_page_keeps_anyone_out(page, address, places):
    assert [found for place in [*places, "404.html"] for found in violations(page, address, place)] == []


def test_a_picture_without_words_is_found_on_every_screen(damage, page):
    address = damage("ko/01_stub.html", r'alt="[^"]*" height', "height")
    found = list(violations(page, address, "ko/01_stub.html"))
    assert [problem.split(": ")[0] for problem in found if "image-alt" in problem] == [
        f"ko/01_stub.html at {width} px, {scheme}" for width in WIDTHS for scheme in SCHEMES
    ]
