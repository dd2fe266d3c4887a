"""What a denoiser network reads of a history."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, HistoryLayout
from quorate_state_inference.settings import Encoding


class HistoryEncoding(nn.Module, ABC):
    """A fixed map from histories to network inputs; zero for the null history."""

    size: int
    step_size: int
    """Of each step, where the history is read step by step."""

    @abstractmethod
    def forward(self, history: Tensor) -> Tensor:
        """One agent's history: [..., h] -> [..., size]."""

    @abstractmethod
    def steps(self, encoded: Tensor) -> Tensor:
        """What is encoded, step by step: [..., size] -> [..., L, step_size]."""

    @abstractmethod
    def pool(self, windows: Tensor, members: Tensor) -> Tensor:
        """What several agents' histories say together.

        Args:
            windows: [B, n, w], histories without identities.
            members: float32 [B, n], 1 for the agents that are pooled; none of them: the null history.

        Returns:
            [B, size].
        """


class LocalEncoding(HistoryEncoding):
    """The history as it is: who the agent is, then what it observed."""

    def __init__(self, layout: HistoryLayout) -> None:
        super().__init__()
        self._layout = layout
        self.size, self.step_size = layout.size, layout.agents + layout.step_size

    @override
    def forward(self, history: Tensor) -> Tensor:
        return history

    @override
    def steps(self, encoded: Tensor) -> Tensor:
        """Each of them says who the agent is."""
        identity, window = encoded.tensor_split((self._layout.agents,), -1)
        steps = window.unflatten(-1, (self._layout.length, -1))
        return torch.cat([identity[..., None, :].expand(*steps.shape[:-1], -1), steps], -1)

    def pool(self, windows: Tensor, members: Tensor) -> Tensor:
        """The sum over members; meaningful for at most one of them."""
        return (self._layout.identify(windows) * members[..., None]).sum(-2)


class GlobalEncoding(HistoryEncoding):
    """For each step, a mask of the state features that are watched and what was reported of them: L * 2s inputs.

    Reports are 0 or 1, so the pooled report on a feature is whether any member reported it.
    """

    places: Tensor
    watched: Tensor
    reporters: Tensor

    def __init__(self, spec: EnvironmentSpec, layout: HistoryLayout) -> None:
        super().__init__()
        if spec.observed_features is None or not spec.binary_state:
            raise QuorateError(
                f"{spec.name} does not say which binary state feature each observation reports on",
                where="algorithm.denoiser.encoding",
                choices=["local", "global"],
                fix="set `encoding: local`",
            )
        if layout.action_size:
            problem, fix = "it reads reports, and would leave the actions out", "set `encoding: local`"
            raise QuorateError(problem, where="algorithm.denoiser.encoding", choices=["local"], fix=fix)
        self._layout = layout
        self.step_size = 2 * spec.state_size
        self.size = layout.length * self.step_size
        slots = spec.observed_features
        placed = functional.one_hot(slots.clamp(min=0), spec.state_size) * (slots >= 0)[..., None]
        watched = placed.amax(1, keepdim=True)
        reporter = torch.where(watched[:, 0] > 0, 1 + placed.argmax(1), 1 + slots.shape[1])  # the last reports nothing
        self._one_report = int(placed.sum(1).max()) <= 1
        self.register_buffer("watched", watched[:, 0].float(), persistent=False)
        self.register_buffer("reporters", reporter, persistent=False)
        halves = functional.pad(watched, (0, 0, 0, slots.shape[1])), functional.pad(placed, (0, 0, 1, 0))
        places = torch.stack(halves, 2)  # of a step: that it is valid, then what was observed [n, 1 + o, 2, s]
        self.register_buffer("places", places.float().reshape(-1, 2 * spec.state_size), persistent=False)

    @override
    def forward(self, history: Tensor) -> Tensor:
        identity, steps = self._layout.identity(history), self._layout.steps(history)
        if self._one_report:
            return self._pick(identity, steps)
        return self._place(identity[..., None, :, None] * steps[..., None, :])

    @override
    def steps(self, encoded: Tensor) -> Tensor:
        steps: Tensor = encoded.unflatten(-1, (self._layout.length, -1))
        return steps

    @override
    def pool(self, windows: Tensor, members: Tensor) -> Tensor:
        steps = windows.unflatten(-1, (self._layout.length, -1)) * members[..., None, None]
        return self._place(steps.transpose(-3, -2))

    def _pick(self, identity: Tensor, steps: Tensor) -> Tensor:
        """As `_place`, of one agent that reports on each feature once: [..., n], [..., L, 1 + o] -> [..., size]."""
        agent = identity.argmax(-1)[..., None]  # of the null history any, as its steps are 0
        reporters = functional.embedding(agent, self.reporters).expand(*steps.shape[:-1], -1)
        reports = functional.pad(steps.clamp(max=1.0), (0, 1)).gather(-1, reporters)
        return torch.cat([steps[..., :1] * functional.embedding(agent, self.watched), reports], -1).flatten(-2)

    def _place(self, steps: Tensor) -> Tensor:
        """[..., L, n, 1 + o] -> [..., size]."""
        return (steps.flatten(-2) @ self.places).clamp_(max=1.0).flatten(-2)


def make_encoding(encoding: Encoding, spec: EnvironmentSpec, layout: HistoryLayout) -> HistoryEncoding:
    """That of a setting.

    Raises:
        QuorateError: it is not for this environment or these histories.
    """
    return GlobalEncoding(spec, layout) if encoding is Encoding.GLOBAL else LocalEncoding(layout)
