"""Settings of environments of Isaac Lab. This module imports neither torch nor Isaac Lab."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from quorate.conventions import Observability, RewardRule
from quorate.settings import REQUIRED, setting


class Solver(StrEnum):
    """Which of MuJoCo's two programs solves the dynamics on Newton."""

    WARP = "warp"
    MUJOCO = "mujoco"


class Assets(StrEnum):
    """What robots and scenes are made of."""

    NVIDIA = "nvidia"
    SUBSTITUTE = "substitute"


_TASK = re.compile(r"[A-Za-z0-9][\w.-]*")
_OVERRIDE = re.compile(r"(?P<key>[A-Za-z_][\w.]*)=(?P<value>[\w.+/ ,\[\]-]*)")
_CODE = re.compile(r"\blambda\b|(^|\.)(class_type|func|_target_)$")


@dataclass
class IsaacLabSettings:
    """Which task of Isaac Lab, and how it is simulated.

    Raises:
        ValueError: where a setting is not of its form; the message begins with the setting's name.
    """

    task: str = setting(REQUIRED, "The id of a DirectMARLEnv, such as Isaac-Shadow-Handover-Direct.")
    packages: list[str] = setting([], "Packages that register further tasks when they are imported.")
    physics: str = setting("newton_mjwarp", "Isaac Lab's name of the physics, such as newton_mjwarp.")
    solver: Solver = setting(
        Solver.WARP, "On Newton, MuJoCo in Warp; or MuJoCo in C, faster on a CPU, for one environment only."
    )
    device: str | None = setting(None, "Where it is simulated: cpu, cuda or cuda:N; null: where the run is.")
    seed: int = setting(0, "Of what is drawn while the scene is made; episodes are seeded by the run.", minimum=0)
    asset_root: Path | None = setting(
        None, "The folder of assets; null: what the variable ISAACSIM_ASSET_ROOT names, else NVIDIA's servers."
    )
    assets: Assets = setting(
        Assets.NVIDIA, "What is in it: NVIDIA's assets, or the substitutes of `quorate isaaclab assets`."
    )
    episode_length: float | None = setting(None, "Seconds of an episode; null: the task's.", above=0)
    reward: RewardRule = setting(
        RewardRule.SUM, "The team's reward from the agents': the one that all share (which is checked), sum or mean."
    )
    observability: Observability = setting(Observability.PARTIAL, "What the observations reveal of the state.")
    overrides: list[str] = setting(
        [], "Further KEY=VALUE of Isaac Lab's configuration, such as env.success_duration_s=2; values are plain data."
    )

    def __post_init__(self) -> None:
        if not _TASK.fullmatch(self.task):
            raise ValueError(f"task: {self.task!r} is no id of a task.")
        if not re.fullmatch(r"\w+", self.physics):
            raise ValueError(f"physics: {self.physics!r} is no name of Isaac Lab's physics.")
        if self.device is not None and not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device: {self.device!r} is neither cpu nor cuda nor cuda:N.")
        for text in self.overrides:
            match = _OVERRIDE.fullmatch(text)
            if match is None or _CODE.search(match["key"]) or _CODE.search(match["value"]):
                # Isaac Lab imports module:function, and evaluates lambdas: a configuration is not to choose those.
                raise ValueError(f"overrides: {text!r} is not KEY=VALUE with a plain value.")

    @property
    def imports(self) -> tuple[str, ...]:
        """The modules that these settings name; they must be allowed."""
        return tuple(self.packages)

    @property
    def title(self) -> str:
        """What errors call the environment, after its registered name."""
        return self.task

    @property
    def tags(self) -> dict[str, Any]:
        """What follows from the settings; assets of another kind are another environment."""
        simulator = f"Isaac Lab, {self.physics}, {self.solver}, {self.assets} assets"
        return {"simulator": simulator, "observability": self.observability.value}
