"""The table of the benchmark, held against its goals."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """A value of the result, how it is written, and between what it should lie."""

    what: str
    group: str
    name: str
    form: str
    least: float = -math.inf
    most: float = math.inf

    def line(self, result: dict[str, Any]) -> str:
        """Return one line of the table."""
        value = result[self.group][self.name]
        bound = self.least if self.most == math.inf else self.most
        words = f"{self.form.format(bound)} or {'more' if bound == self.least else 'less'}"
        verdict = "met" if self.least <= value <= self.most else "MISSED"
        return f"{self.what:36}{self.form.format(value):>12}   goal: {words:20} {verdict}"


GOALS = (
    Goal("input pipeline against the post's", "input_pipeline", "ratio", "{:.1f} times", least=20),
    Goal("training in float32", "training_float32", "ratio", "{:.2f} times", least=0.97),
    Goal("time spent waiting for data", "data_share", "ours", "{:.2%}", most=0.03),
    Goal("arithmetic, of a matrix product's", "flops", "share", "{:.0%}", least=0.60),
)


SHORT = Goal("training in the fast format", "training", "ratio", "{:.2f} times", least=2)


def table(result: dict[str, Any]) -> str:
    """Return the benchmark as text: a line a goal, then what no goal is set for."""
    goals = GOALS if result["dtype"] == "float32" else (*GOALS[:2], SHORT, *GOALS[2:])
    pipeline, training, flops = (result[group] for group in ("input_pipeline", "training", "flops"))
    return "\n".join([
        f"{result['device']}, {result['dtype']}, {result['memory_format']}",
        *(goal.line(result) for goal in goals),
        f"images/s from the pipeline: {pipeline['ours']:,.0f}; the post's: {pipeline['seed_workers_0']:,.0f} "
        f"without workers, {pipeline['seed_workers_2']:,.0f} with two",
        f"images/s in training: {training['ours']:,.1f}; the post's: {training['seed']:,.1f}",
        # A step that takes nine times as long as its batch waits a tenth of the time.
        f"waiting would be a tenth of the time at {pipeline['ours'] / 10:,.0f} images/s in training",
        f"FLOP/s: {flops['achieved']:.3g}; of a matrix product: {flops['peak']:.3g}",
        f"peak memory: {result['peak_memory_bytes'] / 2**20:,.0f} MiB",
    ])
