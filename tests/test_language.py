"""Words come in the language chosen, with their values filled in."""

import pytest

from alexnet_lib import language
from alexnet_lib.language import set_language, text


@pytest.mark.parametrize(("chosen", "expected"), [("ko", "에폭 3/10"), ("en", "epoch 3/10")])
def test_words_come_in_the_language_chosen(chosen, expected):
    set_language(chosen)
    assert text("training.epoch", epoch=3, epochs=10) == expected


def test_format_specifications_work():
    assert text("training.test", loss=0.123456, accuracy=81.239) == "test loss 0.1235, accuracy 81.24%"


@pytest.mark.parametrize("wrong", ["kr", "KO", "", "ko_KR.UTF-8", None])
def test_another_language_is_refused_and_the_one_in_use_stays(wrong):
    set_language("ko")
    with pytest.raises(ValueError, match='set it to "en" or "ko"') as refused:
        set_language(wrong)
    assert text("training.epoch", epoch=3, epochs=10) == "에폭 3/10"
    assert refused.value._render_traceback_() == [str(refused.value)]  # what a notebook shows: no traceback


def test_words_that_a_translation_lacks_come_in_the_first_language(monkeypatch):
    monkeypatch.setattr(language, "LANGUAGES", (*language.LANGUAGES, "xx"))
    set_language("xx")
    assert text("training.epoch", epoch=3, epochs=10) == "epoch 3/10"


def test_an_unknown_key_is_not_passed_over():
    with pytest.raises(KeyError, match="no_such_sentence"):
        text("errors.no_such_sentence")


def test_a_key_is_the_file_and_the_table(tmp_path, monkeypatch):
    (tmp_path / "text").mkdir()
    (tmp_path / "text/chapter_99.toml").write_text('[greeting]\nko = "안녕"\nen = "hello {name}"\n', "utf-8")
    monkeypatch.setattr(language, "__file__", str(tmp_path / "language.py"))
    language.catalogue.cache_clear()
    try:
        assert language.catalogue() == {"chapter_99.greeting": {"ko": "안녕", "en": "hello {name}"}}
        assert text("chapter_99.greeting", name="you") == "hello you"
    finally:
        language.catalogue.cache_clear()
