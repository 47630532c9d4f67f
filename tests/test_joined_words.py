"""Lines that do not end where they must not; nothing else changes."""

import pytest

from joined_words import JOINER, join_words, joined

WHOLE = '<span class="together">{}</span>'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("점수(score)를 본다", ["점수(score)", "를 본다"]),
        ("37.5%를", ["37.5%", "를"]),
        ("0.25–0.30, 2012–", ["0.25–", "0.30, 2012–"]),
        ("기울기×픽셀, 3×3", ["기울기×", "픽셀, 3×3"]),
        ("one-to-one, −5 (n) and", ["one-to-one, −5 (n) and"]),
    ],
)
def test_a_joiner_stands_where_a_line_must_not_end_and_nowhere_else(text, parts):
    assert joined(text).split(JOINER) == parts


def test_a_name_with_a_hyphen_stays_on_its_line_and_is_copied_as_it_is():
    assert joined("CIFAR-10과 곱셈-누산") == f"{WHOLE.format('CIFAR-10과')} {WHOLE.format('곱셈-누산')}"
    assert joined("on 2026-11-30, t-SNE는") == f"on {WHOLE.format('2026-11-30')}, {WHOLE.format('t-SNE는')}"


def test_a_count_and_what_a_sign_joins_stay_on_their_line():
    assert joined("(n = 1)") == "(n\u00a0=\u00a01)"
    assert joined("32 → 16, A → B") == "32\u00a0→\u00a016, A → B"
    assert joined("by -0.14 points, 2012-10, x -1") == "by −0.14 points, 2012-10, x −1"
    assert joined("70.07 ± 2.19%, 100% − 5") == "70.07\u00a0±\u00a02.19%, 100%\u00a0−\u00a05"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("네트워크가 보는 것, 우리가 보는 것", "네트워크가 보는_것, 우리가 보는_것"),
        ("몇 장씩 들어 있을까요? 열 장씩", "몇_장씩 들어 있을까요? 열_장씩"),
        ("614.4 MB, 2 epochs", "614.4_MB, 2 epochs"),
        ("한가운데 두고", "한가운데 두고"),
        ("Chapter 4", "Chapter_4"),  # a link
        ("Chapter 4. Why?", "Chapter 4. Why?"),
    ],
)
def test_a_number_stays_with_what_it_counts_and_a_bound_noun_with_its_verb(text, kept):
    assert joined(text) == kept.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("<code>X.to(DEVICE)</code>가 된다", "<code>X.to(DEVICE)</code>가"),
        ('<td><code class="a"><span>AlexNet</span></code>, 32×32</td>',
         '<code class="a"><span>AlexNet</span></code>,'),
        ("<math><mi>π</mi></math>일 때", "<math><mi>π</mi></math>일"),
        ("<code>a</code> <code>b</code>).</p>", "<code>b</code>)."),
        ("<code>a</code> 가<p>", None),
        ("<p><code>a</code></p>\n가", None),
    ],
)  # fmt: skip
def test_a_particle_or_comma_behind_code_or_a_formula_does_not_begin_a_line(body, word):
    assert join_words(body) == (body.replace(word, f'<span class="together">{word}</span>') if word else body)


def test_an_arrow_stays_with_the_link_that_it_points_to():
    assert join_words("일입니다. → <a>7장</a> → <a>8장</a>") == "일입니다. →_<a>7장</a> →_<a>8장</a>".replace(
        "_", "\u00a0"
    )


def test_a_comma_behind_a_link_with_code_does_not_begin_a_line():
    assert join_words("<a><code>AlexNet</code></a>, 32×32") == f"<a><code>AlexNet</code></a>{JOINER}, 32×32"


def test_long_code_may_break_but_not_behind_its_end():
    assert join_words(f"<code>{'a' * 40}</code>가 된다") == f"<code>{'a' * 40}</code>{JOINER}가 된다"


def test_code_formulas_and_tags_stay_as_they_are():
    kept = '<p title="(a)를"><code>f(x)를</code><pre>a-1\n<b>(b)를</b></pre><math><mo>)</mo></math></p>'
    assert join_words(kept + "<p>(c)를</p>") == f"{kept}<p>(c){JOINER}를</p>"
