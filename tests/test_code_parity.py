"""The code of two languages is the same but for its words: each broken twin is named."""

import re

import pytest

from code_parity import difference

# What stands in «Korean|English» differs.
TWINS = {
    "a sentence": ("print(f'«첫 손실 {loss:.4f}, 이미지 {n:,}장|{n:,} images, first loss {loss:.4f}»')"),
    "comments and docstrings": 'def f():\n    """«한 번|Once»."""\n    return 1  # «하나|one»',
    "width and alignment": "print(f'{\"«클래스|class»\":«>8|<12»} {x:«>8|12».2f}')",
    "a table": "rows = []\nrows.append(['«평균|mean»', x])\nshow_table(['', '«값|value»'], rows)",
    "an axis": "ax.set_xlabel('«에폭|epoch»')\nax.plot(x, label='«손실|loss»')",
    "a name": "title = '«손실|loss»'\nplt.title(title)",
    "a conditional in a placeholder": (
        'print(f\'«{"맞음" if right else "틀림"}: {n}|{n} {"right" if right else "wrong"}»\')'
    ),
    "values of a dictionary": "w = {'a': '«원래|raw»'}\nfor key in data:\n    print(w[key], data[key])",
    "keys that are drawn": (
        "curves = {'«이 실행|this run»': a}\nfor n, c in curves.items():\n    print(n)\nplot_it(curves)"
    ),
    "a template": "a = '«{n}의 손실 {x:.2f}|loss of {n}: {x:>6.2f}»'\nprint(a.format(n=n, x=x))",
    "an error": "raise ValueError(f'«{x}은 안 됩니다|{x} will not do».')",
}
BROKEN = {
    "a number": "x = «1|2»",
    "a kind of number": "x = «1|1.0»",
    "a name": "x = «a|b»",
    "an operator": "x = a «+|-» b",
    "an order": "«f(a)\ng(b)|g(b)\nf(a)»",
    "a statement": "f(a)«|\ng(b)»",
    "a keyword": "f(«a|b»=1)",
    "a format": "print(f'«손실 {x:.2f}|loss {x:.3f}»')",
    "a kind of format": "print(f'«몫 {x:.1%}|share {x:.1f}»')",
    "a sign": "print(f'«변화 {x:+.1f}|change {x:.1f}»')",
    "grouping": "print(f'«{n:,}장|{n} images»')",
    "a conversion": "print(f'«글 {x!r}|text {x}»')",
    "a dropped placeholder": "print(f'«손실 {x} {y}|loss {x}»')",
    "another value": "print(f'«손실 {x}|loss {y}»')",
    "another key in a placeholder": 'print(f\'«값 {d["a"]}|value {d["b"]}»\')',
    "a string in a placeholder": "print(f'«손실|loss» {f(\"«train|test»\"):.2f}')",
    "a numeral": "print('«이미지 10장|12 images»')",
    "a field of a template": "a = '«{x}개|{y} of»'\nprint(a.format(x=1, y=2))",
    "a template in place of a value": "print(«f'손실 {x}'|'loss {x}'»)",
    "braces that are doubled in one": "print(f'«손실 {{x}}|loss {x}» {y}')",
    "a key": "d = {'«손실|loss»': 1}\nprint(d['«손실|loss»'])",
    "a key that is put in": "d = {}\nd['«손실|loss»'] = 1",
    "a key that is asked for": "print(d.get('«손실|loss»', '«없음|none»'))",
    "words in a key": "print(d[f'«{n}번|no {n}»'])",
    "words compared": "y = w == '«맞음|right»'",
    "a path": "torch.save(m, '«모델|model».pt')",
    "where a legend stands": "ax.legend(loc='«upper|lower» left')",
    "the key of a sentence": "say('«가|a»', x=1)",
    "a recorded value": "record('a', '«가|a»')",
    "a format with a name": "f = '«.2f|.2e»'\nprint(f'{x:{f}}')",
    "words that are none": "print('«손실|»')",
    "words against a value": "print(«'손실'|x»)",
}


def found(text):
    """Return what differs in the two cells that a text stands for."""
    return difference(*(re.sub(r"«([^|»]*)\|([^»]*)»", rf"\{i}", text) for i in (1, 2)))


@pytest.mark.parametrize("name", TWINS)
def test_words_may_differ(name):
    assert found(TWINS[name]) == ""


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_twin_is_named(name):
    assert found(BROKEN[name])
    assert found(re.sub(r"«([^|»]*)\|([^»]*)»", r"«\2|\1»", BROKEN[name]))


def test_the_first_line_that_differs_is_shown_as_both_have_it():
    lines = "print('«손실|loss»')\nprint(f'«손실 {x:.2f}, {n}장|{n:>5} images, loss {x:.3f}»')\ny = «1|2»"
    assert found(lines) == "print(f‹{n} {x:.2f}›) and print(f‹{n} {x:.3f}›)"
