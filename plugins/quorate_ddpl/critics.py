"""Action values of n agents, each of its own action: Q_i(x, a_i)."""

import torch
from torch import Tensor

from quorate.interfaces import PolicySpec
from quorate.learning.critics import TwinCritics
from quorate.learning.initialisation import initial_generator
from quorate.learning.living import left_to_them, living_mean
from quorate.learning.multi_step import Sample
from quorate.learning.stacks import agents_first
from quorate_ddpl.settings import CriticInput, DDPLSettings


class AgentCritics:
    """Two critics of each agent and their slow copies (arXiv:2605.07101, Algorithm 2, step 5).

    Args:
        settings: of the algorithm.
        spec: sizes of the policies.
        state_size: s.
        device: of the networks.

    Attributes:
        networks: what is trained.
        target: the slow copies.
    """

    def __init__(self, settings: DDPLSettings, spec: PolicySpec, state_size: int, device: torch.device) -> None:
        self._settings = settings
        self._by_state = settings.critic_input is CriticInput.STATE
        size = (state_size if self._by_state else spec.input_size) + spec.action_size
        self.networks = TwinCritics(settings.critic, spec.agents, size, initial_generator()).to(device)
        self.target = self.networks.target()

    def seen(self, state: Tensor, inputs: Tensor) -> Tensor:
        """What the critics see: the state [B, s] or the policies' inputs [B, n, f]."""
        return state if self._by_state else inputs

    def values(self, seen: Tensor, actions: Tensor, *, target: bool = False) -> Tensor:
        """The smaller value of each agent's two critics (the first's, without `twins`).

        Args:
            seen: [B, s] or [B, n, f], see `seen`.
            actions: [N, B, n, a]; they are clipped to [-1, 1].
            target: by the slow copies.

        Returns:
            [N, B, n].
        """
        critics = self.target if target else self.networks
        values = critics(self._joined(seen, actions))
        least: Tensor = values.amin(0) if self._settings.twins else values[0]
        return least.reshape(actions.shape[2], *actions.shape[:2]).movedim(0, -1)

    def losses(self, sample: Sample, following: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Squared errors of the values of what was done.

        Args:
            sample: B transitions.
            following: actions at the next states, [N, b, n, a] for b of them, one after the other.

        Returns:
            The losses [n], summed over the critics of an agent, and the values [critics, n, B].
        """
        goal = self._goal(sample, following).T
        values = self.networks(self._joined(self.seen(sample.state, sample.inputs), sample.actions[None]))
        values = values if self._settings.twins else values[:1]
        errors = (values - goal).square().sum(0)
        return living_mean(errors.T, sample.agent_mask), values.detach()

    @torch.no_grad()
    def _goal(self, sample: Sample, following: list[Tensor]) -> Tensor:
        """y = r + gamma mean_j Q'(s', a'_j), [B, n]."""
        settings = self._settings
        seen = self.seen(sample.next_state, sample.next_inputs).split([actions.shape[1] for actions in following])
        parts = zip(seen, following, strict=True)
        later = torch.cat([self.values(part, actions, target=True).mean(0) for part, actions in parts])
        later = left_to_them(later, sample.next_agent_mask, shared=True)
        factor = sample.discount[:, None] if settings.termination else settings.discount
        return sample.returns[:, None] + factor * later

    def _joined(self, seen: Tensor, actions: Tensor) -> Tensor:
        """[n, N B, c + a]: for each agent, what its critic sees and its action."""
        count, batch, agents, size = actions.shape
        features = seen.expand(agents, *seen.shape) if self._by_state else agents_first(seen)
        chosen = actions.clamp(-1, 1).movedim(-2, 0)
        joined = torch.cat([features[:, None].expand(-1, count, -1, -1), chosen], dim=-1)
        return joined.reshape(agents, count * batch, features.shape[-1] + size)
