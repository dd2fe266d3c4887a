"""The policy input `shared`: the others' observations, as an information structure lets them through."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.information import InformationStructure, information_structure
from quorate.interfaces import HistoryLayout, InputContext, InputTracker
from quorate.learning.action_features import ActionFeatures
from quorate.learning.input_settings import SharedSettings
from quorate.learning.inputs import Assembly, ConstantInput, WindowTracker


class SharedInput(ConstantInput):
    """All agents' last L observations and, if told, actions, each masked until the structure makes it known.

    Agent i sees n windows of L * (1 + o + a) features, as in `HistoryLayout`: its own first, then those of agents
    i + 1, i + 2, ... (modulo n), so that agents that share parameters find each other in the same places (2308.08705).

    Attributes:
        length: of each window, L.
        structure: who learns what, and when.
    """

    def __init__(self, settings: SharedSettings, context: InputContext) -> None:
        spec, self.length, self._device = context.environment.spec, settings.length, context.device
        where = "algorithm.input.delay"
        self.structure = information_structure(settings.delay, spec.agent_count, where)
        self._layout = HistoryLayout.of(spec, settings.length, actions=settings.actions)
        size = spec.agent_count * self._layout.window_size
        features = ActionFeatures(spec, context.device) if settings.actions else None
        what = "observations and actions" if settings.actions else "observations"
        super().__init__(
            Assembly(spec, size, context.device, identity=settings.identity),
            f"last {settings.length} {what} of all, own first, as known under {self.structure.name} ({size})",
            features,
        )

    @override
    def tracker(self, batch: int, seed: int) -> InputTracker:
        return SharedTracker(self.assembly, self._layout, self.structure, batch, self._device, self.features)


class SharedTracker(WindowTracker):
    """Keeps all agents' histories, and shows each what it knows of them."""

    def __init__(
        self,
        assembly: Assembly,
        layout: HistoryLayout,
        structure: InformationStructure,
        batch: int,
        device: torch.device,
        features: ActionFeatures | None,
    ) -> None:
        super().__init__(layout, batch, device, features)
        agents = torch.arange(layout.agents, device=device)
        self._assembly, self._length = assembly, layout.length
        self._whose = (agents[:, None] + agents) % layout.agents  # [i, k]: who is k-th from i
        self._known = known(layout, structure).to(device).gather(1, self._spread(self._whose, layout.step_size))

    @override
    def inputs(self, observation: Tensor) -> Tensor:
        steps = self.buffer.windows.unflatten(-1, (self._length, -1))  # [B, n, L, c]
        return self._assembly((steps[:, self._whose] * self._known).flatten(2))

    def _spread(self, whose: Tensor, size: int) -> Tensor:
        return whose[:, :, None, None].expand(-1, -1, self._length, size)


def known(layout: HistoryLayout, structure: InformationStructure) -> Tensor:
    """What agent i knows of agent j's window: float32 [n, n, L, 1 + o + a], 1 or 0.

    A slot holds the observation of a step and the action that led to it, which is of the step before; that there was a
    step is known with the observation.
    """
    return told(layout, torch.tensor(structure.observation_delay), torch.tensor(structure.action_delay))


def common(layout: HistoryLayout, structure: InformationStructure) -> Tensor:
    """What all agents know of agent j's window: float32 [n, L, 1 + o + a], 1 or 0."""
    return known(layout, structure).amin(0)


def told(layout: HistoryLayout, observation_delay: Tensor, action_delay: Tensor) -> Tensor:
    """What is told of a window, late by so many steps [...]: float32 [..., L, 1 + o + a], 1 or 0."""
    age = torch.arange(layout.length - 1, -1, -1, device=observation_delay.device)
    seen = age >= observation_delay[..., None]
    done = age + 1 >= action_delay[..., None]
    sizes = layout.step_size - layout.action_size, layout.action_size
    parts = [mask[..., None].expand(*mask.shape, size) for mask, size in zip((seen, done), sizes, strict=True)]
    return torch.cat(parts, -1).float()
