"""Pictures of an environment, one after the other."""

import inspect
from typing import Any

import numpy as np
from torch import Tensor

from quorate.environments.values import Array
from quorate.interfaces import Environment, Filmable, Renderable

INCHES, DOTS = 4.8, 100
INK = "#3a3f47"
_PLACE = (0.1, 0.16, 0.8, 0.75)
"""Of the axes: a caption fits above, a legend of two rows below."""


class Camera:
    """Takes pictures of the first environment of a batch: the simulator's own, or drawings on one figure.

    Args:
        environment: `Filmable`, `Renderable` or neither.

    Attributes:
        works: whether there are pictures at all.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._films = isinstance(environment, Filmable) and environment.render_mode == "rgb_array"
        self.works = self._films or isinstance(environment, Renderable)
        self._canvas: Any = None

    def __reduce__(self) -> tuple[type["Camera"], tuple[Environment]]:
        # A copy takes pictures of the copied environment, on a figure of its own.
        return Camera, (self._environment,)

    def __call__(
        self,
        state: Tensor,
        caption: tuple[str, str] = ("", ""),
        estimate: Tensor | None = None,
        actions: Tensor | None = None,
        *,
        final: bool = False,
    ) -> Array | None:
        """Take a picture.

        Args:
            state: [s].
            caption: what stands above a drawing, on the left and on the right.
            estimate: [s], drawn with it.
            actions: what agents do in this state, see `Renderable.draw`.
            final: the state is the last of an episode, and the environment is in the next one already.

        Returns:
            uint8 [h, w, 3], red, green and blue; drawings are [480, 480, 3]. None where there are no pictures.
        """
        if isinstance(self._environment, Filmable) and self._films:
            frame: Array | None = self._environment.render(final=final)
            return frame
        if not isinstance(self._environment, Renderable):
            return None
        axes = self._blank(caption)
        if actions is None or not _draws_actions(self._environment):
            self._environment.draw(axes, state, estimate)
        else:
            self._environment.draw(axes, state, estimate, actions)
        return self._developed()

    def _blank(self, caption: tuple[str, str]) -> Any:
        if self._canvas is None:
            self._prepare()
        self._axes.clear()
        for text, words in zip(self._texts, caption, strict=True):
            text.set_text(words)
        return self._axes

    def _prepare(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure((INCHES, INCHES), DOTS)
        self._canvas, self._axes = FigureCanvasAgg(figure), figure.add_axes(_PLACE)
        sides = ((0.03, "left"), (0.97, "right"))
        self._texts = [figure.text(x, 0.975, "", ha=side, va="top", color=INK, fontsize=11) for x, side in sides]

    def _developed(self) -> Array:
        self._canvas.draw()
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()


def caption(step: int, total: float) -> tuple[str, str]:
    """What stands above a picture: how many steps were made, and the undiscounted return so far."""
    return f"step {step}", f"return {total:.4g}".replace("-", "\N{MINUS SIGN}")


def _draws_actions(environment: Renderable) -> bool:
    """Drawings of version 0.1 know nothing of actions."""
    return len(inspect.signature(environment.draw).parameters) > 3
