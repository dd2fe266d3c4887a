"""What the state is made of: the environment's own, or all observations."""

import sys
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
import torch
from worlds import Walk

import quorate
from quorate.environments import ParallelBatch
from quorate.errors import QuorateError

JOINED, OWN = "observations of all agents", "state of the simulator"


cloudpickle.register_pickle_by_value(sys.modules[__name__])  # a worker process can not import a test


class Falls(Walk):
    """Its state can not be had in the step that ends an episode, or never."""

    def __init__(self, declared: str | None = None, always: bool = False) -> None:
        super().__init__(limit=2)
        self.always, self.goal = always, float("inf")
        if declared:
            self.metadata = {"name": "falls", "quorate": {"state": declared}}

    def _state(self) -> Any:
        if self.always or not self.agents:
            raise AttributeError("'NoneType' object has no attribute 'position'")
        return super()._state()


def play(env: ParallelBatch) -> Any:
    env.reset(0)
    steps = [env.step(torch.zeros(1, 2, dtype=torch.int64)) for _ in range(3)]
    env.close()
    return steps


@pytest.mark.parametrize("workers", [0, 1])
def test_joined_observations_instead_of_a_state_that_fails(workers: int) -> None:
    env = ParallelBatch(lambda: Falls(always=True), 1, tags={"state": "observations"}, workers=workers)
    assert (env.spec.state_source, env.spec.state_size, env.spec.binary_state) == (JOINED, 5, False)
    steps = play(env)
    last = steps[1].final_observation
    assert torch.equal(steps[1].final_state[0], torch.cat([last[0, 0, :2], last[0, 1]]))
    shown = steps[2].observation
    assert torch.equal(steps[2].state[0], torch.cat([shown[0, 0, :2], shown[0, 1]]))


def test_the_error_of_a_state_says_how_to_do_without() -> None:
    with pytest.raises(QuorateError, match="environment falls raised AttributeError: 'NoneType' object") as caught:
        play(ParallelBatch(Falls, 1, name="falls"))
    assert "declare `state: observations`" in str(caught.value.fix)
    assert f"step 2 of the episode; {__file__}:" in str(caught.value.where)
    with pytest.raises(QuorateError, match=r"there is a state_space, but state\(\) raised AttributeError") as caught:
        ParallelBatch(lambda: Falls(always=True), 1)
    assert "declare `state: observations`" in str(caught.value.fix)
    assert Path(__file__).name in str(caught.value.where)
    assert str(Path(quorate.__file__).parent) not in str(caught.value)


@pytest.mark.parametrize(
    ("metadata", "tag", "source"),
    [
        (None, None, OWN),
        ("observations", None, JOINED),
        ("observations", "own", OWN),
        ("own", "observations", JOINED),
        ("binary", None, OWN),
    ],
)
def test_who_declares_it(metadata: str | None, tag: str | None, source: str) -> None:
    spec = ParallelBatch(lambda: Falls(metadata), 1, tags={"state": tag} if tag else {}).spec
    assert (spec.state_source, spec.binary_state) == (source, metadata == "binary")


def test_a_word_that_declares_nothing() -> None:
    with pytest.raises(QuorateError, match="'observation' is not a valid value") as caught:
        ParallelBatch(Walk, 1, tags={"state": "observation"})
    assert caught.value.choices[0] == "observations"
