"""Playing a planned policy in a batch of environments."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.conventions import EvaluationActions
from quorate.errors import QuorateError
from quorate.interfaces import Actor, Step
from quorate_information_sharing.planning.joint_policy import JointPolicy
from quorate_information_sharing.posg import TabularPOSG


class PlannedActor(Actor):
    """Plays by tables, from what agents observe, one-hot.

    Args:
        policy: what was planned.
        game: that it was planned in.
        batch: B.
        device: of the tensors.
    """

    actions = EvaluationActions.SAMPLED

    def __init__(self, policy: JointPolicy, game: TabularPOSG, batch: int, device: torch.device) -> None:
        tables = {name: table.to(device) for name, table in policy.state_dict().items()}
        self._tables, self._batch, self._game = tables, batch, game
        self._sizes = tables["sizes"].tolist()
        self._seats = [
            _strides([len(own) for own in names], device) for names in (game.observations[1:], game.actions[1:])
        ]
        self._others = torch.tensor([len(own) for own in game.actions[1:]], device=device)
        self._node = self._first = self._second = torch.zeros(batch, dtype=torch.int64, device=device)
        self._taken = torch.zeros(2, batch, dtype=torch.int64, device=device)
        self._step = torch.zeros(batch, dtype=torch.int64, device=device)

    @override
    def reset(self, step: Step) -> None:
        self._begin(step, torch.ones_like(self._node, dtype=torch.bool))

    @torch.no_grad()
    @override
    def act(self, generator: torch.Generator) -> Tensor:
        if (self._step >= self._game.horizon).any():  # no node says what to do then
            problem = f"This plan is for episodes of {self._game.horizon} steps, and this one goes on."
            raise QuorateError(problem, where="environment.horizon", fix="Plan for as many steps as are to be played.")
        pair = torch.multinomial(self._tables["weight"][self._node], 1, generator=generator)[:, 0]
        rules = [
            self._tables[name][self._node, pair, kind]
            for name, kind in (("first_rule", self._first), ("second_rule", self._second))
        ]
        self._taken = torch.stack([torch.multinomial(rule, 1, generator=generator)[:, 0] for rule in rules])
        others = self._taken[1][:, None] // self._seats[1] % self._others
        return torch.cat([self._taken[0][:, None], others], 1)

    @override
    def observe(self, step: Step) -> None:
        one, other = self._seen(step.observation)
        told = self._tables["first_tells"][self._first, one], self._tables["second_tells"][self._second, other]
        self._node = self._tables["following"][self._node, self._common(told, self._taken)].clamp(min=0)
        self._first = self._tables["first_kind"][self._first, one]
        self._second = self._tables["second_kind"][self._second, other]
        self._step = self._step + 1
        self._begin(step, step.ended)

    def _begin(self, step: Step, rows: Tensor) -> None:
        """Episodes begin in some rows."""
        one, other = self._seen(step.observation)
        told = self._tables["first_tells"][0, one], self._tables["second_tells"][0, other]
        begun = self._tables["begin"][self._common(told, torch.zeros_like(self._taken))].clamp(min=0)
        self._step = torch.where(rows, 0, self._step)
        self._node = torch.where(rows, begun, self._node)
        self._first = torch.where(rows, self._tables["first_start"][one], self._first)
        self._second = torch.where(rows, self._tables["second_start"][other], self._second)

    def _seen(self, observation: Tensor) -> tuple[Tensor, Tensor]:
        """[B] what the first agent observes, and what all others do together; nothing is 0."""
        seen = observation.argmax(-1)
        return seen[:, 0], (seen[:, 1:] * self._seats[0]).sum(1)

    def _common(self, told: tuple[Tensor, Tensor], taken: Tensor) -> Tensor:
        z: Tensor = told[0] * self._sizes[1] + told[1]
        for size, action in zip(self._sizes[2:], taken, strict=True):
            z = z * size + (action if size > 1 else 0)
        return z


def check_playable(game: TabularPOSG, observation_sizes: tuple[int, ...], name: str) -> None:
    """Refuse to play where observations are not the game's, one-hot.

    Raises:
        QuorateError: they are not.
    """
    if observation_sizes != tuple(map(len, game.observations)):
        problem = f"{name} does not show the observations of its tables, one-hot, which a planned policy acts by."
        raise QuorateError(problem, where="environment")


def _strides(sizes: list[int], device: torch.device) -> Tensor:
    """How far values of each are apart in a joint number, the last one's 1."""
    found = torch.tensor(sizes, device=device)
    return found.flip(0).cumprod(0).flip(0) // found
