"""Options that several commands have."""

import click

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
