"""Environment steps per second of the batched simple_spread, as a multiple of mpe2's own, on one thread.

mpe2 steps one environment at a time, so that its speed does not depend on how many there are: one copy is timed. The
work is a whole episode of 25 steps, with the reset that follows, of given random actions (mpe2's box).
Usage: python benchmarks/mpe_steps.py [--quick] [--strict]
"""

import argparse
import sys

import harness
import torch
from mpe2 import simple_spread_v3

from quorate_mpe.environment import SimpleSpread
from quorate_mpe.settings import SimpleSpreadSettings

TARGETS = {20: 10.0, 512: 60.0}
"""The least multiple of mpe2's steps per second, by number of environments."""
AGENTS, STEPS = 3, 25


def batched(batch: int) -> harness.Work:
    """An episode of a batch of our environments."""
    environment = SimpleSpread(SimpleSpreadSettings(agents=AGENTS, horizon=STEPS), batch=batch)
    environment.reset(0)
    actions = torch.rand(STEPS, batch, AGENTS, 5, generator=torch.Generator().manual_seed(0))

    def work() -> None:
        for chosen in actions:
            environment.step(chosen)

    return work


def oracle() -> harness.Work:
    """An episode of one environment of mpe2."""
    environment = simple_spread_v3.parallel_env(N=AGENTS, max_cycles=STEPS, continuous_actions=True)
    environment.reset(seed=0)
    drawn = torch.rand(STEPS, AGENTS, 5, generator=torch.Generator().manual_seed(0)).numpy()
    actions = [dict(zip(environment.possible_agents, chosen, strict=True)) for chosen in drawn]

    def work() -> None:
        for chosen in actions:
            environment.step(chosen)
        environment.reset()

    return work


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=21, help="measurements of each (%(default)s)")
    parser.add_argument("--batches", type=int, nargs="+", default=[20, 128, 512], help="environments (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    given = parser.parse_args()
    given.repeats = min(given.repeats, 3) if given.quick else given.repeats
    return given


def main() -> int:
    options = arguments()
    torch.set_num_threads(1)
    print(f"{harness.processor()}; 1 thread; torch {torch.__version__}; {options.repeats} repeats, interleaved")
    works = {"mpe2": oracle()} | {str(batch): batched(batch) for batch in options.batches}
    times = harness.interleave(works, options.repeats)
    single, missed = times.pop("mpe2"), 0
    print(f"mpe2: {STEPS / single.least:.0f} steps/s ({STEPS / single.median:.0f} at the median)\n")
    print(f"{'environments':>12}{'us a step':>11}{'median':>8}{'steps/s':>10}{'multiple':>10}  pairs")
    for batch in options.batches:
        ours = times[str(batch)]
        multiple = batch * single.least / ours.least
        missed += multiple < TARGETS.get(batch, 0)
        print(
            f"{batch:12}{1e6 * ours.least / STEPS:11.0f}{1e6 * ours.median / STEPS:8.0f}"
            f"{batch * STEPS / ours.least:10.0f}{multiple:10.1f}"
            f"  {harness.spread([batch * ratio for ratio in single.over(ours)])}"
            f"{f'  (target {TARGETS[batch]:g})' if batch in TARGETS else ''}",
            flush=True,
        )
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
