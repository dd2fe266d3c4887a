"""Checks of policy inputs: every one catches what breaks it, and only that; the built-in ones pass."""

from typing import Any

import pytest
import torch
from breaking import checks, examine, examine_registered, failed, passed
from torch import Tensor

from quorate.interfaces import InputContext, InputTracker, PolicyInput, Step


class Tracker(InputTracker):
    """The sum of an agent's own observations in the episode."""

    def __init__(self, batch: int) -> None:
        self.total = torch.zeros(batch, 2, 2)

    def see(self, step: Step, observation: Tensor) -> Tensor:
        return observation

    def begin(self, step: Step) -> Tensor:
        return self.see(step, step.observation)

    def reset(self, step: Step) -> Tensor:
        self.total = self.begin(step)
        return self.total.clone()

    def observe(self, step: Step) -> tuple[Tensor, Tensor]:
        last = step.observation if step.final_observation is None else step.final_observation
        following = self.total + self.see(step, last)
        self.total = torch.where(step.ended[:, None, None], self.begin(step), following)
        return self.total.clone(), following

    def state_dict(self) -> dict[str, Any]:
        return {"total": self.total.clone()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.total = state["total"].clone()


class Sound(PolicyInput):
    tracks: type[Tracker] = Tracker

    def __init__(self, settings: object, context: InputContext) -> None:
        pass

    @property
    def size(self) -> int:
        return 2

    @property
    def description(self) -> str:
        return "the sum of the own observations"

    def tracker(self, batch: int, seed: int) -> InputTracker:
        return self.tracks(batch)

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


class Shapes(Sound):
    size = 3  # type: ignore[assignment]


class Endings(Sound):
    class tracks(Tracker):  # noqa: N801
        """What followed is of the new episode."""

        def observe(self, step: Step) -> tuple[Tensor, Tensor]:
            now, following = super().observe(step)
            return now, torch.where(step.ended[:, None, None], now, following)


class Beginnings(Sound):
    class tracks(Tracker):  # noqa: N801
        """Carries a little of the old episode over."""

        def observe(self, step: Step) -> tuple[Tensor, Tensor]:
            _, following = super().observe(step)
            self.total = self.total + 0.1 * following * step.ended[:, None, None]
            return self.total.clone(), following


class Rows(Sound):
    class tracks(Tracker):  # noqa: N801
        def see(self, step: Step, observation: Tensor) -> Tensor:
            return observation - observation.mean(0)


class State(Sound):
    class tracks(Tracker):  # noqa: N801
        """Adds the last feature of the state, in what is seen of running episodes."""

        def see(self, step: Step, observation: Tensor) -> Tensor:
            own = observation is step.observation or step.final_state is None
            state = step.state if own else step.final_state
            assert state is not None
            return observation + state[:, None, 2:]


class Own(Sound):
    class tracks(Tracker):  # noqa: N801
        def see(self, step: Step, observation: Tensor) -> Tensor:
            return observation + 0.5 * observation.flip(1)


class Resumes(Sound):
    class tracks(Tracker):  # noqa: N801
        """Forgets a bit of what it stores."""

        def state_dict(self) -> dict[str, Any]:
            return {"total": self.total.bfloat16().float() + 1e-7}


class Generator(Sound):
    class tracks(Tracker):  # noqa: N801
        def see(self, step: Step, observation: Tensor) -> Tensor:
            torch.rand(())
            return observation


BROKEN = {
    "shapes": Shapes,
    "endings": Endings,
    "beginnings": Beginnings,
    "rows": Rows,
    "state": State,
    "own": Own,
    "resumes": Resumes,
    "generator": Generator,
}


def test_every_check_has_a_breaker() -> None:
    assert [check.name for check in checks("input")] == list(BROKEN)


def test_a_sound_one_passes() -> None:
    assert passed(examine("input", Sound)) == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_only_one_check_catches(name: str) -> None:
    assert failed(examine("input", BROKEN[name])) == {name}


def test_what_is_declared_is_allowed() -> None:
    assert not failed(examine("input", State, requires={"state": True}))
    assert not failed(examine("input", Own, communicates=True))


class OthersActions(Sound):
    class tracks(Tracker):  # noqa: N801
        done = torch.zeros(())

        def told(self, actions: Tensor) -> None:
            self.done = actions.flip(1)[..., None].float()

        def observe(self, step: Step) -> tuple[Tensor, Tensor]:
            now, following = super().observe(step)
            return torch.where(step.ended[:, None, None], now, now + self.done), following + self.done


def test_what_others_do_is_not_seen() -> None:
    assert failed(examine("input", OthersActions)) == {"own"}
    assert not failed(examine("input", OthersActions, communicates=True))


@pytest.mark.parametrize("name", ["observation", "history"])
def test_built_in_ones_pass_with_actions(name: str) -> None:
    assert passed(examine_registered("input", name, actions=True)) == BROKEN.keys()


@pytest.mark.parametrize("name", ["observation", "history", "state", "exact-posterior"])
def test_built_in_ones_pass(name: str) -> None:
    findings = examine_registered("input", name)
    assert not failed(findings)
    declared = {"state", "own"} if name in ("state", "exact-posterior") else set()
    assert passed(findings) == BROKEN.keys() - declared
