"""An error is one sentence in the reader's language, and no traceback in a notebook."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from alexnet_lib.language import BookError, TrainingInterrupted, set_language

SENTENCE = "k is 0; give a value from 1 to the number of classes, 10."


def test_an_error_is_its_sentence_in_the_language_in_use():
    assert str(BookError("top_k", k=0, classes=10)).startswith("k is 0;")
    set_language("ko")
    assert str(BookError("top_k", k=0, classes=10)).startswith("k의 값이 0입니다.")


def test_an_error_keeps_its_name_and_the_language_it_was_raised_in():
    error = BookError("top_k", k=0, classes=10)
    set_language("ko")
    assert error.name == "top_k"
    assert str(error).startswith("k is 0;")


def test_an_interruption_is_caught_like_ctrl_c_and_not_like_an_error():
    """``except Exception`` around a cell would swallow the stop button."""
    with pytest.raises(KeyboardInterrupt, match="after epoch 2") as caught:
        raise TrainingInterrupted("interrupted", epoch=2, output=None)
    assert not isinstance(caught.value, Exception)
    assert caught.value._render_traceback_() == [str(caught.value)]


@pytest.mark.parametrize(
    ("raised", "shown"),
    [
        ('BookError("top_k", k=0, classes=10)', SENTENCE + "\n"),
        ("ValueError('k is 0')", "Traceback"),
    ],
)
def test_a_notebook_shows_the_sentence_in_place_of_a_traceback(capsys, raised, shown):
    shell = InteractiveShell()
    shell.run_cell(f"from alexnet_lib.language import BookError\nraise {raised}")
    printed = capsys.readouterr().out
    assert (printed == shown) if shown.endswith("\n") else (shown in printed)
