"""The rules that enemies play by, for the allies: a behaviour to collect data with, and a baseline."""

import jax
import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Policy, PolicySpec
from quorate_smax.compiled import keep_compiled
from quorate_smax.frames import relative
from quorate_smax.lean import heuristic_module
from quorate_smax.settings import HeuristicSettings
from quorate_smax.teams import make_teams

STOP = 4
"""The action that is always valid; those below are movements."""


class HeuristicPolicy(Policy):
    """Attacks the closest enemy in reach until it is dead; else follows whom it sees, or crosses the map.

    jaxmarl's function, on SMAX's own observations, or on those in the global frame where units are told apart by type.
    It remembers where it is going (2), and whom it attacked last (1).

    Raises:
        QuorateError: what it is shown is no observation of such units with discrete actions.
    """

    memory_size = 3

    def __init__(self, settings: HeuristicSettings, spec: PolicySpec) -> None:
        super().__init__()
        keep_compiled()
        enemies = spec.action_size - STOP - 1
        self._units, bits = spec.agents + enemies, len(settings.units)
        self._size = (7 + bits) * (self._units - 1) + 4 + bits
        self._global = spec.input_size == (8 + bits) * self._units
        if not spec.discrete or enemies < 1 or not (self._global or spec.input_size == self._size):
            problem = f"smax/heuristic reads observations of {bits} types of unit, and is shown something else"
            fix = (
                "use it in a `smax` environment with discrete actions and the same `units`; where those are fixed by a "
                "`scenario`, with `observation: relative`; and with `input: {name: observation, identity: false}`"
            )
            raise QuorateError(problem, where="the policy's setting `units`", fix=fix)
        rules = heuristic_module()
        self._epsilon, self._state = settings.epsilon, rules.HeuristicPolicyState
        teams = make_teams(settings.units, settings.sight, spec.agents, enemies)
        self._reach = torch.tensor(teams.unit_type_sight_ranges.tolist())
        self._area = torch.tensor([teams.map_width, teams.map_height])
        self._act = rules.create_heuristic_policy(teams, 0)
        self._all = jax.jit(jax.vmap(self._one))

    @override
    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        if inputs.dim() == 4:
            steps = []
            for seen, fresh in zip(inputs, begins, strict=True):
                features, memory = self.encode(seen, memory, fresh)
                steps.append(features)
            return torch.stack(steps), memory
        if self._global:
            inputs = relative(inputs.cpu(), self._units, self._reach, self._area).to(memory.device)
        features = torch.cat([inputs, memory.masked_fill(begins[:, None, None], 0.0)], dim=-1)
        return features, self._call(features, 0)[1]

    @override
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        shape = (count, *inputs.shape[:-1])
        seeds = torch.randint(2**31, (count,), generator=generator, device=generator.device).tolist()
        chosen = torch.stack([self._call(inputs, seed)[0] for seed in seeds])
        strays = torch.rand(shape, generator=generator, device=generator.device) < self._epsilon
        moves = torch.randint(STOP + 1, shape, generator=generator, device=generator.device)
        chosen = torch.where(strays, moves, chosen)
        if action_mask is None:
            return chosen
        valid = action_mask.expand(count, *action_mask.shape).gather(-1, chosen[..., None])[..., 0]
        return torch.where(valid, chosen, STOP)

    def _call(self, features: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        """Actions [B, n] and what is remembered then, [B, n, 3]."""
        rows = features.shape[0] * features.shape[1]
        keys = jax.random.split(jax.random.PRNGKey(seed), rows)
        actions, memory = self._all(keys, features.reshape(rows, -1).cpu().numpy())
        found = (torch.from_numpy(np.array(part)).to(features.device) for part in (actions, memory))
        chosen, remembered = (part.reshape(*features.shape[:2], *part.shape[1:]) for part in found)
        return chosen.long(), remembered

    def _one(self, key: jax.Array, features: jax.Array) -> tuple[jax.Array, jax.Array]:
        seen, memory = features[: self._size], features[self._size :]
        state = self._state(default_target=memory[:2], last_attacked_enemy=memory[2].astype(int) - 1)
        action, after = self._act(key, state, seen)
        return action, jax.numpy.append(after.default_target, after.last_attacked_enemy + 1.0)
