"""A reader finds the way: where to begin, where they are, where they were, and what a word means."""

import re

import pytest
from pages import pages
from reading import UNROLLED, longest

from browser import complaints
from notebook_files import LANGUAGES

PHONE = 390, 844
SMALL = 1280, 500
STUB = "ko/01_stub.html"
TALL = "<p>A long preface.</p>" * 30
# Whether one entry is marked, in sight in the frame that it scrolls in, and that of the section which has
# come to a quarter of the window, by the headings alone, give or take; at the end it may be the last.
CONTENTS = """() => {
  const links = [...document.querySelectorAll("#page-contents a")];
  const marked = links.filter((link) => link.ariaCurrent);
  const heads = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1)))
    .querySelector("h2, h3").getBoundingClientRect().top);
  const reached = (line) => heads.filter((top) => top <= line).length - 1;
  const [entry, frame] = [marked[0], document.querySelector(".bd-sidebar-secondary")]
    .map((part) => part?.getBoundingClientRect());
  const isAtEnd = document.querySelector("article").getBoundingClientRect().bottom <= innerHeight;
  return [
    marked.length === (reached(innerHeight / 4 - 40) < 0 ? marked.length : 1),
    !entry || (entry.top >= frame.top - 1 && entry.bottom <= Math.min(frame.bottom, innerHeight) + 1),
    links.indexOf(marked[0]) >= reached(innerHeight / 4 - 40),
    links.indexOf(marked[0]) <= (isAtEnd ? links.length : reached(innerHeight / 4 + 40)),
  ];
}"""
# The theme's own script stops where it may not keep its colours.
REFUSE = """(({ setItem }) => (Storage.prototype.setItem = function (name, value) {
  if (name.endsWith(".read")) throw new Error("refused");
  setItem.call(this, name, value);
}))(Storage.prototype);"""
SCROLL_ON = """(share) => scrollTo({
  top: share * document.documentElement.scrollHeight, behavior: "instant" })"""
SCROLL_TO = "(cell) => scrollBy({ top: cell.getBoundingClientRect().top - 115, behavior: 'instant' })"
SENTENCE = "A window that slides."
CARD = "document.querySelector('.page-card').hidden ? '' : document.querySelector('.page-card').innerText"


def below_the_fold(visit, address, language):
    """Return what of the first words and the ways to begin a phone does not show at first."""
    page = visit(f"{address}/{language}/index.html", *PHONE)
    page.wait_for_load_state("networkidle")
    boxes = [part.bounding_box() for part in page.locator("article h1 + p, article .begin a").all()]
    assert len(boxes) > 1
    return [box for box in boxes if box["y"] + box["height"] > PHONE[1]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_for_whom_and_where_to_begin_stand_on_the_first_screen_of_a_phone(visit, address, language):
    assert below_the_fold(visit, address, language) == []


def test_a_beginning_below_the_first_screen_is_found(damage, visit):
    address = damage("ko/index.html", '<div class="begin', f'{TALL}<div class="begin')
    assert below_the_fold(visit, address, "ko")


def test_the_first_page_lists_the_parts_of_the_sidebar_and_all_that_is_in_them(site):
    for language in LANGUAGES:
        soup = pages(site)[f"{language}/index.html"].soup
        sidebar = soup.select_one(".bd-links")
        captions = [caption.get_text(strip=True) for caption in sidebar.select(".caption")]
        lists = soup.select("article .contents-list")
        assert [part.find_previous("h3").find(string=True) for part in lists] == captions
        listed = [link["href"] for part in lists for link in part.select("a")]
        assert listed == [link["href"] for link in sidebar.select("ul a")]


def test_a_chapter_is_listed_with_the_minutes_that_stand_at_its_head(site):
    minutes = re.compile(r"\d+(?:분| minutes)")
    for language in LANGUAGES:
        cards = pages(site)[f"{language}/index.html"].soup.select(".contents-list li")
        chapters = [card for card in cards if re.match(r"\d\d_", card.a["href"])]
        assert chapters
        for card in chapters:
            head = pages(site)[f"{language}/{card.a['href']}"].soup.select_one("article blockquote")
            assert minutes.search(head.get_text())[0] in card.get_text()


def lost_places(visit, place):
    """Return where in a chapter the contents do not show the section that is read."""
    page = visit(place, *SMALL)
    lost = []
    # On, far on and back.
    for share in (0.1, 0.2, 0.25, 0.7, 0.75, 0.3, 0.5, 0.05):
        page.evaluate(SCROLL_ON, share)
        page.wait_for_timeout(150)
        if not all(page.evaluate(CONTENTS)):
            lost.append(share)
    return lost


def test_the_contents_follow_the_reader_through_a_long_chapter(visit, address, site):
    assert lost_places(visit, f"{address}/{longest(site, 'ko')}") == []


def test_contents_that_stay_behind_are_found(damage, visit):
    address = damage("ko/_static/wayfinding.js", r'"scroll", "resize"', '"resize"')
    assert lost_places(visit, f"{address}/{STUB}")


def read_to_the_end(page, place):
    """Page through a chapter as a reader does."""
    page.goto(place)
    page.wait_for_function(UNROLLED)
    while page.evaluate("scrollY + innerHeight + 2 < document.documentElement.scrollHeight"):
        page.evaluate("scrollBy({ top: innerHeight * 0.8, behavior: 'instant' })")
        page.wait_for_timeout(50)


def test_a_chapter_that_was_read_is_ticked_and_the_first_page_leads_back_until_it_forgets(page, stub_address):
    page.goto(f"{stub_address}/ko/index.html")
    assert page.locator(".resume a").count() == 0
    page.goto(f"{stub_address}/{STUB}#section-1")  # the end is not all of it
    page.wait_for_timeout(200)
    page.goto(f"{stub_address}/ko/index.html")
    assert page.locator(".contents-list .was-read").count() == 0
    read_to_the_end(page, f"{stub_address}/{STUB}")
    # The other language has the same chapter.
    for language in LANGUAGES:
        page.goto(f"{stub_address}/{language}/index.html")
        assert page.locator(".contents-list .was-read").count() == 1
        place = page.locator(".resume a").get_attribute("href")
        assert re.search(rf"/{language}/01_stub\.html#section-\d$", place)
    page.click(".resume button")
    for _ in range(2):  # and when the page is opened again
        assert page.locator(".resume a:visible, .was-read").count() == 0
        page.reload()


def test_a_browser_that_refuses_to_keep_anything_reads_all_the_same(page, stub_address):
    page.add_init_script(REFUSE)
    found = complaints(page, stub_address)
    read_to_the_end(page, f"{stub_address}/{STUB}")
    page.goto(f"{stub_address}/ko/index.html")
    assert page.locator(".resume p:visible").count() == 1
    assert [problem for problem in found if "refused" in problem] == []


@pytest.fixture
def term(damage):
    """Serve the stub with a term that leads to its sentence on the first page."""
    link = f'<a class="glossary-term" href="index.html" title="{SENTENCE}">합성곱</a>'
    return damage(STUB, "<strong>합성곱</strong>", link) + f"/{STUB}"


def test_a_mouse_that_rests_on_a_term_shows_its_card_and_a_click_follows_the_link(visit, term):
    page = visit(term)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.hover("a.glossary-term")
    page.wait_for_selector(f".page-card:has-text('{SENTENCE}')")
    page.hover(".page-card p")  # it stays while the mouse is on it
    page.wait_for_timeout(400)
    assert SENTENCE in page.evaluate(CARD)
    assert page.evaluate("document.documentElement.scrollHeight") == height
    page.mouse.move(5, 5)
    page.wait_for_selector(".page-card", state="hidden")
    assert page.locator("a.glossary-term").get_attribute("title") == SENTENCE
    page.click("a.glossary-term")
    page.wait_for_url("**/index.html")


def test_the_keyboard_shows_the_card_of_a_term_and_escape_leaves_it(visit, term):
    page = visit(term)
    page.locator("article a:not(.headerlink)").first.focus()
    while not page.evaluate("document.activeElement.classList.contains('glossary-term')"):
        page.keyboard.press("Tab")
    assert SENTENCE in page.evaluate(CARD)
    described = page.locator("a.glossary-term").get_attribute("aria-describedby")
    assert SENTENCE in page.locator(f"#{described}").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate(CARD) == ""
    assert page.evaluate("document.activeElement.classList.contains('glossary-term')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html")


def test_a_finger_sees_the_card_first_and_follows_the_link_at_the_second_tap(visit, term):
    page = visit(term, *PHONE, has_touch=True, is_mobile=True)
    page.tap("a.glossary-term")
    assert SENTENCE in page.evaluate(CARD)
    card = page.locator(".page-card").bounding_box()
    assert card["x"] >= 0 and card["x"] + card["width"] <= PHONE[0]
    page.set_viewport_size({"width": PHONE[1], "height": PHONE[0]})  # it stays beside its term
    page.wait_for_timeout(100)
    card, term_box = (page.locator(part).bounding_box() for part in (".page-card", "a.glossary-term"))
    gaps = card["y"] - term_box["y"] - term_box["height"], term_box["y"] - card["y"] - card["height"]
    assert 0 <= max(gaps) < 20
    page.tap("article h1")
    assert page.evaluate(CARD) == ""
    page.tap("a.glossary-term")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")  # nor does one come back to it
    assert page.evaluate(CARD) == ""
    page.tap("a.glossary-term")
    page.tap("a.glossary-term")
    page.wait_for_url("**/index.html")


def test_the_text_has_its_place_before_the_contents_beside_it_have_come(visit, address, site):
    page = visit(f"{address}/{longest(site, 'ko')}")
    article = page.locator("article")
    before = article.bounding_box()
    page.evaluate("document.querySelector('.bd-sidebar-secondary').remove()")
    assert article.bounding_box() == before


def test_the_first_link_leads_past_all_buttons_to_the_text(visit, address, site):
    page = visit(f"{address}/{longest(site, 'ko')}")
    for name in ("Tab", "Enter", "Tab"):
        page.keyboard.press(name)
    assert page.evaluate("Boolean(document.activeElement.closest('article'))")


def test_the_language_switch_leads_to_the_same_cell(visit, address, site):
    page = visit(f"{address}/{longest(site, 'ko')}", *SMALL)
    cell = page.locator("article [id^='cell-']").nth(3)
    cell.evaluate(SCROLL_TO)
    name = cell.get_attribute("id")
    page.evaluate("document.querySelector('a.language-switch').click()")  # a mouse would scroll
    page.wait_for_url(f"**/en/*#{name}")
    assert 0 <= page.locator(f"#{name}").bounding_box()["y"] < SMALL[1]


def test_a_heading_can_be_shared_from_a_phone(visit, stub_address):
    page = visit(f"{stub_address}/{STUB}", *PHONE, has_touch=True, is_mobile=True)
    sign = page.locator("article h2 .headerlink").first
    box = sign.bounding_box()
    assert min(box["width"], box["height"]) >= 24  # as WCAG 2.2 asks of a target
    sign.tap()
    assert "#" in page.url
