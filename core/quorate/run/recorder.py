"""Takes the frames of the first episodes of a batch while it is played."""

import torch
from torch import Tensor

from quorate.environments.picture import Camera, caption
from quorate.environments.values import Array
from quorate.interfaces import Actor, Step


class Recorder:
    """Watches the first environment of a batch.

    A frame shows a state, what agents do in it and, where they are given one, their estimate of it (the mean of
    theirs, where they differ); the last one of an episode the state that it ended in.

    Args:
        camera: of the environment.
        actor: who plays.
        episodes: to film.

    Attributes:
        frames: uint8 [h, w, 3] each.
    """

    def __init__(self, camera: Camera, actor: Actor, episodes: int) -> None:
        self._camera, self._actor, self._left = camera, actor, episodes
        self._steps, self._total = -1, 0.0
        self._idle: Tensor | None = None
        self.frames: list[Array] = []

    def __call__(self, step: Step, actions: Tensor | None) -> None:
        """A step was made, and these actions follow it; None: nothing does."""
        if not self._left:
            return
        self._steps, self._total = self._steps + 1, self._total + float(step.reward[0])
        if bool(step.ended[0]) and step.final_state is not None:
            self._take(step.final_state, self._idle, final=True)
            self._left, self._steps, self._total = self._left - 1, 0, 0.0
        if self._left and actions is not None:
            self._idle = torch.full_like(actions, torch.nan if actions.is_floating_point() else -1)
            self._take(step.state, actions)

    def _take(self, state: Tensor, actions: Tensor | None, *, final: bool = False) -> None:
        estimate = self._actor.estimate(final=final)
        frame = self._camera(
            state[0].cpu(),
            caption(self._steps, self._total),
            None if estimate is None else estimate[0].mean(dim=0).cpu(),
            None if actions is None else actions[0].cpu(),
            final=final,
        )
        if frame is not None:
            self.frames.append(frame)
