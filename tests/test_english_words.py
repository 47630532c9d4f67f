"""What is English on a Korean page says so, and nothing else does."""

import pytest

from english_words import mark_english

PAGE = '<html lang="{}"><body><p>(outside)</p><article>{}</article></body></html>'
CODE = '<div class="highlight-python notranslate"><div class="highlight"><pre>{}</pre></div></div>'


@pytest.mark.parametrize(
    ("given", "marked"),
    [
        ("합성곱(convolution)을", '합성곱(<span lang="en">convolution</span>)을'),
        (
            "<strong>정답</strong>(ground truth, true label)",
            '<strong>정답</strong>(<span lang="en">ground truth, true label</span>)',
        ),
        (
            "정규화(local response normalization, LRN)",
            '정규화(<span lang="en">local response normalization, LRN</span>)',
        ),
        ("표본(n = 3), 저자(Krizhevsky), 100(ms), 함수(<code>relu</code>), 그림(그림 1)", ""),
        ("<code>f(value)</code> <a title='합성곱(convolution)'>x</a> <math>f(value)</math>", ""),
        (
            CODE.format('x = <span class="s2">"loss"</span>  <span class="c1"># 손실(loss)</span>'),
            CODE.replace("<pre>", '<pre lang="en">').format(
                'x = <span class="s2">"loss"</span>  <span class="c1" lang="ko"># 손실(loss)</span>'
            ),
        ),
        ('<div class="output stream"><pre>loss</pre></div>', ""),
        (
            '<div class="citation" id="a"><span>[a]</span>\n<p>On <em>Images</em>.</p></div>',
            '<div class="citation" id="a"><span>[a]</span>\n<p lang="en">On <em>Images</em>.</p></div>',
        ),
        ('<div class="citation" id="a"><span>[a]</span>\n<p>이미지, On Images.</p></div>', ""),
    ],
)
def test_english_is_marked_on_korean_pages_alone(given, marked):
    wanted = PAGE.format("ko", marked or given)
    assert mark_english(PAGE.format("ko", given), "ko") == mark_english(wanted, "ko") == wanted
    assert mark_english(PAGE.format("en", given), "en") == PAGE.format("en", given)
