"""Options that several commands have."""

import math
from typing import Any

import click
from typing_extensions import override


class Seconds(click.FloatRange):
    """A time to wait, which ends: neither nothing, nor NaN or infinity, which click lets pass."""

    def __init__(self) -> None:
        super().__init__(0, 1e6, min_open=True)

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        return self.fail(f"{value} is no number of seconds.", param, ctx) if math.isnan(seconds) else seconds


quiet_option = click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
checkpoint_option = click.option(
    "--checkpoint", metavar="STEP", type=int, help="The training step; default: the latest."
)
greedy_option = click.option(
    "--greedy/--sample", default=None, help="Best actions, or samples; default: as the run evaluates."
)
policy_option = click.option(
    "--checkpoint", metavar="STEP", type=int, help="The training step; default: the best policy if kept."
)
