"""Guesses, questions and answers open when a reader asks: by mouse, by keys, without scripts."""

import pytest

BY = (("mouse", 1280), ("keys", 390))  # and the width of the screen
FOLDS = ".tag_predict > details, .tag_answer > details"


@pytest.fixture
def practised(holding):
    return holding("details.question")


def found(page, selector):
    """Return the parts of a kind, of which there is one at least."""
    parts = page.locator(selector).all()
    assert parts
    return parts


def press(element, by):
    """Choose a control as a reader does who has a mouse, or has none."""
    element.scroll_into_view_if_needed()
    element.click() if by == "mouse" else element.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize(("by", "width"), BY)
def test_guesses_and_answers_are_hidden_until_they_are_opened(visit, practised, by, width, scripts):
    for place in practised:
        # Where no script asks a question, its answer lies in a fold.
        folds = FOLDS if scripts else f"{FOLDS}, details.question"
        for fold in found(visit(place, width, java_script_enabled=scripts), folds):
            inside = fold.locator("> :not(summary)").first
            assert not inside.is_visible()
            press(fold.locator("summary"), by)
            assert inside.is_visible()


@pytest.mark.parametrize(("by", "width"), BY)
def test_a_question_tells_beside_the_chosen_option_why_it_is_right_or_wrong(visit, practised, by, width):
    for place in practised:
        page = visit(place, width)
        marks = []
        for option in found(page, ".question-options > li"):
            reason = option.locator("[role=status]")
            assert reason.inner_text() == ""
            press(option.locator("button"), by)
            marks.append((option.get_attribute("class"), reason.inner_text().strip()[0]))
            assert len(reason.inner_text()) > 3
        assert set(marks) == {("right", "✓"), ("wrong", "✗")}
        assert sum(kind == "right" for kind, _ in marks) == page.locator(".question-options").count()
        press(page.locator(".question-options button").first, by)
        assert page.locator(".question-options [role=status]").first.inner_text() == ""
