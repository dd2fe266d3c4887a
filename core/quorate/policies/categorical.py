"""Policies for discrete actions."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces.policy import PolicySpec
from quorate.learning.traced import Pull, self_traced
from quorate.policies.layout import from_members, require_actions, to_members, valid_choices
from quorate.policies.network_policy import NetworkPolicy
from quorate.policies.settings import CategoricalSettings


class CategoricalPolicy(NetworkPolicy):
    """A probability for each choice, zero for those that the action mask excludes."""

    def __init__(self, settings: CategoricalSettings, spec: PolicySpec) -> None:
        require_actions(spec, "categorical", discrete=True)
        super().__init__(settings.network, spec, spec.action_size)
        self._padded = min(spec.action_sizes) < spec.action_size

    def log_probabilities(self, inputs: Tensor, action_mask: Tensor | None = None) -> Tensor:
        """[..., n, f] -> [..., n, a]; -inf for invalid choices. A mask without a valid choice excludes none."""
        # The same over the first dimension takes a processor a tenth of the time, if there are few choices.
        logits = self._valid(self.outputs(inputs), action_mask)
        return logits.movedim(-1, 0).log_softmax(0).movedim(0, -1)

    @torch.no_grad()
    @override
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        logits = self._valid(self.outputs(inputs), action_mask)
        waiting = torch.empty((count, *logits.shape), device=generator.device).exponential_(generator=generator)
        # The first of exponential clocks, each at its probability; in the layout of `waiting` it is soon found.
        return torch.sub(logits, waiting.log_(), out=waiting).argmax(-1)

    def rsample(
        self, inputs: Tensor, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """See `Reparameterised.rsample`: straight-through Gumbel-softmax of temperature 1 (arXiv:1611.01144)."""
        log_probabilities = self.log_probabilities(inputs, action_mask)
        waiting = torch.empty(log_probabilities.shape, device=generator.device).exponential_(generator=generator)
        soft = (log_probabilities - waiting.log()).softmax(-1)
        hard = (soft.argmax(-1, keepdim=True) == torch.arange(soft.shape[-1], device=soft.device)).float()
        actions = hard + (soft - soft.detach())
        finite = log_probabilities.masked_fill(log_probabilities == -torch.inf, 0.0)
        return actions, (actions * finite).sum(-1)

    def mode(self, inputs: Tensor, action_mask: Tensor | None = None) -> Tensor:
        """The most probable choice: [..., n, f] -> int64 [..., n]."""
        return self.log_probabilities(inputs, action_mask).argmax(-1)

    def evaluate(self, inputs: Tensor, actions: Tensor, action_mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """See `Likelihood.evaluate`."""
        log_probabilities = self.log_probabilities(inputs, action_mask)
        chosen = log_probabilities.expand(*actions.shape, -1).gather(-1, actions[..., None]).squeeze(-1)
        finite = log_probabilities
        if action_mask is not None or self._padded:
            finite = finite.masked_fill(finite == -torch.inf, 0.0)
        return chosen, -(log_probabilities.exp() * finite).sum(-1)

    def evaluate_traced(
        self, inputs: Tensor, actions: Tensor, action_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Pull] | None:
        """See `TracedLikelihood.evaluate_traced`.

        With probabilities p and the entropy H, the log-probability of what was chosen has the slope [k chosen] - p_k
        in the logit of choice k, and the entropy -p_k (log p_k + H).
        """
        plain = type(self) is CategoricalPolicy  # who builds on it may evaluate something else
        own = self_traced(self.network, to_members(inputs, self.spec)) if plain else None
        if own is None:
            return None
        output, pull_network = own
        logits = self._valid(from_members(output, inputs.shape[:-2], self.spec), action_mask)
        log_probabilities, chosen = logits.movedim(-1, 0).log_softmax(0), actions[None]
        probabilities = log_probabilities.exp()
        finite = log_probabilities.clamp(min=torch.finfo(log_probabilities.dtype).min)
        entropy = (probabilities * finite).sum(0).neg_()

        def pull(of_density: Tensor, of_entropy: Tensor) -> None:
            pulled = (finite + entropy).mul_(of_entropy).add_(of_density).mul_(probabilities).neg_()
            pulled.scatter_add_(0, chosen, of_density.expand_as(actions)[None])
            pull_network(to_members(pulled.movedim(0, -1), self.spec))

        return log_probabilities.gather(0, chosen)[0], entropy, pull

    def _valid(self, logits: Tensor, action_mask: Tensor | None) -> Tensor:
        if action_mask is None and not self._padded:
            return logits
        return logits.masked_fill(~valid_choices(self.features, action_mask), -torch.inf)
