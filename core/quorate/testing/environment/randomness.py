"""Seeds, and that rows do not know of each other."""

import random
from functools import lru_cache

import numpy as np
import torch

from quorate.global_generators import kept_global_generators
from quorate.testing.environment.compare import at, difference
from quorate.testing.environment.play import Play, opened, play, standard_play
from quorate.testing.framework import CheckSkippedError, Subject, expect

_SEED, _OTHER = 0, 12
"""Of the play that all checks share, and of another."""
_OTHERS = "rows that show the same bits whatever the first row does"


def seed(subject: Subject) -> None:
    """The same seed and actions give the same bits in another environment, also in one that was used before.

    In between, other code draws from the global generators of PyTorch, NumPy and Python; that must not matter.
    """
    once = standard_play(subject)
    with opened(subject) as environment, kept_global_generators():
        play(environment, _OTHER, 3)
        again = play(environment, _SEED, between=lambda: (torch.rand(1), np.random.rand(), random.random()))
    _expect_same(once, again, f"the same bits in a second environment, with the same seed {_SEED}")


def _expect_same(one: Play, two: Play, wanted: str, times: slice = slice(None), rows: slice = slice(None)) -> None:
    for time, (ours, theirs) in list(enumerate(zip(one.steps, two.steps, strict=True)))[times]:
        found = difference(ours, theirs, rows)
        expect(found is None, wanted, f"in {at(time)}, {found}")


def other_seeds(subject: Subject) -> None:
    """Another seed gives something else, where there is any chance in the environment at all.

    There is where rows differ from each other under the same actions, or an episode from the one before.
    """
    with opened(subject) as environment:
        one, two = standard_play(subject), play(environment, _OTHER)
        resets = [environment.reset() for _ in range(3)]
    if any(difference(*both) for both in zip(one.steps, two.steps, strict=True)):
        return
    rows = {tuple(row.tolist()) for step in (one.steps[0], *resets) for row in step.observation.flatten(1)}
    expect(len(rows) == 1, f"other steps with the seeds {_SEED} and {_OTHER}", "the same bits in every step")
    raise CheckSkippedError("every episode is the same: there is no chance in it")


def rows(subject: Subject) -> None:
    """Until the first row ends an episode, its actions change nothing in the other rows."""
    one, two = _two_plays(subject)
    last = _parting(one, two)
    _expect_same(one, two, _OTHERS, slice(last), slice(1, None))
    if all(difference(*both) is None for both in zip(one.steps[:last], two.steps[:last], strict=True)):
        raise CheckSkippedError("the first row showed the same whatever it did")


def row_resets(subject: Subject) -> None:
    """That the first row ends an episode earlier or later changes nothing in the other rows.

    An environment that draws random numbers only for rows that begin anew, from a generator that all rows share,
    makes what the others draw next depend on it. Draw for all rows, or give each row a generator of its own.
    """
    one, two = _two_plays(subject)
    last = _parting(one, two)
    if last >= len(one.steps):
        raise CheckSkippedError("the first row ended its episodes at the same steps whatever it did")
    _expect_same(one, two, _OTHERS, slice(last, None), slice(1, None))


@lru_cache(maxsize=1)
def _two_plays(subject: Subject) -> tuple[Play, Play]:
    with opened(subject) as environment:
        return standard_play(subject), play(environment, _SEED, first_row=5)


def _parting(one: Play, two: Play) -> int:
    """The first step in which the first row ends an episode in one play and not in the other."""
    together = zip(one.steps, two.steps, strict=True)
    ended = (time for time, (ours, theirs) in enumerate(together) if bool(ours.ended[0]) != bool(theirs.ended[0]))
    return next(ended, len(one.steps))
