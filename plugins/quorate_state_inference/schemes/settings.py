"""Settings of the schemes that need a regressor; imports neither torch nor numpy."""

from dataclasses import dataclass

from quorate.settings import setting
from quorate_state_inference.settings import CompositeSettings, FlowSettings


@dataclass
class PrecisionPoolSettings(FlowSettings):
    """All agents at once, weighted by how sure they are."""

    rounds: int = setting(4, "Rounds; each calls every agent's denoiser once.", minimum=1)


@dataclass
class PrecisionGateSettings(CompositeSettings):
    """All agents in turn, each of whom changes what it knows."""


@dataclass
class RegressionSettings:
    """Each agent alone, in one shot."""


@dataclass
class RegressionProductSettings:
    """All agents in one shot, pooled as a product of experts."""

    clip: bool = setting(True, "Keep estimates in [0, 1].")
