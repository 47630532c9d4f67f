import pytest

from typed_numbers import typed_numbers, words_and_code

FACTS = {"top5": {"value": 17.0, "unit": "%"}, "std": {"value": "0.2010"}, "images": {"value": 1281167}}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("The accuracy is 73.52 %.", ["73.52 %"]),
        ("정확도는 약73.52%입니다.", ["73.52 %"]),
        ("정확도 80퍼센트, 12 per cent", ["80 %", "12 %"]),
        ("손실이 1.234까지", ["1.234"]),
        ("from 10.5 to 12.5 %", ["10.5", "12.5 %"]),
        ("1,234.5 images", ["1,234.5"]),
        ("| loss | 2.31 |", ["2.31"]),
        ("**2.31**, (2.32), ~2.33, 2.34.", ["2.31", "2.32", "2.33", "2.34"]),
        ("[73.5 %](https://x.org/1.5)", ["73.5 %"]),
        (":::{note}\n73.5 %\n:::", ["73.5 %"]),
        ("```{note}\n:class: tip\n73.5 %\n```\nand 74.5 %\n```python\n75.5\n```", ["73.5 %", "74.5 %"]),
        ("17 %, 17.0%, 0.201 and 0.2010", []),
        ("17.5 % and 0.2011", ["17.5 %", "0.2011"]),
        ("0.201 % is another thing than 0.201", ["0.201 %"]),
        ("50,000 images, 10 classes, 2012, 3x3, 32x32", []),
        ("`73.5 %`, ``a ` 2.5``, {glue:text}`../x.ipynb::loss:.2f`", []),
        ("$p = 0.73$ and $$\n0.74\n$$", []),
        ("```python\nx = 0.73\n```\n", []),
        ("<https://x.org/73.5> https://x.org/v1.5 [x](../y/1.5.md)", []),
        ("arXiv:1412.6980, doi:10.1109/5.771073", []),
        ("Python 3.11+, PyTorch 2.6, v0.1.0, CC BY 4.0, section 3.3, 3.3절, §4.1", []),
        ('<img src="x" style="width: 73.5%">', []),
        ("<!-- 73.5 % -->", []),
    ],
)
def test_a_typed_measurement_is_found_where_a_reader_sees_it(text, numbers):
    assert list(typed_numbers(text, FACTS)) == numbers


def test_what_the_pages_code_defines_is_no_measurement():
    page = "```python\nmomentum = 0.9\n```\nWith 0.9, a rate of 0.001 and 50 % dropped; 0.8."
    assert list(typed_numbers(page, {}, ["rate = 1e-3", "dropout = 0.5"])) == ["0.8"]


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ('print(f"정확도 {x:.1%}, 손실 {y:.2f}, {100 * z:.1f}%")', []),
        ('print(f"accuracy {x:.1%}, more than 61.5%")', ["61.5 %"]),
        ('show_table(["loss", "0.93"], rows)', ["0.93"]),
        ('title = "17%"\nax.set_title(title)', []),  # a fact
        ('limit = 0.35\nprint("nearer than 0.35")', []),
        ('load(run, "0.93")\nx = data["0.94"]', []),
        ('print("PyTorch 2.6")  # 0.93', []),
    ],
)
def test_words_in_the_code_are_read_as_well(code, numbers):
    (words,), codes = words_and_code([code])
    assert list(typed_numbers("\n".join(words), FACTS, codes)) == numbers
    # Words define nothing: a number that stands in them alone is typed.
    assert list(typed_numbers("\n".join(words), {}, codes)) == (["17 %"] if "17%" in code else numbers)
