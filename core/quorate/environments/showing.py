"""What a PettingZoo environment shows, as a `Step` of one row; and a row of actions, as it takes them."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments.blame import Blame
from quorate.environments.buffers import Buffers
from quorate.environments.layout import Layout, inspect
from quorate.environments.parallel_view import to_parallel
from quorate.environments.values import Array
from quorate.environments.writer import RowWriter
from quorate.errors import QuorateError
from quorate.interfaces import Environment, Step


class Showing:
    """Reads what others have from an environment like ours, and says what they can do in it.

    A PettingZoo environment may be given as it is, or as `to_parallel` shows it, which is flat: the observations tell.

    Args:
        environment: of batch 1; it is asked for its layouts, and reset.
    """

    def __init__(self, environment: Environment) -> None:
        own, seen = getattr(environment, "layout", None), inspect(to_parallel(environment))
        self._layouts = [own, seen] if isinstance(own, Layout) else [seen]
        self._layout: Layout = self._layouts[0]
        self._name = environment.spec.name

    def step(
        self,
        observations: Mapping[Hashable, Any],
        infos: Mapping[Hashable, Any] | None,
        acting: Collection[Hashable],
        state: Any,
        device: torch.device,
    ) -> Step:
        """What was shown, in the middle of an episode.

        Args:
            observations: by agent.
            infos: by agent; they may hold action masks. None: they were not given.
            acting: the agents that go on.
            state: of the environment; None: not a number, where it is not made of the observations.
            device: of the tensors.

        Raises:
            QuorateError: there is no such agent, something is not as it is declared, or masks are in infos that were
                not given.
        """
        first: QuorateError | None = None
        for layout in self._layouts:
            self._layout, buffers = layout, Buffers.allocate(layout, 1, 0)
            writer = RowWriter(layout, _Given(self._name, 0, layout.agents), buffers, 0)
            try:
                live = [self._index(agent) for agent in acting]
                leaving = [index for agent in observations if (index := self._index(agent)) not in live]
                writer.write(_Shown(state, layout), observations, infos or {}, live, leaving)
                if infos is None and layout.info_masked and live:
                    raise _no_masks(self._name)
                break
            except QuorateError as error:
                first = first or error
        else:
            assert first is not None
            raise first

        def tensor(values: Array) -> Tensor:
            return torch.from_numpy(values).to(device)

        known = state is not None or layout.state is None
        return Step(
            observation=tensor(buffers.observation),
            state=tensor(buffers.state if known else np.full_like(buffers.state, np.nan)),
            reward=torch.zeros(1, device=device),
            terminated=torch.zeros(1, dtype=torch.bool, device=device),
            truncated=torch.zeros(1, dtype=torch.bool, device=device),
            action_mask=tensor(buffers.action_mask) if buffers.action_mask.shape[-1] else None,
            agent_mask=tensor(buffers.agent_mask),
        )

    def actions(self, chosen: Tensor, acting: Collection[Hashable]) -> dict[Hashable, Any]:
        """A row of a joint action, [n] or [n, a], as an action of its own space for each agent that acts."""
        row = chosen.detach().cpu().numpy()
        codecs = {agent: self._layout.actions[self._index(agent)] for agent in acting}
        own = {agent: row[self._index(agent)] for agent in acting}
        return {
            agent: codec.decode(own[agent] if codec.discrete else own[agent][: codec.size])
            for agent, codec in codecs.items()
        }

    def _index(self, agent: Hashable) -> int:
        try:
            return self._layout.ids.index(agent)
        except ValueError:
            names = self._layout.agents
            raise QuorateError(
                f"there is no agent {agent!r}", where=f"environment {self._name}", choices=names
            ) from None


def _no_masks(name: str) -> QuorateError:
    problem = "the action masks are in the infos, which were not given"
    return QuorateError(problem, where=f"environment {name}", fix="give both: policy.act(observations, infos)")


class _Given(Blame):
    """Names the agent; there is neither a row nor a step to name."""

    @override
    def where(self, agent: int | None = None) -> str:
        return "what was given" if agent is None else f"what was given of agent {self.agents[agent]}"


class _Shown:
    """Stands for the environment, of which only the state is asked."""

    def __init__(self, state: Any, layout: Layout) -> None:
        self._state, self._layout = state, layout

    def state(self) -> Any:
        """What was given; where nothing was, anything of its shape."""
        assert self._layout.state is not None
        return self._layout.state.sample() if self._state is None else self._state
