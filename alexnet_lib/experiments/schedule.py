"""Learning-rate schedules: which share of the highest rate each step of a training has.

``Recipe.make_schedulers`` hands it to PyTorch's ``LambdaLR``.
"""

from alexnet_lib.checks import check_choice

SCHEDULES = ("constant", "linear")


def rate_share(step: int, steps: int, schedule: str, warmup: float) -> float:
    """Return the share of the highest learning rate that a step has, of so many, counted from 0.

    Parameters
    ----------
    step, steps
        Which, and how many the training has.
    schedule
        What follows the rise: the highest rate to the end (``"constant"``), or a straight line down to zero
        (``"linear"``).
    warmup
        The part of the training, from 0 to 1, over which the rate rises in a straight line.
    """
    check_choice("schedule", schedule, SCHEDULES)
    rising = warmup * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    return (steps - step) / (steps - rising) if schedule == "linear" else 1.0
