import copy
import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest
from gymnasium.utils.env_checker import data_equivalence
from native import Counter
from worlds import Forgetful, Walk

from quorate.environments import ParallelBatch, to_parallel
from quorate.errors import QuorateError


def _pickled(view: Any) -> Any:
    return pickle.loads(pickle.dumps(view))  # noqa: S301


def _cloudpickled(view: Any) -> Any:
    return pickle.loads(cloudpickle.dumps(view))  # noqa: S301


def mpe() -> Any:
    return pytest.importorskip("mpe2.simple_spread_v3").parallel_env(max_cycles=7)


def particles() -> Any:
    return to_parallel(ParallelBatch(mpe, 1))


def walking() -> Any:
    return to_parallel(ParallelBatch(Walk, 1))


def counting() -> Any:
    return to_parallel(Counter(batch=1))


def _fresh(view: Any) -> None:
    """Nothing was done yet."""


def _played(view: Any) -> None:
    view.reset(seed=5)
    for _ in range(3):
        view.step({agent: view.action_space(agent).sample() for agent in view.agents})


def _ended(view: Any) -> None:
    view.reset()
    while view.agents:
        view.step({agent: view.action_space(agent).sample() for agent in view.agents})


@pytest.mark.parametrize("when", [_fresh, lambda view: view.reset(), lambda view: view.reset(seed=5), _played, _ended])
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, _pickled, _cloudpickled])
@pytest.mark.parametrize("make", [particles, walking, counting])
def test_copies_go_on_alone_and_alike(
    make: Callable[[], Any], how: Callable[[Any], Any], when: Callable[[Any], Any]
) -> None:
    view = make()
    when(view)
    other = how(view)
    assert other._environment is not view._environment
    mine, theirs = _replay(view), _replay(other)  # one after the other: neither moves the other
    assert len(mine) > 5
    assert data_equivalence(mine, theirs)


def _replay(view: Any) -> list[Any]:
    shown: list[Any] = [view.state()]
    for step in range(20):
        if not view.agents:
            shown.append(view.reset())
        shown.append(view.step({agent: _action(view.action_space(agent), step) for agent in view.agents}))
    return shown


def _action(space: Any, step: int) -> Any:
    return step % int(space.n)


@pytest.mark.filterwarnings("ignore::UserWarning")  # its rows began anew
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, _pickled])
def test_what_does_not_show_the_same_again_is_not_copied(how: Callable[[Any], Any]) -> None:
    view = to_parallel(ParallelBatch(Forgetful, 1))
    _played(view)
    with pytest.raises(QuorateError, match="can not be copied: it does not show the same again"):
        how(view)


def test_a_closed_one_says_so() -> None:
    view = walking()
    view.close()
    with pytest.raises(QuorateError, match="is closed"):
        copy.copy(view)
