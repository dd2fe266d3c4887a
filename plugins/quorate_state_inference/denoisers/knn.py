"""The denoiser that remembers: the posterior mean over the states that were seen behind the nearest histories."""

from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Environment, HistoryLayout
from quorate_state_inference.denoisers.exact import AveragesStates
from quorate_state_inference.settings import NeighboursSettings

DISTANCES_AT_ONCE = 2**22
"""Most distances that are held at once, to bound memory."""

OTHER_AGENT = 1e3
"""How far, in standard deviations of a feature, another agent's histories are: farther than any of one's own."""


class NeighboursDenoiser(AveragesStates):
    """f(tau, y) = E[s | y] with p(s) the states behind the k histories that are nearest to tau; it is fitted.

    With many samples of few distinct histories these are samples of p(s | tau), and f tends to the posterior mean
    (2410.13953, Eq. 2) as k grows. The features are the numbers of the k rows, exact in float32 up to 2^24 rows.
    """

    histories: Tensor
    scale: Tensor

    def __init__(self, settings: NeighboursSettings, environment: Environment, layout: HistoryLayout) -> None:
        super().__init__(settings.noise.build(), environment.device)
        self._count, self._agents = settings.neighbours, layout.agents
        self.register_buffer("histories", torch.zeros(1, layout.size, device=environment.device))
        self.register_buffer("states", torch.zeros(1, environment.spec.state_size, device=environment.device))
        self.register_buffer("scale", torch.ones(layout.size, device=environment.device))

    @property
    def feature_size(self) -> int:
        """K."""
        return self._count

    def fit(self, histories: Tensor, states: Tensor) -> None:
        """Remember them (see `Fittable.fit`); distances are in standard deviations of each feature."""
        deviation = histories.std(0, correction=0)
        self.scale = torch.where(deviation > 0, deviation, 1).reciprocal()
        self.scale[: self._agents] = OTHER_AGENT
        self.histories, self.states = histories * self.scale, states.clone()

    def encode(self, history: Tensor) -> Tensor:
        """The rows of the nearest histories; of the null history, rows from all over: [..., h] -> [..., k]."""
        flat, rows = history.reshape(-1, history.shape[-1]), len(self.histories)
        chunks = (flat * self.scale).split(max(1, DISTANCES_AT_ONCE // rows))
        count = min(self._count, rows)
        nearest = torch.cat([self._distances(part).topk(count, largest=False).indices for part in chunks])
        order = torch.arange(self._count, device=flat.device)
        nearest = nearest[:, order % nearest.shape[1]]  # where there are fewer, they are repeated
        anywhere = order * rows // self._count
        known = flat[:, : self._agents].any(-1, keepdim=True)
        return torch.where(known, nearest, anywhere).to(history.dtype).reshape(*history.shape[:-1], self._count)

    @override
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """Told no sigma, it is blind and averages over the noise distribution."""
        states = self.states[features.long()]  # [N, k, s]
        square = (noisy[:, None] - states).square().sum(-1)
        scores = self.log_likelihood(square, sigma)
        return (torch.softmax(scores, dim=-1)[..., None] * states).sum(-2)

    def _distances(self, scaled: Tensor) -> Tensor:
        """Not by a product of matrices, which would lose the small ones beside that of another agent."""
        return torch.cdist(scaled, self.histories, compute_mode="donot_use_mm_for_euclid_dist")

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        """As many rows as were remembered."""
        for name in ("histories", "states"):
            if (kept := state.get(f"{prefix}{name}")) is not None:
                setattr(self, name, torch.empty_like(kept, device=self.levels.device))
        super()._load_from_state_dict(state, prefix, *rest)
