"""SMAX as an environment."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import torch
from gymnasium.spaces import Box, Discrete, Space
from torch import Tensor
from typing_extensions import override

from quorate.conventions import RewardRule
from quorate.environments import BatchedEnvironment
from quorate.interfaces import EnvironmentSpec, Observability, Step
from quorate.seeding import derive_seed
from quorate_smax.battles import Battles, Game, Look, game_of
from quorate_smax.compiled import keep_compiled, to_jax
from quorate_smax.render import draw
from quorate_smax.settings import ActionKind, Enemy, Frame, SMAXSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OUTCOMES = ("won", "dead_allies", "dead_enemies")


class SMAX(BatchedEnvironment):
    """B battles. An episode ends when one side is dead, and is truncated at the horizon.

    Args:
        settings: what `SMAXSettings` documents.
        batch: B; the game is compiled once for each.
        device: of the tensors.
    """

    def __init__(self, settings: SMAXSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        keep_compiled()
        self._settings, self._game = settings, game_of(settings)
        super().__init__(_spec(settings, self._game), batch, device)
        self._battles: Battles | None = None
        self._key = _key(0)

    @override
    def reset(self, seed: int | None = None) -> Step:
        if seed is not None:
            self._key = _key(derive_seed(seed, "smax"))
        self._key, use = np.asarray(jax.random.split(self._key))
        self._battles, packed = self._game.begin(np.asarray(jax.random.split(use, self._batch)))
        never = torch.zeros(self._batch, dtype=torch.bool, device=self._device)
        return Step(
            reward=never.float(), terminated=never, truncated=never.clone(), **_seen(packed.unpack(self._device))
        )

    @override
    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment; what dead agents do means nothing.

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where the shape of the actions is not that of the action spaces.
        """
        self.check_actions(actions, begun=self._battles is not None)
        assert self._battles is not None
        kind = torch.int32 if self._settings.actions is ActionKind.DISCRETE else torch.float32
        self._battles, packed, at_end = self._game.advance(self._battles, to_jax(actions.to(kind)))
        result = packed.unpack(self._device)
        step = Step(reward=result.reward, terminated=result.terminated, truncated=result.truncated, **_seen(result.now))
        ended = step.ended
        if bool(ended.any()):
            last, outcomes = at_end.unpack(self._device)
            step.final_observation, step.final_state = last.observation, last.state
            step.final_action_mask = last.valid
            step.final_agent_mask = last.alive & ~step.terminated[:, None]
            step.outcomes = outcomes.where(ended[:, None], torch.nan)
        return step

    def state_dict(self) -> dict[str, Any]:
        """The battles and all keys; see `Resumable`."""
        leaves = [] if self._battles is None else [_stored(leaf) for leaf in jax.tree.leaves(self._battles)]
        return {"key": _stored(self._key), "leaves": leaves}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on bit for bit from what `state_dict` returned."""
        self._key = _loaded(state["key"], self._key)
        if state["leaves"]:
            like, form = jax.tree.flatten(self._game.begin(np.zeros((self._batch, 2), dtype=np.uint32))[0])
            pairs = zip(state["leaves"], like, strict=True)
            self._battles = jax.tree.unflatten(form, [jax.numpy.asarray(_loaded(leaf, by)) for leaf, by in pairs])

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None) -> None:
        """Draw a state [s] and an estimate [s] of it; see `quorate_smax.render.draw`."""
        draw(axes, self._game.layout, state, estimate)


def _seen(look: Look) -> dict[str, Any]:
    """What a step tells of it."""
    return {
        "observation": look.observation,
        "state": look.state,
        "action_mask": look.valid,
        "agent_mask": look.alive,
    }


def _spec(settings: SMAXSettings, game: Game) -> EnvironmentSpec:
    discrete = settings.actions is ActionKind.DISCRETE
    space: Space[Any] = Discrete(int(game.game.num_ally_actions)) if discrete else Box(0.0, 1.0, (4,), np.float32)
    agents = tuple(game.agents)
    frame = "SMAX's own observations" if settings.observation is Frame.RELATIVE else "observations in the global frame"
    enemy = "harmless enemies" if settings.enemy is Enemy.HARMLESS else f"enemies attack the {settings.enemy} first"
    return EnvironmentSpec(
        name=f"smax/{settings.scenario or 'generated'}",
        agents=agents,
        observation_sizes=(game.observation_size,) * len(agents),
        state_size=game.layout.state_size,
        action_spaces=(space,) * len(agents),
        horizon=settings.horizon,
        observability=Observability.PARTIAL,
        reward="team reward, shared by all: the share of the enemies' health that was taken, and 1 for a victory",
        simulator=f"jaxmarl {version('jaxmarl')}, jax {version('jax')}; {settings.actions} actions, {frame}, {enemy}",
        state_source="health, position, cooldown and, where they vary, types of all units in [0, 1], zeros once dead; "
        "without SMAX's constant team flags and types",
        reward_rule=RewardRule.SHARED,
        outcomes=OUTCOMES,
    )


def _key(seed: int) -> Any:
    return np.asarray(jax.random.PRNGKey(seed % 2**32))


def _stored(leaf: Any) -> Tensor:
    """A copy; torch has no unsigned integers to speak of."""
    array = np.array(leaf)
    return torch.from_numpy(array.view(np.int32) if array.dtype == np.uint32 else array)


def _loaded(stored: Tensor, like: Any) -> Any:
    array: Any = stored.cpu().numpy().copy()
    return array.view(np.uint32) if np.dtype(like.dtype) == np.uint32 else array.astype(like.dtype)
