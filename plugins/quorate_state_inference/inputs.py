"""Policy inputs with an estimate of the state: inferred together by the agents, or the exact posterior's mean."""

import dataclasses
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Filtering, HistoryLayout, InferenceScheme, InputContext, InputTracker, PolicyInput
from quorate.learning.action_features import ActionFeatures
from quorate.learning.inputs import Assembly, ConstantInput, EpisodeTracker, WindowTracker
from quorate.seeding import generator
from quorate_state_inference.oracle import exact_posterior
from quorate_state_inference.schemes.trial import try_scheme
from quorate_state_inference.settings import EstimateSettings, ExactPosteriorSettings
from quorate_state_inference.sources import read_denoiser

Infer = Callable[[Tensor, torch.Generator | None], Tensor]


class InferredInput(PolicyInput):
    """Own present observation, identity, and an estimate of the state that a trained denoiser makes of histories.

    The estimate is inferred anew at each step, without gradients; time is the business of the histories. A start from
    the last estimate would be worse, for the flow is blind and clings to what it is given. A policy learns from
    estimates best if they start from the states' mean: ``{name: composite, steps: 9, initial_noise: 0,
    initial_mean: 0.1667}`` is one cycle of nine agents that know that two of twelve areas are occupied.

    Its parameters are those of the denoiser; with a checkpoint of the policy's run, later training of the denoiser
    changes nothing.

    Args:
        settings: of the input.
        context: what it is built from.
        name: of the input, for messages.

    Raises:
        QuorateError: there is no such run, it does not fit this environment, or the scheme does not fit its denoiser.
    """

    def __init__(self, settings: EstimateSettings, context: InputContext, name: str) -> None:
        spec, self._device = context.environment.spec, context.device
        self.denoiser, self.layout = read_denoiser(context.saved_run(settings.run), spec, context.device)
        self._features = ActionFeatures(spec, context.device) if self.layout.action_size else None
        self.scheme = _unchecked(settings)
        self._shuffle = settings.shuffle
        size = spec.observation_size
        self.assembly = Assembly(spec, size, context.device, identity=settings.identity, state=True)
        told = "estimated by " + settings.inference.name + (", shuffled" if settings.shuffle else "")
        histories = f"from histories of {self.layout.length} observation(s) of all agents"
        self._description = f"own observation ({size}), {self.assembly.description}, {told} {histories}"
        where = f"the setting `inference` ({settings.inference.name}) of the input `{name}`"
        try_scheme(self.scheme, self.denoiser, self.layout, context.device, where)

    @property
    def size(self) -> int:
        """f."""
        return self.assembly.size

    @property
    @override
    def description(self) -> str:
        return self._description

    @override
    def tracker(self, batch: int, seed: int) -> InputTracker:
        randomness = generator(seed, "estimates", device=self._device)
        return EstimateTracker(self.assembly, self._infer, self.layout, batch, randomness, self._features)

    def state_dict(self) -> dict[str, Any]:
        """The denoiser's parameters."""
        return {"denoiser": self.denoiser.state_dict()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.denoiser.load_state_dict(state["denoiser"])

    @abstractmethod
    def estimate(self, histories: Tensor, randomness: torch.Generator) -> Tensor:
        """From histories [B, n, h] to states [B, e, s]."""

    def _infer(self, histories: Tensor, randomness: torch.Generator | None) -> Tensor:
        assert randomness is not None
        states = self.estimate(histories, randomness)
        return shuffled(states, randomness) if self._shuffle else states


class EstimateInput(InferredInput):
    """The estimate that the agents infer together from all that each of them has seen; see `InferredInput`."""

    def __init__(self, settings: EstimateSettings, context: InputContext) -> None:
        super().__init__(settings, context, "estimate")

    @override
    def estimate(self, histories: Tensor, randomness: torch.Generator) -> Tensor:
        return self.scheme.infer(self.denoiser, histories, randomness).states


class ExactPosteriorInput(ConstantInput):
    """Own present observation, identity, and the state's exact mean given all agents' observations: a bound.

    Without `history_length` it is the exact filter over the whole episode, where the environment's posterior is
    `Filtering`.

    Raises:
        QuorateError: the environment offers no exact posterior, or none that goes from step to step.
    """

    def __init__(self, settings: ExactPosteriorSettings, context: InputContext) -> None:
        spec = context.environment.spec
        self._layout = HistoryLayout.of(spec, settings.history_length or 1)
        self._posterior = exact_posterior(context.environment, self._layout)
        self._filters, self._shuffle = settings.history_length is None, settings.shuffle
        if self._filters and not isinstance(self._posterior, Filtering):
            problem = f"the exact posterior of {spec.name} does not go from step to step"
            raise QuorateError(problem, fix="set `history_length`, such as to the horizon")
        size, self._device = spec.observation_size, context.device
        assembly = Assembly(spec, size, context.device, identity=settings.identity, state=True)
        known = "all" if self._filters else f"the last {self._layout.length}"
        told = f"exact mean given {known} observations of all agents" + (", shuffled" if settings.shuffle else "")
        super().__init__(assembly, f"own observation ({size}), {told}")

    @override
    def tracker(self, batch: int, seed: int) -> InputTracker:
        randomness = generator(seed, "estimates", device=self._device) if self._shuffle else None
        if self._filters:
            assert isinstance(self._posterior, Filtering)
            return FilterTracker(self.assembly, self._posterior, randomness)
        return EstimateTracker(self.assembly, self._infer, self._layout, batch, randomness)

    def _infer(self, histories: Tensor, randomness: torch.Generator | None) -> Tensor:
        means = self._posterior.log_probability(histories).exp() @ self._posterior.states
        return shuffled(means, randomness)[:, None]


class EstimateTracker(WindowTracker):
    """Keeps the histories of B environments, and estimates their states.

    Args:
        assembly: puts inputs together.
        infer: from histories [B, n, h] to states [B, e, s].
        layout: of the histories.
        batch: B.
        randomness: what `infer` draws from, if it draws.
        features: of the actions, where the histories hold them.
    """

    def __init__(
        self,
        assembly: Assembly,
        infer: Infer,
        layout: HistoryLayout,
        batch: int,
        randomness: torch.Generator | None,
        features: ActionFeatures | None = None,
    ) -> None:
        super().__init__(layout, batch, assembly.identity.device, features)
        self._assembly, self._infer, self._randomness = assembly, infer, randomness

    @override
    def inputs(self, observation: Tensor) -> Tensor:
        return self._assembly(observation, self._infer(self.buffer.histories, self._randomness))

    @override
    def estimate(self, inputs: Tensor) -> Tensor:
        return self._assembly.states(inputs)

    def state_dict(self) -> dict[str, Any]:
        """The histories, and the generator where there is one."""
        return {**super().state_dict(), "randomness": _stored(self._randomness)}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        _restore(self._randomness, state["randomness"])


class FilterTracker(EpisodeTracker):
    """The exact posterior's mean given everything since the episode began; a generator shuffles the rows."""

    def __init__(self, assembly: Assembly, posterior: Filtering, randomness: torch.Generator | None) -> None:
        self._assembly, self._posterior, self._randomness = assembly, posterior, randomness
        self._known: Tensor | None = None

    @override
    def begin(self, observation: Tensor, state: Tensor, rows: Tensor | None) -> Tensor:
        fresh = self._posterior.filter(None, observation)
        old = fresh if self._known is None or rows is None else self._known
        self._known = fresh if rows is None else torch.where(rows[:, None], fresh, old)
        return self._inputs(observation, self._known)

    @override
    def advance(self, observation: Tensor, state: Tensor) -> Tensor:
        self._known = self._posterior.filter(self._known, observation)
        return self._inputs(observation, self._known)

    @override
    def estimate(self, inputs: Tensor) -> Tensor:
        return self._assembly.states(inputs)

    def state_dict(self) -> dict[str, Any]:
        """The posterior, and the generator where there is one."""
        return {"known": self._known, "randomness": _stored(self._randomness)}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._known = None if state["known"] is None else state["known"].to(self._posterior.states.device)
        _restore(self._randomness, state["randomness"])

    def _inputs(self, observation: Tensor, known: Tensor) -> Tensor:
        means = known.exp() @ self._posterior.states
        return self._assembly(observation, shuffled(means, self._randomness)[:, None])


def shuffled(rows: Tensor, randomness: torch.Generator | None) -> Tensor:
    """The rows in a random order; as they are without a generator."""
    if randomness is None:
        return rows
    return rows[torch.randperm(len(rows), generator=randomness, device=rows.device)]


def _unchecked(settings: EstimateSettings) -> InferenceScheme:
    """The scheme, without acceptance checks where nothing would read their verdict."""
    part = settings.inference
    if getattr(part.settings, "draws", 2) == 1 and hasattr(part.settings, "checks"):
        part = dataclasses.replace(part, settings=dataclasses.replace(part.settings, checks=False))
    scheme: InferenceScheme = part.build()
    return scheme


def _stored(randomness: torch.Generator | None) -> Tensor | None:
    return None if randomness is None else randomness.get_state()


def _restore(randomness: torch.Generator | None, state: Tensor | None) -> None:
    if randomness is not None and state is not None:
        randomness.set_state(state.cpu())
