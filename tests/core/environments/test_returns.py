"""An environment that returns something else is told what came and what must come, and no line of ours is blamed."""

import sys
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
import torch
from worlds import Drifters, Walk

import quorate
from quorate.environments import ParallelBatch
from quorate.environments.returns import flag, number
from quorate.environments.spaces import SpaceError
from quorate.errors import QuorateError

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # a worker process can not import a test

OURS = str(Path(quorate.__file__).parent)
NAMES = ("observations", "rewards", "terminations", "truncations", "infos")


class Altered(Walk):
    """What its second step or reset returns is changed."""

    def __init__(self, step: Any = None, reset: Any = None) -> None:
        super().__init__(sizes=(2, 2), limit=50)
        self.change = {"step": step, "reset": reset}
        self.resets = 0

    def step(self, actions: dict[str, Any]) -> Any:
        result = super().step(actions)
        return self.change["step"](self, *result) if self.change["step"] and self.time == 2 else result

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        result = super().reset(seed, options)
        self.resets += 1
        return self.change["reset"](self, *result) if self.change["reset"] and self.resets == 2 else result


def play(make: Callable[[], Any], workers: int) -> None:
    env = ParallelBatch(make, 1, name="acme/odd-v1", workers=workers)
    env.reset(0)
    for _ in range(3):
        env.step(torch.zeros(1, 2, dtype=torch.int64))


def told(make: Callable[[], Any], workers: int = 0) -> QuorateError:
    with pytest.raises(QuorateError) as caught:
        play(make, workers)
    assert "environment acme/odd-v1" in caught.value.problem
    assert "row 0" in str(caught.value.where)
    assert OURS not in str(caught.value)
    return caught.value


def swapped(index: int, value: Any) -> Callable[..., Any]:
    return lambda env, *parts: (*parts[:index], value, *parts[index + 1 :])


def given(index: int, value: Any) -> Callable[..., Any]:
    """One agent's entry of one of the dicts."""

    def change(env: Any, *parts: Any) -> Any:
        parts[index]["walker_1"] = value
        return parts

    return change


def without(index: int) -> Callable[..., Any]:
    def change(env: Any, *parts: Any) -> Any:
        del parts[index]["walker_1"]
        return parts

    return change


def agents(value: Any) -> Callable[..., Any]:
    def change(env: Any, *parts: Any) -> Any:
        env.agents = value
        return parts

    return change


ALL = ", ".join(NAMES)
STEPS = {
    "four things": (lambda env, *parts: parts[:4], f"step() returned a tuple of 4, but must return 5 dicts: {ALL}"),
    "none": (lambda env, *parts: None, "step() returned None, but must return 5 dicts"),
    "a dict": (lambda env, *parts: {}, "step() returned a dict of 0, but must return 5 dicts"),
    **{
        f"a list of {name}": (swapped(index, [1, 2]), f"the {name} that step() returned are a list of 2, but must be")
        for index, name in enumerate(NAMES)
    },
    "no rewards": (swapped(1, None), "the rewards that step() returned are None, but must be a dict"),
    "a vector reward": (given(1, np.ones(3)), "the reward is an array of the shape (3,) and type float64, but must be"),
    "a list as reward": (given(1, [1.0, 2.0]), "the reward is a list of 2, but must be one number"),
    "no reward": (given(1, None), "the reward is None, but must be one number"),
    "text as reward": (given(1, "1.0"), "the reward is '1.0', but must be one number"),
    "a dict as reward": (given(1, {"a": 1}), "the reward is a dict of 1, but must be one number"),
    "a complex reward": (given(1, 1j), "the reward is 1j, but must be one number"),
    "a huge reward": (given(1, 1e300), "the reward is 1e+300, beyond float32"),
    "a huge integer": (given(1, 10**400), "the reward is infinite"),
    "rewards with a huge sum": (
        lambda env, *parts: (parts[0], dict.fromkeys(parts[1], 3e38), *parts[2:]),
        "the team's reward is 6e+38, beyond float32",
    ),
    "no termination": (given(2, None), "the termination is None, but must be true or false"),
    "terminations of parts": (given(2, np.array([True, False])), "the termination is an array of the shape (2,)"),
    "text as truncation": (given(3, "False"), "the truncation is 'False', but must be true or false"),
    "an uncertain truncation": (given(3, float("nan")), "the truncation is nan, but must be true or false"),
    "a termination left out": (without(2), "the environment gave no termination"),
    "a truncation left out": (without(3), "the environment gave no truncation"),
    "an agent in rewards": (
        lambda env, *parts: (parts[0], {**parts[1], "x": 0.0}, *parts[2:]),
        "agent 'x' is not one of",
    ),
    "ends of all": (swapped(2, {"__all__": False}), "agent '__all__' is not one of possible_agents"),
    "no info": (given(4, None), "the info is None, but must be a dict"),
    "no agents": (agents(None), "env.agents is None, but must be a list"),
    "agents as text": (agents("walker_0"), "env.agents is 'walker_0', but must be a list"),
    "lists of agents": (agents([["walker_0"]]), "agent ['walker_0'] is not one of possible_agents"),
    "no observation": (given(0, None), "not as declared: the value is None, but (2,) is declared"),
    "text observed": (given(0, np.array(["1", "2"])), "not as declared: the type is <U1, which are no numbers"),
    "objects observed": (given(0, [None, 1.0]), "not as declared: the type is object, which are no numbers"),
    "complex observed": (given(0, np.ones(2) * 1j), "not as declared: the type is complex128, which are no numbers"),
    "ragged observed": (given(0, [[1.0], [1.0, 2.0]]), "not as declared: the value is a list of 2, which is no array"),
    "a dict observed": (given(0, {"x": 1}), "not as declared: the value is {'x': 1}, but (2,) is declared"),
    "a batch observed": (given(0, np.ones((1, 2))), "not as declared: the shape is (1, 2), but (2,) is declared"),
    "too much observed": (given(0, np.array([1e300, 0])), "the observation holds a value that is infinite"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", STEPS)
def test_what_a_step_returns(case: str) -> None:
    step, words = STEPS[case]
    error = told(lambda: Altered(step))
    assert words in error.problem
    assert "step 2 of the episode" in str(error.where)


RESETS = {
    "observations only": (lambda env, *parts: parts[0], "reset() returned a dict of 2, but must return 2 dicts"),
    "none": (lambda env, *parts: None, "reset() returned None, but must return 2 dicts: observations, infos"),
    "three things": (lambda env, *parts: (*parts, {}), "reset() returned a tuple of 3"),
    "a list": (swapped(0, [1, 2]), "the observations that reset() returned are a list of 2"),
    "no infos": (swapped(1, None), "the infos that reset() returned are None"),
    "no observation": (without(0), "the environment gave no observation"),
    "an agent more": (swapped(0, {"x": 0}), "agent 'x' is not one of possible_agents"),
    "no agents": (agents([]), "no agent is there after reset"),
}


@pytest.mark.parametrize("case", RESETS)
def test_what_a_reset_returns(case: str) -> None:
    reset, words = RESETS[case]
    assert words in told(lambda: Altered(reset=reset)).problem


def test_the_first_reset_of_all() -> None:
    class Old(Walk):
        def reset(self, seed: int | None = None, options: Any = None) -> Any:
            return super().reset(seed, options)[0]

    error = told(Old)
    assert "reset() returned a dict of 2, but must return 2 dicts: observations, infos" in error.problem
    assert "while it is made" in str(error.where)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("possible_agents", "abc", "env.possible_agents is 'abc', but must be a list"),
        ("possible_agents", {"a", "b"}, "env.possible_agents is a set of 2, but must be a list"),
        ("possible_agents", 3, "env.possible_agents is 3, but must be a list"),
        ("metadata", ["walk"], "env.metadata is a list of 1, but must be a dict"),
        ("metadata", {"quorate": "sum"}, "env.metadata[\"quorate\"] is 'sum', but must be a dict"),
        ("observation_space", lambda agent: None, "an observation space is None, but must be a Space of Gymnasium"),
        ("close", None, "is no ParallelEnv: it has no close()"),
        ("state", lambda: [[1], [1, 2]], "the state is not as declared: the value is a list of 2, which is no array"),
        ("state", np.zeros(4), "there is a state_space, but state() raised TypeError"),
    ],
)
def test_what_an_environment_has(name: str, value: Any, words: str) -> None:
    def make() -> Any:
        env = Walk()
        setattr(env, name, value)
        return env

    assert words in told(make).problem


def test_in_a_worker_process() -> None:
    assert "step() returned a tuple of 4" in told(lambda: Altered(STEPS["four things"][0]), workers=1).problem


def test_an_error_of_the_environment_names_its_own_line() -> None:
    def fail(env: Any, *parts: Any) -> Any:
        raise ZeroDivisionError

    error = told(lambda: Altered(fail))
    assert error.problem.endswith("raised ZeroDivisionError")
    assert f"{Path(__file__).name}:" in str(error.where)


@pytest.mark.parametrize(
    "value", [1.5, np.float16(1.5), np.array([1.5]), np.array(1.5), torch.tensor(1.5), Fraction(3, 2)]
)
def test_one_number(value: Any) -> None:
    assert number(value, "reward") == 1.5
    assert (number(True, "reward"), number(np.bool_(True), "reward"), number(np.int8(-3), "reward")) == (1, 1, -3)


def test_flags() -> None:
    for value in (True, 1, 1.0, np.bool_(True), np.array([True]), torch.tensor(True)):
        assert flag(value, "end") is True
        assert flag(value * 0 if value is not True else False, "end") is False
    for wrong in (2, 0.5, [], "True", None, {}):
        with pytest.raises(SpaceError, match="must be true or false"):
            flag(wrong, "end")


class Bequests(Drifters):
    """Agent a, who left after two steps, is paid in the third."""

    def step(self, actions):
        observations, rewards, *rest = super().step(actions)
        return observations, {**rewards, "a": self.bequest if self.time == 3 else rewards.get("a", 0)}, *rest


@pytest.mark.parametrize(("bequest", "rule", "told"), [(5, "sum", 1), (0, "sum", 0), (1, "shared", 0)])
def test_rewards_of_who_does_not_act_are_told(bequest, rule, told):
    Bequests.bequest = bequest
    env = ParallelBatch(Bequests, 1, name="bequests", tags={"reward": rule})
    env.reset(seed=0)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        rewards = [float(env.step(torch.zeros(1, 3, 4)).reward[0]) for _ in range(4)]
    assert rewards == ([3, 3, 2, 1] if rule == "sum" else [1, 1, 1, 1])
    said = [str(one.message) for one in found if "did not act" in str(one.message)]
    assert len(said) == told
    assert all("rewards agent 'a' with 5" in text for text in said)
