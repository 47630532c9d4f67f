"""Lines that do not end where they must not; nothing else changes."""

import pytest

from joined_words import JOINER, join_words, joined


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("점수(score)를 본다", ["점수(score)", "를 본다"]),
        ("37.5%를", ["37.5%", "를"]),
        ("CIFAR-10과 곱셈-누산", ["CIFAR-", "10과 곱셈-", "누산"]),
        ("one-to-one, -5 (n) and", ["one-to-one, -5 (n) and"]),
    ],
)
def test_a_joiner_stands_where_a_line_must_not_end_and_nowhere_else(text, parts):
    assert joined(text).split(JOINER) == parts


def test_a_count_stays_on_its_line():
    assert joined("(n = 1)") == "(n\u00a0=\u00a01)"


def test_code_formulas_and_tags_stay_as_they_are():
    kept = '<p title="(a)를"><code>f(x)를</code><pre>a-1\n<b>(b)를</b></pre><math><mo>)</mo></math></p>'
    context = {"body": kept + "<p>(c)를</p>"}
    join_words(None, "page", "page.html", context, None)
    assert context["body"] == f"{kept}<p>(c){JOINER}를</p>"
