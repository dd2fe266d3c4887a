"""A denoiser that reads a history step by step, by a network that remembers."""

import torch
from torch import Tensor, nn
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, Environment, HistoryLayout, NetworkSpec
from quorate.learning.networks import build_network
from quorate_state_inference.denoisers.encoding import make_encoding
from quorate_state_inference.denoisers.output import is_bounded, logits_of_bounded, to_unit_scale
from quorate_state_inference.settings import RecurrentSettings


class RecurrentDenoiser(Denoiser):
    """The memory after the last step of a history is what `denoise` needs of it; the noisy state stands beside that.

    A network of one member serves all agents.
    """

    def __init__(self, settings: RecurrentSettings, environment: Environment, layout: HistoryLayout) -> None:
        super().__init__()
        self.bounded = is_bounded(settings.output, environment.spec)
        self.encoding = make_encoding(settings.encoding, environment.spec, layout)
        self._layout, self._state = layout, environment.spec.state_size
        self._conditioned = settings.condition_on_sigma
        beside = self._state + int(settings.condition_on_sigma)
        sizes = NetworkSpec(1, self.encoding.step_size, self._state, further=beside)
        self.network = build_network(settings.network, sizes)
        if not self.network.memory_size:
            problem = f"it reads histories step by step, and the network {settings.network.name} remembers nothing"
            fix = "choose a network that remembers, or the denoiser `mlp`"
            raise QuorateError(problem, where="algorithm.denoiser.network", choices=["gru"], fix=fix)
        self.gain = nn.Parameter(torch.ones(self._state)) if self.bounded else None

    @property
    def state_size(self) -> int:
        """S."""
        return self._state

    @property
    def condition_on_sigma(self) -> bool:
        """As set."""
        return self._conditioned

    @property
    def feature_size(self) -> int:
        """Of the network."""
        return self.network.feature_size

    @override
    def encode(self, history: Tensor) -> Tensor:
        return self._read(self.encoding(history), self._layout.valid(history))

    def encode_pooled(self, windows: Tensor, members: Tensor) -> Tensor:
        """As `encode`, for several agents together (see `HistoryEncoding.pool`): -> [B, c]."""
        valid = windows.unflatten(-1, (self._layout.length, -1))[..., 0] * members[..., None]
        return self._read(self.encoding.pool(windows, members), valid.amax(-2))

    @override
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        output = self._output(features, noisy, sigma)
        return output.sigmoid() if self.bounded else output

    def logits(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """See `quorate.interfaces.LogitDenoiser`.

        Raises:
            QuorateError: for a plain output, which has none.
        """
        logits_of_bounded(self.bounded)
        return self._output(features, noisy, sigma)

    def _read(self, encoded: Tensor, valid: Tensor) -> Tensor:
        """[..., size] and, of the steps that there are, [..., L] -> [..., c]."""
        steps = self.encoding.steps(encoded).flatten(0, -3).transpose(0, 1)[:, None]
        there = valid.flatten(0, -2).T > 0
        before = there.cummax(0).values[:-1]  # the newest may be hidden, and then it goes on without them
        begins = torch.cat([torch.ones_like(there[:1]), ~before])  # up to the first step of those that there are
        memory = encoded.new_zeros(1, there.shape[1], self.network.memory_size)
        features, _ = self.network.encode(steps, memory, begins)
        return features[-1, 0].reshape(*valid.shape[:-1], -1)

    def _output(self, features: Tensor, noisy: Tensor, sigma: Tensor | None) -> Tensor:
        noisy, beside = to_unit_scale(noisy, sigma) if self._conditioned else (noisy, noisy)
        output: Tensor = self.network(torch.cat([features, beside], -1)[None])[0]
        return output if self.gain is None else torch.addcmul(output, self.gain, noisy)
