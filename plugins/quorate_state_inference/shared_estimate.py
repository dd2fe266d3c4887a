"""The policy input `shared-estimate`: composite diffusion under an information structure.

2410.13953 lets all agents infer together from all that they have seen; 2308.08705 says what of it is common, and when.
"""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.information import InformationStructure, information_structure
from quorate.interfaces import Denoiser, HistoryLayout, InferenceScheme, InputContext
from quorate.learning.shared import common
from quorate.seeding import generator
from quorate_state_inference.inputs import InferredInput
from quorate_state_inference.schemes.flow import Flow
from quorate_state_inference.settings import FlowSettings, SharedEstimateSettings, StateInferenceSettings

INPUT = "algorithm.input"
"""Where its settings are."""


class SharedEstimateInput(InferredInput):
    """An estimate from what is common of the agents' histories and, of each agent, from its own; see `CommonThenOwn`.

    Where all is common at once it is the input `estimate`; where nothing ever is, the scheme `individual`.

    Raises:
        QuorateError: as `InferredInput`; or there is no such structure, the denoiser has not learned to do without
            the newest observations or must be told noise levels, or the scheme is no flow.
    """

    def __init__(self, settings: SharedEstimateSettings, context: InputContext) -> None:
        super().__init__(settings, context, "shared-estimate")
        spec = context.environment.spec
        self.structure = information_structure(settings.delay, spec.agent_count, f"{INPUT}.delay")
        flow = self._flow(settings)
        if self.denoiser.condition_on_sigma:
            problem = "this denoiser must be told the noise level, and that of an estimate is not known"
            raise QuorateError(problem, where=f"{INPUT}.run", fix="train with `condition_on_sigma: false`")
        parts = CommonThenOwn(self.scheme, flow, self.layout, self.structure, settings.own_steps, context.device)
        _check_hidden(parts.hidden, settings, context)
        self._parts = parts

    @property
    @override
    def description(self) -> str:
        return f"{super().description}, as common under {self.structure.name}, and then of one's own"

    @override
    def estimate(self, histories: Tensor, randomness: torch.Generator) -> Tensor:
        return self._parts(self.denoiser, histories, randomness)

    def _flow(self, settings: SharedEstimateSettings) -> FlowSettings:
        flow, name = settings.inference.settings, settings.inference.name
        nothing = torch.zeros(1, self.layout.agents, self.layout.size, device=self.assembly.identity.device)
        where = f"{INPUT}.inference"
        together = ["composite", "product-of-experts", "precision-gate", "precision-pool"]
        if not isinstance(flow, FlowSettings):
            problem = f"the scheme {name} is no flow that an agent could go on with"
            raise QuorateError(problem, where=where, choices=together, fix="choose one that is")
        trial = self.scheme.infer(self.denoiser, nothing, generator(0, device=nothing.device))
        if trial.states.shape[1] > 1:
            problem = f"under the scheme {name} agents do not infer together, so that nothing is shared"
            raise QuorateError(problem, where=where, choices=together, fix="choose another, or the input `estimate`")
        return flow


class CommonThenOwn:
    """A scheme on what all agents know of each other's histories; then each agent's own denoiser on all of its own.

    Agents of whose observations none is ever common take no part in the scheme, and those who hide nothing have nothing
    to add to it. Until anything is common, as where an episode begins, agents start by themselves, where the scheme's
    flow would. What some agents know of others and not all do is left out.

    Args:
        scheme: of those whose histories are common.
        flow: where its flow starts.
        layout: of the histories.
        structure: what is common.
        own_steps: calls of each agent's own denoiser.
        device: of the histories.

    Attributes:
        hidden: how many of the newest observations the scheme does without, at most.
    """

    def __init__(
        self,
        scheme: InferenceScheme,
        flow: FlowSettings,
        layout: HistoryLayout,
        structure: InformationStructure,
        own_steps: int,
        device: torch.device,
    ) -> None:
        self._scheme, self._flow, self._layout, self._own_steps = scheme, flow, layout, own_steps
        self._common = common(layout, structure).to(device)
        observed = self._common[..., 0]
        self._members = observed.amax(-1).nonzero()[:, 0]
        self._private = (self._common == 0).flatten(1).any(-1)[:, None]
        self.hidden = int((observed[self._members] == 0).sum(-1).amax()) if len(self._members) else 0

    @torch.no_grad()
    def __call__(self, denoiser: Denoiser, histories: Tensor, randomness: torch.Generator) -> Tensor:
        """From histories [B, n, h] to states [B, n, s]; [B, e, s] as by the scheme where all is common."""
        if not self._private.any():
            return self._scheme.infer(denoiser, histories, randomness).states
        features = denoiser.encode(histories).flatten(0, 1)
        states = self._begin(denoiser, histories, randomness)
        for _ in range(self._own_steps):
            own = denoiser.denoise(features, states.flatten(0, 1)).unflatten(0, histories.shape[:2])
            states = torch.where(self._private, own, states)
        return states

    def _begin(self, denoiser: Denoiser, histories: Tensor, randomness: torch.Generator) -> Tensor:
        """What agents go on from, [B, n, s]: the scheme's estimate or, where nothing is common, a flow's start."""
        batch, agents = histories.shape[:2]
        shared = self._shared(histories)
        known = self._layout.valid(shared).any(-1).any(-1)[:, None, None]
        together = self._scheme.infer(denoiser, shared, randomness).states if len(self._members) else None
        flow = Flow(self._flow, denoiser, self._own_steps, randomness)
        alone = flow.start(batch * agents).unflatten(0, (batch, agents))
        return alone if together is None else torch.where(known, together, alone)

    def _shared(self, histories: Tensor) -> Tensor:
        """What is common of those who take part, [B, m, h]."""
        steps = self._layout.steps(histories) * self._common
        whole = torch.cat([self._layout.identity(histories), steps.flatten(-2)], -1)
        return whole[:, self._members]


def _check_hidden(hidden: int, settings: SharedEstimateSettings, context: InputContext) -> None:
    run = context.saved_run(settings.run)
    trained = run.algorithm.settings
    assert isinstance(trained, StateInferenceSettings)
    if trained.hidden_steps < hidden:
        problem = (
            f"under this structure the {hidden} newest observation(s) of others are not known, and the denoiser was "
            f"trained with `hidden_steps: {trained.hidden_steps}`"
        )
        fix = f"train it with `algorithm.hidden_steps={hidden}`"
        raise QuorateError(problem, where=str(run.folder), fix=fix)
