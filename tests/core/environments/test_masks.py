"""Every action mask that an environment gives is honoured, or refused by name."""

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np
import pytest
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv

from quorate.environments import ParallelBatch
from quorate.errors import QuorateError

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # a worker process can not import a test

BOX = spaces.Box(-1, 1, (2,), np.float32)
MASK = spaces.MultiBinary(3)
SEEN = np.array([0.5, -0.5], np.float32)
VALID = np.array([0, 1, 1], np.int8)


class Given(ParallelEnv):
    """Two agents of three actions, which show what they are told to; action 0 is illegal."""

    def __init__(
        self,
        space: Any = BOX,
        show: Callable[[int], Any] = lambda time: SEEN,
        info: Callable[[int], Any] = lambda time: {},
        actions: Any = None,
    ) -> None:
        self.possible_agents, self.agents = ["a", "b"], []
        self.metadata = {"name": "given"}
        self.space, self.show, self.info = space, show, info
        self.actions = spaces.Discrete(3) if actions is None else actions

    def observation_space(self, agent: str) -> Any:
        return self.space

    def action_space(self, agent: str) -> Any:
        return self.actions

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents, self.time = list(self.possible_agents), 0
        return self._each(self.show), self._each(self.info)

    def step(self, actions: Any) -> Any:
        self.time += 1
        none = dict.fromkeys(self.agents, False)
        return self._each(self.show), dict.fromkeys(self.agents, 0.0), none, none, self._each(self.info)

    def _each(self, what: Callable[[int], Any]) -> dict[str, Any]:
        return {agent: what(self.time) for agent in self.agents}


def masks(steps: int = 3, **given: Any) -> list[Any]:
    """The first agent's masks."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = ParallelBatch(lambda: Given(**given), 1, name="acme/given-v1")
    shown = [env.reset(0), *(env.step(torch.ones(1, 2, dtype=torch.int64)) for _ in range(steps - 1))]
    return [None if step.action_mask is None else step.action_mask[0, 0].tolist() for step in shown]


def refused(**given: Any) -> str:
    with pytest.raises(QuorateError, match=r"environment acme/given-v1.* action[_ ]mask") as caught:
        masks(**given)
    return str(caught.value)


PAIR = {"space": spaces.Dict(observation=BOX, action_mask=MASK)}
HONOURED = [False, True, True]


def test_a_mask_beside_further_keys_is_honoured_and_is_no_feature() -> None:
    further = spaces.Dict(observation=BOX, action_mask=MASK, speed=spaces.Box(-9, 9, (1,), np.float32))
    show = lambda time: {"observation": SEEN, "action_mask": VALID, "speed": np.array([7.0], np.float32)}  # noqa: E731
    assert masks(space=further, show=show) == [HONOURED] * 3
    env = ParallelBatch(lambda: Given(further, show), 1)
    assert env.spec.observation_sizes == (3, 3)
    assert env.reset(0).observation[0, 0].tolist() == [0.5, -0.5, 7.0]


def test_a_mask_beside_an_observation_of_another_name() -> None:
    space = spaces.Dict(action_mask=MASK, features=BOX)
    assert masks(space=space, show=lambda time: {"features": SEEN, "action_mask": VALID}) == [HONOURED] * 3


@pytest.mark.parametrize("mask", [VALID, VALID.astype(bool), VALID.astype(float), [0, 1, 1], (False, True, True)])
def test_masks_of_every_type(mask: Any) -> None:
    assert masks(**PAIR, show=lambda time: {"observation": SEEN, "action_mask": mask}) == [HONOURED] * 3
    assert masks(info=lambda time: {"action_mask": mask}) == [HONOURED] * 3


def test_a_mask_that_is_left_out_of_an_info_allows_everything() -> None:
    assert masks(info=lambda time: {"action_mask": VALID} if time != 1 else {}) == [HONOURED, [True] * 3, HONOURED]
    assert masks(info=lambda time: {"action_mask": VALID if time != 1 else None})[1] == [True] * 3


def test_some_agents_only() -> None:
    class Some(Given):
        def _each(self, what: Any) -> dict[str, Any]:
            return {"a": what(0), "b": {} if what is self.info else what(0)}

    env = ParallelBatch(lambda: Some(info=lambda time: {"action_mask": VALID}), 1)
    mask = env.reset(0).action_mask
    assert mask is not None
    assert mask[0].tolist() == [HONOURED, [True] * 3]


def test_the_same_mask_twice() -> None:
    show = lambda time: {"observation": SEEN, "action_mask": VALID}  # noqa: E731
    assert masks(**PAIR, show=show, info=lambda time: {"action_mask": VALID.tolist()}) == [HONOURED] * 3
    assert "not that of the info" in refused(**PAIR, show=show, info=lambda time: {"action_mask": 1 - VALID})


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ([0, 1], r"shape of the action mask is (2,), but there are 3 actions"),
        (np.ones((1, 3)), r"shape of the action mask is (1, 3), but there are 3 actions"),
        (1, "shape of the action mask is (), but there are 3 actions"),
        ([0, 0, 0], "leaves no valid action"),
        ([0.0, 0.5, 1.0], "holds 0.5, but must hold 0 and 1"),
        ([-np.inf, 0.0, 0.0], "holds -inf, but must hold 0 and 1"),  # added to logits: 0 would be a valid action
        ([np.nan, 1.0, 1.0], "holds nan, but must hold 0 and 1"),
        ([0, 1, 2], "holds 2, but must hold 0 and 1"),
        (["0", "1", "1"], "must hold 0 and 1"),
        (([0, 1], [0, 1, 1]), "is a tuple of 2, which is no array"),
    ],
)
def test_masks_that_are_none(mask: Any, words: str) -> None:
    assert words in refused(info=lambda time: {"action_mask": mask})
    assert words in refused(**PAIR, show=lambda time: {"observation": SEEN, "action_mask": mask})


def test_a_mask_that_comes_later() -> None:
    text = refused(info=lambda time: {"action_mask": VALID} if time == 2 else {})
    assert "came after a first reset() without one" in text
    assert "step 2 of the episode, agent a" in text


def test_a_declared_mask_that_is_missing() -> None:
    assert "holds no action_mask, which its space declares" in refused(**PAIR, show=lambda time: {"observation": SEEN})
    none = {"observation": SEEN, "action_mask": None}
    assert "the action_mask of the observation is None" in refused(**PAIR, show=lambda time: none)


def test_a_mask_that_is_not_declared() -> None:
    space = spaces.Dict(observation=BOX)
    assert "that its space does not declare" in refused(
        space=space, show=lambda time: {"observation": SEEN, "action_mask": VALID}
    )


@pytest.mark.parametrize(
    ("space", "show", "place"),
    [
        (
            spaces.Dict(observation=spaces.Dict(place=BOX, action_mask=MASK)),
            {"observation": {"place": SEEN, "action_mask": VALID}},
            "observation.action_mask",
        ),
        (
            spaces.Tuple((BOX, spaces.Dict(action_mask=MASK))),
            (SEEN, {"action_mask": VALID}),
            "1.action_mask",
        ),
    ],
)
def test_a_mask_deep_inside(space: Any, show: Any, place: str) -> None:
    assert f"agent 'a' is at {place}, where it is not found" in refused(space=space, show=lambda time: show)


def test_a_mask_and_nothing_else() -> None:
    space = spaces.Dict(action_mask=MASK)
    assert "observes nothing but its action mask" in refused(space=space, show=lambda time: {"action_mask": VALID})


def test_masks_of_continuous_actions() -> None:
    box = {"actions": BOX}
    assert "are continuous" in refused(**box, info=lambda time: {"action_mask": VALID})
    assert "are continuous" in refused(**box, **PAIR, show=lambda time: {"observation": SEEN, "action_mask": VALID})


def test_masks_of_several_choices_are_of_the_joint_ones() -> None:
    actions = spaces.MultiDiscrete([2, 2])
    assert masks(actions=actions, info=lambda time: {"action_mask": [0, 1, 1, 1]})[0] == [False, True, True, True]
    text = refused(actions=actions, info=lambda time: {"action_mask": ([0, 1], [1, 1])})
    assert "shape of the action mask is (2, 2), but there are 4 actions" in text


@pytest.mark.parametrize("name", ["action_mask", "action_masks"])
def test_masks_in_attributes(name: str) -> None:
    def make(**given: Any) -> Any:
        kind = type("Attributed", (Given,), {name: lambda self, agent: VALID})
        return kind(**given)

    with pytest.raises(QuorateError, match=f"in the attribute '{name}', where they are not found"):
        ParallelBatch(make, 1)
    ParallelBatch(functools.partial(make, info=lambda time: {"action_mask": VALID}), 1)  # a helper of what is used


def test_methods_that_are_called_like_masks_are_told() -> None:
    class Asked(Given):
        def get_avail_actions(self) -> Any:
            return VALID

    with pytest.warns(UserWarning, match="like an action mask: the attribute 'get_avail_actions'"):
        ParallelBatch(Asked, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ParallelBatch(lambda: Asked(info=lambda time: {"action_mask": VALID}), 1)


@pytest.mark.parametrize("name", ["action_mask", "action_masks", "legal_moves"])
def test_masks_beside_the_agents(name: str) -> None:
    class Beside(Given):
        def reset(self, seed: int | None = None, options: Any = None) -> Any:
            observations, infos = super().reset(seed, options)
            return observations, {**infos, name: {"a": VALID, "b": VALID}}

    with pytest.raises(QuorateError, match=rf"infos\['{name}'\], where they are not found"):
        ParallelBatch(Beside, 1).reset(0)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"info": lambda time: {"legal_moves": [1, 2]}}, r"infos\[agent\]\['legal_moves'\] \(agent 'a'\)"),
        ({"info": lambda time: {"mask": [0, 1, 1]}}, r"infos\[agent\]\['mask'\]"),
        ({"info": lambda time: {"actionMask": [0, 1, 1]}}, r"infos\[agent\]\['actionMask'\]"),
        ({"info": lambda time: {"more": {"action_mask": VALID}}}, r"infos\[agent\]\['more'\]\['action_mask'\]"),
        ({"info": lambda time: {"legal": VALID}}, r"infos\[agent\]\['legal'\]"),
        ({"space": spaces.Tuple((BOX, MASK)), "show": lambda time: (SEEN, VALID)}, "the observation's 1"),
        (
            {
                "space": spaces.Dict(observation=BOX, avail_actions=MASK),
                "show": lambda time: {"observation": SEEN, "avail_actions": VALID},
            },
            "the observation's avail_actions",
        ),
    ],
)
def test_what_is_called_like_a_mask_is_told(given: Any, place: str) -> None:
    with pytest.warns(UserWarning, match=f"given has what is called like an action mask: {place}"):
        ParallelBatch(lambda: Given(**given), 1)


def test_what_is_not_called_like_one_is_not() -> None:
    assert masks(info=lambda time: {"mask": [1, 2], "moves": 3, "valid": True}) == [None] * 3
    assert masks(info=lambda time: {"action_mask": VALID, "legal_moves": [1, 2]}) == [HONOURED] * 3


def test_in_a_worker_process() -> None:
    with pytest.raises(QuorateError, match="holds 2, but must hold 0 and 1") as caught:
        ParallelBatch(lambda: Given(info=lambda time: {"action_mask": [0, 1, 2]}), 1, workers=1).reset(0)
    assert "agent a" in str(caught.value.where)
