"""PettingZoo in: a batch of copies of a ParallelEnv as one `Environment`."""

import contextlib
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from quorate.environments.batched import BatchedEnvironment
from quorate.environments.buffers import Buffers
from quorate.environments.copies import LocalCopies
from quorate.environments.declaration import CONVENTIONS, Declaration, RewardRule, declare
from quorate.environments.episode import LONGEST, Episode
from quorate.environments.layout import Layout
from quorate.environments.replica import Replica, reduced
from quorate.environments.seeds import row_seed
from quorate.environments.spaces import MASK
from quorate.environments.workers import WorkerCopies
from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, Restarts, Step

_STATE = ("seeds", "episodes", "steps", "checksums")


class ParallelRows(BatchedEnvironment):
    """All that `ParallelBatch` is but for storing: rows whose episodes can not be played again.

    Args:
        make: as of `ParallelBatch`, and so are the others.
        batch: B.
        device: of the tensors.
        name: of the environment.
        tags: declarations.
        origin: the module that `make` comes from.
        workers: processes.

    Raises:
        QuorateError: where an environment can not be made or used, or does something wrong later.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        batch: int,
        device: torch.device | str = "cpu",
        *,
        name: str = "",
        tags: Mapping[str, Any] | None = None,
        origin: str = "",
        workers: int = 0,
    ) -> None:
        if batch < 1 or workers < 0:
            problem = f"a batch of {batch} rows in {workers} workers is impossible"
            raise QuorateError(problem, fix="give a batch >= 1 and workers >= 0")
        more: dict[str, Any] = {"name": name, "tags": tags, "origin": origin, "workers": workers}
        self._again = partial(type(self), make, batch, device, **more)
        self._ready = False
        state = (tags or {}).get("state")
        self._copies: LocalCopies | WorkerCopies = (
            WorkerCopies(make, batch, workers, name, state) if workers else LocalCopies(make, range(batch), name, state)
        )
        try:
            layout = self._copies.layout
            modules = (layout.module, origin) if origin else (layout.module,)
            declaration = declare(name or layout.title, tags or {}, layout.metadata, modules)
            super().__init__(_spec(name or layout.title, layout, declaration), batch, device)
            _warn_of_lookalikes(self._spec.name, layout)
            self._buffers = self._copies.allocate(declaration)
        except BaseException:
            with contextlib.suppress(QuorateError):  # the first error is the one to tell
                self.close()
            raise

    @property
    def layout(self) -> Layout:
        """What one of the environments looks like."""
        return self._copies.layout

    def reset(self, seed: int | None = None) -> Step:
        """Start B new episodes; None goes on to the next ones of the rows' seeds."""
        self._check_open()
        self._ready = False
        self._run(lambda: self._copies.reset([None if seed is None else row_seed(seed, r) for r in range(self._batch)]))
        self._ready = True
        return self._begun()

    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment: int64 [B, n], or float32 [B, n, a]."""
        self._check_open()
        if not self._ready:
            raise QuorateError("the environment must be reset before its first step", where=self._spec.name)
        self._check_actions(actions)
        torch.from_numpy(self._buffers.actions).copy_(actions.detach())
        self._run(self._copies.step)
        return _step(self._buffers, self._spec, self._device)

    @property
    def render_mode(self) -> str | None:
        """That of the environments."""
        return self._copies.layout.render_mode

    def render(self, *, final: bool = False) -> Any:
        """See `Filmable`.

        Raises:
            QuorateError: the environment fails, or shows something else.
        """
        self._check_open()
        frames: list[Any] = []
        self._run(lambda: frames.append(self._copies.render(final)))
        return frames[0]

    def close(self) -> None:
        """End the environments and the workers. Calling it twice does no harm.

        Raises:
            QuorateError: an environment of this process can not be closed; the others are.
        """
        self._batch = 0
        self._copies.close()

    def __reduce__(self) -> Replica:
        # Many simulators forget their episode when they are copied.
        return reduced(self, self._again)

    def _begun(self) -> Step:
        """What the buffers show, as of a reset."""
        for name in ("reward", "agent_reward", "terminated", "truncated", "agent_terminated", "agent_truncated"):
            getattr(self._buffers, name)[:] = 0
        return _step(self._buffers, self._spec, self._device)

    def _run(self, call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException:
            # Some rows have moved and some have not: nothing sensible can follow.
            with contextlib.suppress(QuorateError):  # the first error is the one to tell
                self.close()
            raise

    def _check_open(self) -> None:
        if not self._batch:
            raise QuorateError("the environment is closed, or has failed", where=self._spec.name, fix="build it again")

    def _check_actions(self, actions: Tensor) -> None:
        shape, discrete = self._buffers.actions.shape, self._buffers.actions.dtype == np.int64
        if tuple(actions.shape) != shape or actions.is_floating_point() == discrete:
            kind = "int64" if discrete else "float32"
            problem = f"actions are {actions.dtype} {tuple(actions.shape)}, but must be {kind} {shape}"
            raise QuorateError(problem, where=self._spec.name)


@final
class ParallelBatch(ParallelRows):
    """B copies of a PettingZoo ParallelEnv, in this process or in worker processes; both give the same bits.

    - Observations are flattened to float32 (`quorate.environments.spaces`) and padded to the largest agent. An agent
      that leaves shows its last observation in that step, then zeros; `agent_mask` is false from that step on.
    - Actions are indices from 0, or vectors that are clipped to the bounds of the agent's Box.
    - The state is ``env.state()``, or all observations one after the other where there is none, or where
      ``state: observations`` is declared.
    - An episode ends when no agent is left. It is terminated if one of those that left last was, else truncated.
    - Outcomes that are declared are read from the infos, see `Outcomes`; agents are paid differently unless ``shared``.
    - ``info`` holds ``agent_terminated`` and ``agent_truncated`` (bool [B, n]).
    - A seed of the batch gives each row its own (`row_seed`), and that each of its episodes (`episode_seed`).
    - It is `Resumable`: what is stored are each row's seed and the actions of its episode, which are played again. An
      environment that is not deterministic under its seed is found out then: a warning names it and the rows, which
      begin new episodes (`Restarts`).
    - Where an episode is cut, its final masks tell which agents would have gone on, and by which actions.

    Args:
        make: makes one ParallelEnv.
        batch: B.
        device: of the tensors; the environments run on the host.
        name: of the environment; empty: what the environment calls itself.
        tags: declarations that win over ``env.metadata["quorate"]`` (`quorate.environments.declaration`).
        origin: the module that `make` comes from, named with the simulator.
        workers: processes to spread the rows over; 0: none, everything runs here.

    Raises:
        QuorateError: where an environment can not be made or used. Later, whatever an environment does wrong
            (an exception, a wrong shape, a NaN, an unknown agent) names the environment, row, step and agent.
    """

    def state_dict(self) -> dict[str, Any]:
        """Each row's seed, the number of its episode, the actions taken in it, a checksum of what was shown."""
        self._check_open()
        episodes: list[Episode] = []
        if self._ready:
            self._run(lambda: episodes.extend(self._copies.state()))
        actions = [action for episode in episodes for action in episode.actions or ()]
        empty = self._buffers.actions[:0]
        return {
            "seeds": [episode.row_seed for episode in episodes],
            "episodes": [episode.number for episode in episodes],
            "steps": [None if episode.actions is None else len(episode.actions) for episode in episodes],
            "checksums": [episode.checksum for episode in episodes],
            "actions": torch.from_numpy(np.stack(actions) if actions else empty.copy()),
        }

    @property
    def resumption(self) -> str:
        """See `PartlyResumable`."""
        return (
            "episodes continue, played again; where the environment does not show the same again, or an episode had "
            f"more than {LONGEST} steps, new ones begin, and the old ones count as truncated"
        )

    def load_state_dict(self, state: dict[str, Any]) -> Restarts | None:
        """Play the episodes of a state again, and go on from there.

        Rows in which the environment does not show the same again begin their next episode, with a warning.

        Returns:
            Those rows, and how they began; None where there are none.

        Raises:
            QuorateError: the state is of another number of rows, or the environment fails.
        """
        self._check_open()
        episodes = _episodes(state)
        self._ready = bool(episodes)
        if not episodes:
            return None
        if len(episodes) != self._batch:
            problem = f"the state is of {len(episodes)} rows, but the batch has {self._batch}"
            raise QuorateError(problem, where=self._spec.name, fix="build the batch with as many rows")
        found: list[str | None] = []
        self._run(lambda: found.extend(self._copies.restore(episodes)))
        if different := {row: text for row, text in enumerate(found) if text}:
            row, text = next(iter(different.items()))
            warnings.warn(
                f"The environment {self._spec.name} could not be brought back to where it was in {len(different)} of "
                f"{self._batch} rows, which begin new episodes: this is no exact continuation. Row {row}: {text}. An "
                "environment must be deterministic under the seed of reset() for that.",
                stacklevel=2,
            )
            rows = torch.tensor([text is not None for text in found], device=self._device)
            return Restarts(rows, self._begun())
        return None


def _spec(name: str, layout: Layout, declaration: Declaration) -> EnvironmentSpec:
    return EnvironmentSpec(
        name=name,
        agents=layout.agents,
        observation_sizes=layout.observation_sizes,
        state_size=layout.state_size,
        action_spaces=tuple(codec.space for codec in layout.actions),
        horizon=declaration.horizon,
        observability=declaration.observability,
        reward=CONVENTIONS[declaration.reward],
        reward_rule=declaration.reward,
        outcomes=declaration.outcomes,
        agent_rewards=declaration.reward is not RewardRule.SHARED,
        simulator=declaration.simulator,
        binary_state=declaration.binary_state,
        state_source="state of the simulator" if layout.state is not None else "observations of all agents",
    )


def _warn_of_lookalikes(name: str, layout: Layout) -> None:
    if layout.lookalikes:
        warnings.warn(
            f"The environment {name} has what is called like an action mask: {', '.join(layout.lookalikes)}. It is not "
            f"used: a mask is found only as {MASK!r}, in a Dict observation space or in infos[agent].",
            stacklevel=3,
        )


def _episodes(state: Mapping[str, Any]) -> list[Episode]:
    actions, offset, episodes = state["actions"].cpu().numpy(), 0, []
    for seed, number, steps, checksum in zip(*(state[key] for key in _STATE), strict=True):
        own = None if steps is None else list(actions[offset : offset + steps])
        offset += steps or 0
        episodes.append(Episode(seed, number, own, checksum))
    return episodes


def _step(buffers: Buffers, spec: EnvironmentSpec, device: torch.device) -> Step:
    def tensor(values: Any) -> Tensor:
        # The next step overwrites the buffers; what has been handed out must stay.
        return torch.from_numpy(values.copy()).to(device)

    ended = buffers.terminated | buffers.truncated
    always = ("observation", "state", "reward", "terminated", "truncated", "agent_mask")
    step = Step(
        **{name: tensor(getattr(buffers, name)) for name in always},
        action_mask=tensor(buffers.action_mask) if buffers.action_mask.shape[-1] else None,
        agent_reward=tensor(buffers.agent_reward) if spec.agent_rewards else None,
        info={key: tensor(getattr(buffers, key)) for key in ("agent_terminated", "agent_truncated")},
    )
    if ended.any():
        if spec.outcomes:
            step.outcomes = tensor(np.where(ended[:, None], buffers.outcomes, np.float32(np.nan)))
        for name in ("observation", "state", "action_mask", "agent_mask"):
            if getattr(step, name) is not None:
                now, last = getattr(buffers, name), getattr(buffers, f"final_{name}")
                where = ended.reshape(-1, *[1] * (now.ndim - 1))
                setattr(step, f"final_{name}", tensor(np.where(where, last, now)))
    return step
