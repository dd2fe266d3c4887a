"""Training samples, made for many updates at once: those of one update are so few that calls cost more than work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Denoiser, HistoryLayout, NoiseDistribution, PoolingDenoiser, PreparingDenoiser
from quorate.learning.shared import told
from quorate_state_inference.dataset import Dataset
from quorate_state_inference.settings import StateInferenceSettings

ROWS_AT_ONCE = 4096
"""Samples that are made at once, if one update needs no more."""


@dataclass
class Sample:
    """B training samples.

    Attributes:
        states: [B, s], clean.
        noisy: [B, s].
        sigma: [B], noise levels.
        read: what `Samples.encode` reads: histories [B, h], or windows [B, n, w] and the agents to pool, [B, n]; or
            what the denoiser has prepared of them.
    """

    states: Tensor
    noisy: Tensor
    sigma: Tensor
    read: tuple[Tensor, ...]


def told_late(layout: HistoryLayout, most: int) -> Tensor:
    """What of a window is told 0, 1, ..., `most` steps late: float32 [1 + most, w], 1 or 0."""
    late = torch.arange(most + 1)
    return told(layout, late, late.clamp(min=1)).flatten(1)


class Samples:
    """An endless stream of training samples: one random agent's history, or several pooled; a share of them null.

    They are made block by block, each for some updates; where the stream stands is where the generator stood before the
    block, and how many of it are taken.

    Args:
        settings: of the algorithm.
        layout: of the histories.
        noise: levels.
        denoiser: that reads them.
        randomness: on the device of the data.

    Attributes:
        encode: from what is read to the denoiser's features [B, c].
    """

    def __init__(
        self,
        settings: StateInferenceSettings,
        layout: HistoryLayout,
        noise: NoiseDistribution,
        denoiser: Denoiser,
        randomness: torch.Generator,
    ) -> None:
        self._settings, self._layout, self._noise, self._randomness = settings, layout, noise, randomness
        self._prepare: Callable[..., Tensor] | None = None
        self.encode: Callable[..., Tensor] = denoiser.encode
        if isinstance(denoiser, PreparingDenoiser):
            self._prepare, self.encode = denoiser.prepare, denoiser.project
        elif settings.pool_histories and isinstance(denoiser, PoolingDenoiser):
            self.encode = denoiser.encode_pooled
        self._told = told_late(layout, settings.hidden_steps).to(randomness.device)
        self._identities = torch.eye(layout.agents, device=randomness.device)
        self._updates = max(1, ROWS_AT_ONCE // settings.batch_size)
        self._start = randomness.get_state()
        self._block: list[Sample] = []
        self._taken = 0

    def next(self, data: Dataset) -> Sample:
        """The samples of one update.

        Args:
            data: the same at each call.
        """
        if not self._block:
            self._start = self._randomness.get_state()
            self._block = self._make(data, self._updates)
        sample = self._block[self._taken]
        self._taken += 1
        if self._taken == len(self._block):
            self._block, self._taken = [], 0
        return sample

    def state(self) -> dict[str, Any]:
        """Where the stream stands."""
        return {"block": self._start if self._block else self._randomness.get_state(), "taken": self._taken}

    def set_state(self, state: Mapping[str, Any] | Tensor) -> None:
        """Go on from what `state` returned; or from a generator's state, as runs before blocks have it."""
        if isinstance(state, Tensor):
            state = {"block": state, "taken": 0}
        self._randomness.set_state(state["block"].cpu())
        self._block, self._taken = [], state["taken"]

    def _make(self, data: Dataset, updates: int) -> list[Sample]:
        rows, sigma, noise, kept, late, *whose = self._draw(data, updates * self._settings.batch_size)
        clean = data.states.index_select(0, rows)
        noisy = torch.addcmul(clean, noise, sigma[:, None])
        read = self._read(data, rows, kept, late, *whose)
        if self._prepare is not None:
            read = (self._prepare(*read),)
        parts = [part.split(self._settings.batch_size) for part in (clean, noisy, sigma, *read)]
        return [Sample(one, two, three, tuple(rest)) for one, two, three, *rest in zip(*parts, strict=True)]

    def _draw(self, data: Dataset, batch: int) -> tuple[Tensor, ...]:
        """Rows, noise levels, noise, whether a history is kept, how late it is told; and whose it is.

        Pooled are one agent, and each other one with a probability that is itself uniform: so many of them as often as
        any other number.
        """
        agents, null = self._layout.agents, self._settings.null_history
        randomness = self._randomness
        device = randomness.device
        rows = torch.randint(len(data), (batch,), generator=randomness, device=device)
        sigma = self._noise.sample((batch,), randomness)
        noise = torch.randn(batch, data.states.shape[1], generator=randomness, device=device)
        kept = torch.rand(batch, 1, generator=randomness, device=device) >= null
        late = rows[:0]  # nothing is drawn where nothing is hidden: the stream stays what it was
        if hidden := self._settings.hidden_steps:
            late = torch.randint(hidden + 1, (batch,), generator=randomness, device=device)
        agent = torch.randint(agents, (batch,), generator=randomness, device=device)
        if not self._settings.pool_histories:
            return rows, sigma, noise, kept, late, agent
        share = torch.rand(batch, 1, generator=randomness, device=device)
        others = torch.rand(batch, agents, generator=randomness, device=device) < share
        return rows, sigma, noise, kept, late, agent, others

    def _read(self, data: Dataset, rows: Tensor, kept: Tensor, late: Tensor, *whose: Tensor) -> tuple[Tensor, ...]:
        """What the denoiser reads of some rows."""
        if self._settings.pool_histories:
            agent, others = whose
            windows, members = data.windows.index_select(0, rows), others.scatter_(1, agent[:, None], True)
            return windows * self._told[late][:, None] if len(late) else windows, (members & kept).float()
        (agent,) = whose
        identity = self._identities.index_select(0, agent)
        window = data.windows.flatten(0, 1).index_select(0, rows * self._layout.agents + agent)
        return (torch.cat([identity, window * self._told[late] if len(late) else window], -1) * kept,)
