"""Diffusion policies (denoising diffusion probabilistic models, 2006.11239)."""

import copy

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces.policy import Policy, PolicySpec, ProjectionTarget
from quorate.learning.initialisation import initial_generator
from quorate.learning.memory import encode_agents
from quorate.policies.layout import from_members, members, require_actions, standard_normal, to_members
from quorate.policies.reverse import compiled_step, reverse_step
from quorate.policies.schedules import NoiseSchedule
from quorate.policies.score import NetworkScore, Score, build_score
from quorate.policies.settings import DDPMSettings, LossWeight, Precision


class DDPMPolicy(Policy):
    """Actions that are noise after H reverse steps of diffusion; multi-modal, without a density (2605.07101, Sec. 4.1).

    The network predicts the noise eps in a noisy action, whose score is -eps / sqrt(1 - alpha-bar); the paper's Eq. 2
    has the other sign, with which its sampler runs uphill.

    Attributes:
        spec: its sizes.
        schedule: of the noise.
        score: the network; anything with its `encode`, `embed_steps` and `denoise` can sample.
    """

    features: Tensor
    _coefficients: Tensor
    _sigma: Tensor
    _mixing: Tensor

    def __init__(self, settings: DDPMSettings, spec: PolicySpec) -> None:
        super().__init__()
        require_actions(spec, "ddpm", discrete=False)
        self.spec, self._settings = spec, settings
        self.schedule = schedule = NoiseSchedule.of(settings)
        sizes = members(spec), spec.input_size, spec.action_size
        self.score = build_score(settings, *sizes, initial_generator())
        if isinstance(self.score, NetworkScore):
            self.memory_size = self.score.network.memory_size
        self._padded = min(spec.action_sizes) < spec.action_size
        self._rough: list[Score] = []  # in a list: no part of the state
        bar = schedule.alpha_bar
        weight = schedule.beta / (1 - bar) if settings.loss_weight is LossWeight.PAPER else torch.ones_like(bar)
        constants = {
            "features": spec.action_features(),
            "_coefficients": schedule.coefficients(clip=settings.clip_denoised),
            "_sigma": schedule.sigma.float(),
            "_mixing": torch.stack([bar.sqrt(), (1 - bar).sqrt(), weight], dim=1).float(),
        }
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)

    @override
    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        if not isinstance(self.score, NetworkScore):
            return inputs, memory
        return encode_agents(self.score.network, inputs, memory, begins, shared=self.spec.shared)

    @torch.no_grad()
    @override
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        """One chain for all agents, states and draws, compiled and in bfloat16 if so set."""
        score = self.score
        if self._settings.precision is Precision.BFLOAT16:
            score = self._rough_score()
        compiled = self._settings.compile and not torch._C._get_tracing_state()  # torch traces nothing compiled
        return self._chain(score, inputs, count, generator, compiled=compiled)

    def sample_through(self, inputs: Tensor, generator: torch.Generator, count: int = 1) -> Tensor:
        """Draw actions through which gradients flow to the parameters and the inputs, over the whole chain.

        Where the estimated clean action or the action itself is clipped, no gradient passes.

        Args:
            inputs: [B, n, f].
            generator: on the device of the inputs.
            count: N.

        Returns:
            [N, B, n, a].
        """
        return self._chain(self.score, inputs, count, generator, compiled=False)

    def projection_loss(self, target: ProjectionTarget, generator: torch.Generator) -> Tensor:
        """See `Projectable.projection_loss`: importance sampling score matching (2605.07101, Eq. 2) on noise.

        One uniform step and one noise for each action; the squared error is a mean over the action's real features.
        """
        count, batch = target.actions.shape[:2]
        actions = to_members(target.actions, self.spec)
        steps, eps = self._draw_noise(actions, generator)
        signal, noise, importance = self._mixing[steps].unbind(-1)
        noisy = signal[..., None] * actions + noise[..., None] * eps
        predicted = self.score.denoise_at(self.score.encode(to_members(target.inputs, self.spec)), noisy, steps)
        error = from_members((predicted - eps).square(), (count, batch), self.spec)
        error = error.where(self.features, 0.0).sum(-1) / self.features.sum(-1)
        importance = from_members(importance[..., None], (count, batch), self.spec).squeeze(-1)
        return (target.weights * importance * error).mean((0, 1))

    def _draw_noise(self, actions: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """A step for each row of [m, R, a], from 0, and noise."""
        rows, device = actions.shape[:-1], generator.device
        steps = torch.randint(self._settings.steps, rows, generator=generator, device=device)
        eps = standard_normal(actions.shape, generator)
        return steps, eps if (mask := self._mask(rows[1])) is None else eps * mask

    def _chain(self, score: Score, inputs: Tensor, count: int, generator: torch.Generator, *, compiled: bool) -> Tensor:
        rows = to_members(inputs, self.spec)
        noisy, noise = self._all_noise(count * rows.shape[1], generator)
        encoded, steps = score.encode(rows), score.embed_steps()
        advance = compiled_step() if compiled else reverse_step
        mask, clip = self._mask(noisy.shape[1]), self._settings.clip_denoised
        for step in reversed(range(self._settings.steps)):
            context = encoded + steps[:, step, None]
            noisy = advance(score, context, noisy, noise[step], self._coefficients[step], mask, clip)
        return from_members(noisy.clamp(-1, 1), (count, inputs.shape[0]), self.spec)

    def _all_noise(self, rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """What the chain begins with, [m, rows, a], and what each step adds, [H, m, rows, a]; none in the last."""
        shape = self._settings.steps, members(self.spec), rows, self.spec.action_size
        noise = standard_normal(shape, generator)
        if (mask := self._mask(rows)) is not None:
            noise = noise * mask
        return noise[0] * self._settings.initial_noise, noise * self._sigma[:, None, None, None]

    def _mask(self, rows: int) -> Tensor | None:
        """1 for real action features: broadcast to [m, rows, a]; None where there is no padding."""
        if not self._padded:
            return None
        real = self.features.float()
        return real.repeat(rows // self.spec.agents, 1)[None] if self.spec.shared else real[:, None]

    def _rough_score(self) -> Score:
        """The network in bfloat16, with the parameters of now."""
        device = self.features.device
        if not self._rough or self._rough[0].sinusoids.device != device:
            self._rough = [copy.deepcopy(self.score).to(device, torch.bfloat16)]
        torch._foreach_copy_(list(self._rough[0].parameters()), list(self.score.parameters()))
        return self._rough[0]
