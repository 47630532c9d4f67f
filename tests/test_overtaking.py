"""When one training overtakes another, in histories written by hand."""

from alexnet_lib.experiments.ladder import elapsed, overtaking


def history(accuracies, seconds):
    seconds = seconds if isinstance(seconds, list) else [seconds] * len(accuracies)
    rows = enumerate(zip(accuracies, seconds, strict=True), start=1)
    return [{"epoch": epoch, "val_accuracy": value, "seconds": time} for epoch, (value, time) in rows]


def test_the_first_epoch_beyond_the_others_best_counts():
    assert overtaking(history([0.5, 0.7, 0.76, 0.8], 10), history([0.4, 0.75, 0.74], 50)) == 3


def test_to_pass_the_others_last_value_is_not_enough():
    """The other has fallen back from its best; who is held against its end overtakes too early."""
    mine, other = history([0.71, 0.73, 0.76], 10), history([0.6, 0.75, 0.70], 10)
    assert overtaking(mine, other) == 3
    against_the_end = next(row["epoch"] for row in mine if row["val_accuracy"] > 0.70)
    assert against_the_end == 1


def test_to_draw_level_is_not_to_overtake():
    assert overtaking(history([0.5, 0.75], 10), history([0.75, 0.6], 10)) is None
    assert overtaking(history([0.5, 0.7501], 10), history([0.75, 0.6], 10)) == 2


def test_a_lead_that_is_lost_again_still_counts_from_its_first_epoch():
    assert overtaking(history([0.8, 0.7, 0.9], 10), history([0.75], 5)) == 1


def test_the_time_is_that_of_all_epochs_so_far_the_overtaking_one_included():
    assert elapsed(history([0.1, 0.2, 0.3], [5, 7, 11])) == [5, 12, 23]
