"""The exact posterior over the states of a game of tables."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import ExactPosterior, HistoryLayout
from quorate_information_sharing.posg import Array, TabularPOSG

IMPOSSIBLE = -1e4
"""Stands for log(0)."""


class TabularPosterior(ExactPosterior):
    """p(s | histories) by a forward filter over whole episodes; the state is that of the histories' last step.

    Which action was taken matters where it moves states or observations. What an agent did is known from its own
    history alone: those of all agents whose actions have an effect are needed, with their actions.

    Args:
        game: the tables.
        layout: of the histories; at least as long as the horizon, so that none has lost its beginning.
        device: where `states` and the answers live.

    Raises:
        QuorateError: histories of this layout do not say enough.
    """

    def __init__(self, game: TabularPOSG, layout: HistoryLayout, device: torch.device | str = "cpu") -> None:
        if layout.length < game.horizon:
            problem = f"Histories of {layout.length} steps do not hold the beginning of episodes of {game.horizon}."
            fix = f"Give histories of at least {game.horizon} steps."
            raise QuorateError(problem, where="history_length", fix=fix)
        if any(game.controls) and not layout.action_size:
            problem = f"What follows in {game.name} depends on actions, which these histories do not hold."
            raise QuorateError(
                problem, where="environment", fix="Set `history_actions: true`, where there is such a key."
            )
        self._layout, self._controls = layout, torch.tensor(game.controls, device=device)
        self._observations = [len(own) for own in game.observations]
        self._actions = [len(own) for own in game.actions]
        nothing = torch.ones(len(game.states), game.joint_observations)
        first = game.initial_observation if game.observes_at_start else None
        self._states = torch.eye(len(game.states), device=device)
        self._start, self._transition = _table(game.start, device), _table(game.transition, device)
        self._observation = _table(game.observation, device)
        self._first = nothing.to(device) if first is None else _table(first, device)

    @property
    def states(self) -> Tensor:
        """float32 [S, S]: one-hot, in the order of the game."""
        return self._states

    @override
    def log_probability(self, histories: Tensor) -> Tensor:
        """The posterior given the histories of m different agents, [..., m, h] -> [..., S].

        Raises:
            QuorateError: the history of an agent is missing whose actions have an effect.
        """
        owners = self._layout.identity(histories)
        known = owners.sum(-2) > 0
        valid = self._layout.valid(histories).amax(-2) > 0
        if bool((~known & self._controls).any()):
            problem = "The posterior is exact only given the histories of all agents whose actions have an effect."
            raise QuorateError(problem, where="environment", fix="Pool the histories of all agents.")
        seen = self._evidence(torch.einsum("...mlo,...mn->...nlo", self._layout.observations(histories), owners))
        taken = self._joint_actions(histories, owners)
        belief, begun = self._start.expand(*valid.shape[:-1], -1), torch.zeros_like(valid[..., 0])
        for step in range(self._layout.length):
            action, here = taken[..., step], valid[..., step]
            moved = (belief[..., None, :] @ self._transition[action])[..., 0, :]
            likelihood = torch.where(begun[..., None, None], self._observation[action], self._first)
            weighed = torch.where(begun[..., None], moved, belief) * (likelihood @ seen[..., step, :, None])[..., 0]
            weighed = weighed / weighed.sum(-1, keepdim=True).clamp(min=torch.finfo(weighed.dtype).tiny)
            belief, begun = torch.where(here[..., None], weighed, belief), begun | here
        return belief.log().clamp(min=IMPOSSIBLE)

    def _evidence(self, observed: Tensor) -> Tensor:
        """What each agent observed, [..., n, L, o], zero where nothing -> of joint observations [..., L, O]."""
        joint = observed.new_ones(*observed.shape[:-3], observed.shape[-2], 1)
        for agent, size in enumerate(self._observations):
            own = observed[..., agent, :, :size]
            own = torch.where(own.sum(-1, keepdim=True) > 0, own, 1.0)
            joint = (joint[..., :, None] * own[..., None, :]).flatten(-2)
        return joint

    def _joint_actions(self, histories: Tensor, owners: Tensor) -> Tensor:
        """int64 [..., L], what led to each step; agents that are not known count as 0, and have no effect."""
        if not self._layout.action_size:
            return torch.zeros(*histories.shape[:-2], self._layout.length, dtype=torch.int64, device=histories.device)
        actions = torch.einsum("...mla,...mn->...nla", self._layout.actions(histories), owners).argmax(-1)
        joint = torch.zeros_like(actions[..., 0, :])
        for agent, size in enumerate(self._actions):
            joint = joint * size + actions[..., agent, :]
        return joint


def _table(table: Array, device: torch.device | str) -> Tensor:
    return torch.as_tensor(table, dtype=torch.float32, device=device)
