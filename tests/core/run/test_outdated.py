import pytest

from quorate.errors import QuorateError
from quorate.interfaces import Algorithm
from quorate.learning.off_policy import OffPolicy
from quorate.run.outdated import acting, refuse_half_a_state


class Old:
    """As algorithms were in version 0.1."""

    def evaluate(self):
        return {}


class OldActor(Old):
    def actor(self, batch, seed):
        return None


class OldPlay(OffPolicy):
    """As subclasses of `OffPolicy` were."""

    def play(self, now, randomness):
        return now


class NewPlay(OffPolicy):
    def play(self, greedy):
        return None


def bare(kind):
    """An instance of a class that implements nothing else."""
    made = type(kind.__name__, (kind,), {"__init__": lambda self: None})
    made.__abstractmethods__ = frozenset()
    return made()


@pytest.mark.parametrize(
    ("algorithm", "words", "now"),
    [
        (Old, "since version 0.2 the run evaluates", "actor(batch, seed, greedy=None)"),
        (OldActor, "does not take `greedy`", "actor(batch, seed, greedy=None)"),
        (OldPlay, "The `play` of OldPlay does not take `greedy` alone", "`play(greedy)`, which returns a `Play`"),
    ],
)
def test_what_was_written_for_an_earlier_version_is_told_what_to_write(algorithm, words, now):
    with pytest.raises(QuorateError, match=words) as caught:
        acting(bare(algorithm))
    assert now in caught.value.fix


class Half(Algorithm):
    def acting_state(self):
        return {"mean": 1}


class OldHalf(Half):
    def evaluate_absolute(self, state, factor):
        return {}


class Both(OldHalf):
    """What an earlier version called does no harm."""

    def load_acting_state(self, state):
        return None


@pytest.mark.parametrize(("algorithm", "words"), [(Half, "they are a pair"), (OldHalf, "nothing calls `evaluate_abs")])
def test_a_state_that_is_set_aside_must_be_taken_back(algorithm, words):
    with pytest.raises(QuorateError, match=words) as caught:
        refuse_half_a_state(bare(algorithm))
    assert "Write `load_acting_state(state)`" in caught.value.fix


@pytest.mark.parametrize("algorithm", [Both, Algorithm, NewPlay])
def test_what_is_written_for_this_version_is_taken(algorithm):
    refuse_half_a_state(bare(algorithm))
    assert acting(bare(NewPlay))
