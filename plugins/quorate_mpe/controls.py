"""From actions to forces and utterances."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from gymnasium import Space, spaces
from torch import Tensor

from quorate_mpe.settings import ActionKind, Parametrisation, ParticleSettings

MOVES = 5
"""Nothing, left, right, down, up: mpe2's order, of discrete choices and of the box."""
DIRECTIONS = ((0.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0))


@dataclass(frozen=True)
class Roles:
    """Who moves and who speaks; the agents of a role follow each other.

    Attributes:
        agents: n.
        moving: range of the agents that move.
        speaking: range of the agents that speak.
        symbols: c, of each utterance.
    """

    agents: int
    moving: range
    speaking: range
    symbols: int = 0


class Controls:
    """Reads the actions of n agents; some move, some speak, some do both.

    * Continuous, box: an agent that moves has mpe2's five numbers in [0, 1] (see `MOVES`), then its utterance.
    * Continuous, force: two numbers in [-1, 1], then its utterance. A force f is the box's (0, -f, f) with the
      negative parts set to 0, on each axis.
    * An utterance is c numbers in [0, 1] either way. Numbers beyond their bounds count as the bounds.
    * Discrete: ``move + 5 * symbol``, only one of the two for who does one only; mpe2's order. An utterance is
      one-hot. Invalid actions count as 0.

    Args:
        roles: who moves and who speaks.
        settings: of the scenario.
        device: of the actions.
    """

    def __init__(self, roles: Roles, settings: ParticleSettings, device: torch.device) -> None:
        self._moving = None if len(roles.moving) == roles.agents else slice(roles.moving.start, roles.moving.stop)
        self._speaking = slice(roles.speaking.start, roles.speaking.stop)
        self._silent = not roles.speaking
        self._both = roles.moving == roles.speaking
        self._force = settings.parametrisation == Parametrisation.FORCE
        self.discrete = settings.actions == ActionKind.DISCRETE
        self.spaces = tuple(self._space(roles, agent) for agent in range(roles.agents))
        self._utterance = self._utterance_slice(roles)
        self._tabulate(roles, device)
        sizes = [
            int(space.n) if isinstance(space, spaces.Discrete) else prod(space.shape or ()) for space in self.spaces
        ]
        self._counts = torch.tensor(sizes, device=device)
        self.shape = (roles.agents,) if self.discrete else (roles.agents, max(sizes))
        self.mask: Tensor | None = None
        """bool [n, a] of the actions that exist, where actions are discrete and the agents' numbers of them differ."""
        if self.discrete and len(set(sizes)) > 1:
            self.mask = torch.arange(max(sizes), device=device) < self._counts[:, None]

    def read(self, actions: Tensor) -> tuple[Tensor, Tensor | None]:
        """Forces, in units of a full action, [B, m, 2], and utterances [B, u, c] (None where all are silent).

        Raises:
            ValueError: where shape or type are not those of the action spaces.
        """
        if actions.shape[1:] != self.shape or actions.is_floating_point() == self.discrete:
            kind = "integers" if self.discrete else "floats"
            raise ValueError(
                f"actions: expected {kind} [B, {', '.join(map(str, self.shape))}], got {actions.dtype} "
                f"{[*actions.shape]}."
            )
        return self._choices(actions) if self.discrete else self._numbers(actions.detach())

    def _of_moving(self, actions: Tensor) -> Tensor:
        return actions if self._moving is None else actions[:, self._moving]

    def _numbers(self, actions: Tensor) -> tuple[Tensor, Tensor | None]:
        moving = self._of_moving(actions)
        if self._force:
            force = moving[..., :2].clamp(-1, 1)
        else:
            box = moving[..., 1:MOVES].clamp(0, 1)
            force = box[..., 1::2] - box[..., ::2]
        return force, None if self._silent else actions[:, self._speaking, self._utterance].clamp(0, 1)

    def _choices(self, actions: Tensor) -> tuple[Tensor, Tensor | None]:
        force = _look_up(self._forces, self._of_moving(actions))
        return force, None if self._silent else _look_up(self._symbols, actions[:, self._speaking])

    def _tabulate(self, roles: Roles, device: torch.device) -> None:
        """What each choice means; two more rows say the same as choice 0, for choices beyond either end."""
        symbols = max(1, roles.symbols) if self._both else 1
        directions = torch.tensor(DIRECTIONS, dtype=torch.float64, device=device)
        said = torch.eye(roles.symbols, device=device)
        self._forces = _with_invalid(directions.repeat(symbols, 1))
        self._symbols = _with_invalid(said.repeat_interleave(MOVES, 0) if self._both else said)

    def _space(self, roles: Roles, agent: int) -> Space[Any]:
        moves, speaks = agent in roles.moving, agent in roles.speaking
        symbols = roles.symbols if speaks else 0
        if self.discrete:
            return spaces.Discrete((MOVES if moves else 1) * (symbols or 1))
        motion = 0 if not moves else 2 if self._force else MOVES
        low = np.zeros(motion + symbols, np.float32)
        low[:motion] = -1.0 if self._force else 0.0
        return spaces.Box(low, np.ones_like(low), dtype=np.float32)

    def _utterance_slice(self, roles: Roles) -> slice:
        start = 0 if not self._both else 2 if self._force else MOVES
        return slice(start, start + roles.symbols)


def _with_invalid(table: Tensor) -> Tensor:
    return torch.cat((table, table[:1], table[:1]))


def _look_up(table: Tensor, choices: Tensor) -> Tensor:
    """Rows of a table whose last two are for choices that do not exist."""
    return table[choices.clamp(-1, len(table) - 2)]
