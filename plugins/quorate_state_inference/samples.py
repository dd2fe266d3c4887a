"""Training samples, drawn for many updates at once: those of one update are so few that calls cost more than work."""

from collections.abc import Callable
from dataclasses import dataclass

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

    What is random is drawn update by update, so that a checkpoint between any two of them can say where the stream
    goes on; what is made of it is made for many.

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
        self._ready: list[tuple[Tensor, Sample]] = []  # the last is next, with the generator's state before its draws

    def next(self, data: Dataset) -> Sample:
        """The samples of one update.

        Args:
            data: the same at each call.
        """
        if not self._ready:
            self._ready = self._make(data, max(1, ROWS_AT_ONCE // self._settings.batch_size))
        return self._ready.pop()[1]

    def state(self) -> Tensor:
        """The generator's state, from which the stream goes on."""
        return self._ready[-1][0] if self._ready else self._randomness.get_state()

    def set_state(self, state: Tensor) -> None:
        """Go on from what `state` returned."""
        self._ready = []
        self._randomness.set_state(state.cpu())

    def _make(self, data: Dataset, updates: int) -> list[tuple[Tensor, Sample]]:
        """In reverse order."""
        states, draws = [], []
        for _ in range(updates):
            states.append(self._randomness.get_state())
            draws.append(self._draw(data))
        rows, sigma, noise, kept, late, *whose = (torch.cat(parts) for parts in zip(*draws, strict=True))
        clean = data.states.index_select(0, rows)
        noisy = torch.addcmul(clean, noise, sigma[:, None])
        read = self._read(data, rows, kept, late, *whose)
        if self._prepare is not None:
            read = (self._prepare(*read),)
        parts = [part.split(self._settings.batch_size) for part in (clean, noisy, sigma, *read)]
        made = [Sample(one, two, three, tuple(rest)) for one, two, three, *rest in zip(*parts, strict=True)]
        return list(zip(states, made, strict=True))[::-1]

    def _draw(self, data: Dataset) -> tuple[Tensor, ...]:
        """Of one update: rows, noise levels, noise, whether a history is kept, how late it is told; and whose it is."""
        batch, agents, null = self._settings.batch_size, self._layout.agents, self._settings.null_history
        randomness = self._randomness
        device = randomness.device
        rows = torch.randint(len(data), (batch,), generator=randomness, device=device)
        sigma = self._noise.sample((batch,), randomness)
        noise = torch.randn(batch, data.states.shape[1], generator=randomness, device=device)
        kept = torch.rand(batch, 1, generator=randomness, device=device) >= null
        late = rows[:0]  # nothing is drawn where nothing is hidden: the stream stays what it was
        if hidden := self._settings.hidden_steps:
            late = torch.randint(hidden + 1, (batch,), generator=randomness, device=device)
        if not self._settings.pool_histories:
            return rows, sigma, noise, kept, late, torch.randint(agents, (batch,), generator=randomness, device=device)
        size = torch.randint(1, agents + 1, (batch, 1), generator=randomness, device=device)
        keys = torch.rand(batch, agents, generator=randomness, device=device)
        return rows, sigma, noise, kept, late, size, keys

    def _read(self, data: Dataset, rows: Tensor, kept: Tensor, late: Tensor, *whose: Tensor) -> tuple[Tensor, ...]:
        """What the denoiser reads of some rows."""
        if self._settings.pool_histories:
            size, keys = whose
            chosen = keys <= keys.sort(1).values.gather(1, size - 1)  # the `size` smallest
            windows = data.windows.index_select(0, rows)
            return windows * self._told[late][:, None] if len(late) else windows, (chosen & kept).float()
        (agent,) = whose
        identity, window = self._identities.index_select(0, agent), data.windows[rows, agent]
        return (torch.cat([identity, window * self._told[late] if len(late) else window], -1) * kept,)
