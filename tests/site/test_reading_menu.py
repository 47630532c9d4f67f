"""How a page is read: what is folded, how large it is, on paper, by the keyboard, with large letters."""

import re

import pytest
from pages import pages
from reading import HEIGHT, STAND_STILL, WIDEST_ELEMENT

from browser import complaints

PHONE = 390, 844
STUB = "ko/01_stub.html"
PREPARED = "details.preparation"
LESSON = ".cell:not(.tag_exercise, .tag_answer, .preparation *) .cell_input"
# How many parts of a page are seen; what lies in a closed fold is not.
SEEN = "(parts) => [...document.querySelectorAll(parts)].filter((part) => part.checkVisibility()).length"
# The same, of every frame while a page arrives.
WATCH = """(() => {
  window.most = 0;
  const look = () => {
    window.most = Math.max(window.most, (%s)(`%s`));
    requestAnimationFrame(look);
  };
  look();
})()"""
REFUSED = """Object.defineProperty(window, "localStorage", {
  configurable: true,
  get() { throw new DOMException("refused", "SecurityError"); },
})"""
SIZES = """["article p", "article pre", "article figure img"].map((parts) => {
  const part = [...document.querySelectorAll(parts)].find((part) => part.checkVisibility());
  return part.tagName === "IMG" ? part.clientWidth : parseFloat(getComputedStyle(part).fontSize);
})"""
# Notes what the keyboard comes to and what does not show it; a ring that is transparent shows nothing.
WATCH_RING = """(() => {
  window.unseen = [];
  const isSeen = (shown) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(shown);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || /rgb\\(/.test(boxShadow);
  };
  addEventListener("focusin", ({ target: part }) => {
    if ([part, part.closest("form")].filter(Boolean).some(isSeen)) return;
    unseen.push(`${%s}: <${part.tagName.toLowerCase()} class="${part.className}">`);
  });
})()"""
THEME = "document.documentElement.dataset.theme"
LETTERS = "(size) => (document.documentElement.style.fontSize = size)"
CUT = """[...document.querySelectorAll("article pre, article .pst-scrollable-table-container")]
  .filter((part) => part.checkVisibility() && part.scrollWidth > part.clientWidth + 1).length"""


@pytest.fixture
def chapter(illustrated):
    return illustrated[0]


def choose(page, label):
    """Press a setting in the menu, and close it."""
    page.locator(".reading-menu > button").click()
    page.locator(f".reading-menu input[{label}]").check()
    page.keyboard.press("Escape")


def test_what_prepares_a_chapter_is_folded_and_all_code_may_be(page, chapter):
    found = complaints(page, chapter.rsplit("/", 2)[0])
    page.goto(chapter)
    prepared, lesson = f"{PREPARED} pre", f"{LESSON} pre"
    assert page.evaluate(SEEN, prepared) == 0 and page.evaluate(SEEN, lesson) > 0
    every = page.evaluate(SEEN, lesson)
    exercises = page.evaluate(SEEN, ".tag_exercise pre")
    for chosen, seen in (("all", (True, every)), ("none", (False, 0)), ("", (False, every))):
        choose(page, f'value="{chosen}"')
        for is_again in (False, True):
            if is_again:
                page.goto(chapter)
            assert (page.evaluate(SEEN, prepared) > 0, page.evaluate(SEEN, lesson)) == seen
            assert page.evaluate(SEEN, ".tag_exercise pre") == exercises
    assert found == []


def test_what_was_chosen_holds_before_the_page_is_seen(visit, chapter):
    page = visit(chapter)
    choose(page, 'value="none"')
    page.add_init_script(WATCH % (SEEN, f"{LESSON} pre"))
    page.goto(chapter, wait_until="networkidle")
    assert page.evaluate("window.most") == 0
    page.evaluate("document.querySelector('.lesson').open = true")
    page.wait_for_function("window.most > 0")


def test_a_browser_that_refuses_to_remember_folds_all_the_same(page, chapter):
    page.add_init_script(REFUSED)
    found = complaints(page, chapter.rsplit("/", 2)[0])
    page.goto(chapter, wait_until="networkidle")
    choose(page, 'value="none"')
    assert page.evaluate(SEEN, f"{LESSON} pre") == 0
    assert found == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_for_a_room_is_larger_and_fits(visit, chapter, width):
    page = visit(chapter, width)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    before = page.evaluate(SIZES)
    choose(page, 'value="large"')
    page.add_style_tag(content=STAND_STILL)
    after = page.evaluate(SIZES)
    grown = [new / old for new, old in zip(after, before, strict=True)]
    assert min(grown[:2]) >= 1.2 and (width < 992 or grown[2] > 1.2)
    assert page.evaluate(WIDEST_ELEMENT) is None


def test_on_paper_all_code_is_there_and_nothing_is_cut(visit, chapter):
    page = visit(chapter, width=700)
    choose(page, 'value="none"')
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(THEME) == "light"
    page.evaluate("document.querySelector('article pre').append('x'.repeat(300))")
    assert page.evaluate(CUT) > 0
    page.emulate_media(media="print")
    assert page.evaluate(SEEN, "article .cell_input") == page.locator("article .cell_input").count()
    assert page.evaluate(CUT) == 0
    assert page.evaluate(SEEN, "article .copybtn") == 0  # nor can anything be pressed
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(THEME) == "dark"


def unseen_stops(visit, place, most=60):
    """Yield the stops of the Tab key, down to the text and a little further, that do not show themselves.

    There in the light and back in the dark: with each change of colours the whole page is drawn anew.
    """
    page = visit(place)
    page.wait_for_load_state("networkidle")
    page.add_style_tag(content=STAND_STILL)
    page.evaluate(WATCH_RING % THEME)
    for theme, key in (("light", "Tab"), ("dark", "Shift+Tab")):
        page.evaluate(f"{THEME} = '{theme}'")
        for _ in range(most):
            page.keyboard.press(key)
    yield from (f"{place}, {stop}" for stop in page.evaluate("unseen"))


def test_the_keyboard_is_seen_wherever_it_is(visit, address, places):
    assert [found for place in places for found in unseen_stops(visit, f"{address}/{place}")] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_control_that_does_not_show_the_keyboard_is_found(damage, visit, theme):
    style = f"<style>[data-theme={theme}] .btn {{ outline: 0 !important }}</style></head>"
    found = list(unseen_stops(visit, f"{damage(STUB, '</head>', style)}/{STUB}", most=15))
    assert any("language-switch" in stop for stop in found)
    assert all(f", {theme}: " in stop for stop in found)


def test_the_bar_names_the_page_where_the_contents_are_out_of_sight(visit, chapter):
    page = visit(chapter)
    title = page.locator(".bar-title")
    assert page.locator("article h1").inner_text().startswith(title.text_content())
    assert not title.is_visible()
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert title.bounding_box()["width"] > 60, width


def test_large_letters_leave_the_page_within_the_screen(visit, chapter):
    page = visit(chapter)
    page.add_style_tag(content=STAND_STILL)
    for width, size in ((1280, "200%"), (390, "150%"), (320, "150%")):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.evaluate(LETTERS, size)
        assert page.evaluate(WIDEST_ELEMENT) is None, width


def test_a_bar_whose_signs_grow_with_the_letters_is_found(damage, visit):
    style = "<style>.bd-header-article .btn { font-size: 2rem !important }</style></head>"
    page = visit(damage(STUB, "</head>", style) + f"/{STUB}", *PHONE)
    page.evaluate(LETTERS, "150%")
    assert page.evaluate(WIDEST_ELEMENT)


def test_a_table_has_a_name_and_rows_are_headed_by_their_first_word_and_columns_by_theirs(site):
    found = [page.soup.select("article table:has(thead)") for page in pages(site).values()]
    assert any(found)
    for table in (table for tables in found for table in tables):
        assert table["aria-label"]
        assert all(head["scope"] == "col" for head in table.select("thead th"))
        assert all(head["scope"] == "row" for head in table.select("tbody th"))
        first = [row.find(["th", "td"]) for row in table.select("tbody tr")]
        names = [cell.get_text() for cell in first]
        have_words = all(re.search(r"[^\W\d_]{2}", name) for name in names)
        are_words = have_words and len(names) == len(set(names)) > 1
        assert [cell.name for cell in first] == ["th" if are_words else "td"] * len(first)
