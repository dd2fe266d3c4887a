"""Settings of `dagger`; imports no torch."""

from dataclasses import dataclass
from enum import StrEnum

from quorate.learning.off_policy_settings import ReplaySettings
from quorate.settings import REQUIRED, Component, component, setting


class Acts(StrEnum):
    """Who acts once the teacher has shown what it does."""

    LEARNER = "learner"
    """DAgger: what is learned is met again where it leads to."""
    TEACHER = "teacher"
    """Behavioural cloning: only what the teacher comes to is seen."""


@dataclass
class DAggerSettings(ReplaySettings):
    """Policies that are taught by the choices of another policy."""

    teacher: Component = component(
        "policy",
        REQUIRED,
        "Whose choices are imitated, such as a policy by rule; it is built as it is, and not trained.",
    )
    policy: Component | None = component(
        "policy", None, "The policy class that learns; null: `gaussian` or `categorical`, as the actions are."
    )
    share_parameters: bool = setting(False, "One network for all agents.")
    teacher_steps: int = setting(1000, "Environment steps in which the teacher acts, before any update.", minimum=0)
    acts: Acts = setting(Acts.LEARNER, "Who acts after those.")
    learning_rate: float = setting(1e-3, "Adam's.", above=0)
    learning_rate_end: float = setting(
        0.1, "What is left of the learning rate at the end of the budget, linearly.", minimum=0, maximum=1
    )
    clip_norm: float | None = setting(1.0, "Gradients of each policy are clipped to it; null: never.", above=0)

    @property
    def tags(self) -> dict[str, str]:
        """How it is usually evaluated: by modes, which diffusion policies have not."""
        sampled = self.policy is not None and self.policy.name.partition("/")[0] == "ddpm"
        return {"evaluation_actions": "sampled" if sampled else "greedy"}
