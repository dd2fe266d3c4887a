"""Settings of the hand-over. Imports neither torch nor mujoco."""

from dataclasses import dataclass

from quorate.settings import setting


@dataclass
class ShadowHandsSettings:
    """Two right Shadow hands that face each other, a ball in the first, and its goal in the second."""

    hands_touch: bool = setting(False, "Whether the two hands touch each other; else they pass through.")
    horizon: int = setting(449, "Steps per episode, of 1/60 s.", minimum=1)
    threads: int = setting(
        1, "Threads that step the copies; more of them change no number, and processors can be used.", minimum=1
    )


@dataclass
class ScriptedSettings:
    """A hand-over by rule."""

    noise: float = setting(0.0, "Standard deviation of noise on actions, which go from -1 to 1.", minimum=0)
