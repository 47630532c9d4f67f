"""Guesses, questions and answers open when a reader asks: by mouse, by keys, without scripts."""

import pytest
from reading import HEIGHT, UNROLLED

BY = (("mouse", 1280), ("keys", 390))  # and the width of the screen
GUESSES = ".tag_predict > details"
ANSWERS = ".tag_answer > details"


@pytest.fixture
def practised(holding):
    return holding("details.question")


def folds(page, selector):
    """Return the folds of a kind, of which there is one at least."""
    found = page.locator(selector)
    assert found.count()
    return [found.nth(n) for n in range(found.count())]


def press(page, element, by):
    """Choose a control as a reader does who has a mouse, or has none."""
    element.scroll_into_view_if_needed()
    if by == "mouse":
        element.click()
    else:
        element.focus()
        page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize(("by", "width"), BY)
def test_guesses_and_answers_are_hidden_until_they_are_opened(browser, practised, by, width, scripts):
    page = browser.new_page(java_script_enabled=scripts, viewport={"width": width, "height": HEIGHT})
    for place in practised:
        page.goto(place)
        for fold in folds(page, f"{GUESSES}, {ANSWERS}"):
            inside = fold.locator("> :not(summary)").first
            assert not inside.is_visible()
            press(page, fold.locator("summary"), by)
            assert inside.is_visible()
    page.close()


@pytest.mark.parametrize(("by", "width"), BY)
def test_a_question_tells_beside_the_chosen_option_why_it_is_right_or_wrong(reader, practised, by, width):
    page = reader.new_page()
    page.set_viewport_size({"width": width, "height": HEIGHT})
    for place in practised:
        page.goto(place)
        page.wait_for_function(UNROLLED)
        marks = []
        for option in folds(page, ".question-options > li"):
            reason = option.locator("[role=status]")
            assert reason.inner_text() == ""
            press(page, option.locator("button"), by)
            marks.append((option.get_attribute("class"), reason.inner_text().strip()[0]))
            assert len(reason.inner_text()) > 3
        assert set(marks) == {("right", "✓"), ("wrong", "✗")}
        assert sum(kind == "right" for kind, _ in marks) == page.locator(".question-options").count()
        press(page, page.locator(".question-options button").first, by)
        assert page.locator(".question-options [role=status]").first.inner_text() == ""
    page.close()


def test_without_scripts_a_question_has_its_answer_in_a_fold(browser, practised):
    page = browser.new_page(java_script_enabled=False)
    for place in practised:
        page.goto(place)
        for fold in folds(page, "details.question"):
            assert not fold.locator("ol").is_visible()
            fold.locator("summary").click()
            assert "✓" in fold.locator("ol").inner_text()
    page.close()
