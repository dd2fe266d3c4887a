"""Who collects histories: a policy that needs no learning, or what another run has learned."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Actor, Environment, EnvironmentSpec, Policy, PolicySpec, RunContext
from quorate.learning.acting import TrackedActor, play_by
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.inputs import Assembly, MemorylessTracker
from quorate.learning.scaling import ActionScaling
from quorate.seeding import derive_seed
from quorate_state_inference.settings import RandomPolicySettings, StateInferenceSettings
from quorate_state_inference.sources import opened_behaviour


class RandomPolicy(Policy):
    """Uniform over the valid discrete actions, or over [-1, 1] in each feature of a (normalised) continuous action."""

    valid: Tensor

    def __init__(self, settings: RandomPolicySettings, spec: PolicySpec) -> None:
        super().__init__()
        self._discrete = spec.discrete
        self.register_buffer("valid", spec.action_features(), persistent=False)

    @override
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        batch, agents = inputs.shape[:2]
        if not self._discrete:
            shape = (count, batch, *self.valid.shape)
            uniform = torch.rand(shape, generator=generator, device=inputs.device)
            return uniform.mul_(2).sub_(1).mul_(self.valid)
        mask = self.valid.expand(batch, -1, -1) if action_mask is None else action_mask
        weights = mask.reshape(batch * agents, -1).float()
        drawn = torch.multinomial(weights, count, replacement=True, generator=generator)
        return drawn.T.reshape(count, batch, agents)


def policy_actor(policy: Policy, spec: EnvironmentSpec, device: torch.device) -> Actor:
    """Samples of a policy that sees the agents' own observations."""
    tracker = MemorylessTracker(Assembly(spec, spec.observation_size, device, identity=False), state=False)
    return TrackedActor(tracker, *play_by(policy, greedy=False).scaled(ActionScaling.of(spec, device)))


@contextmanager
def behaviour(settings: StateInferenceSettings, environment: Environment, context: RunContext) -> Iterator[Actor]:
    """Who collects histories: the policy `behaviour`, or what the run `behaviour_run` has learned.

    Raises:
        QuorateError: the policy can not act in this environment, or there is no such run.
    """
    seed, device = context.seed, context.device
    if settings.behaviour_run is None:
        spec = environment.spec
        with seeded_initialisation(seed, "behaviour"):
            policy = settings.behaviour.build(PolicySpec.of(spec, spec.observation_size)).to(device)
        yield policy_actor(policy, spec, device)
        return
    saved = context.saved_run(settings.behaviour_run)
    with opened_behaviour(saved, environment, device) as acting:
        yield acting.actor(environment.batch, derive_seed(seed, "behaviour", "inputs"), saved.greedy)
