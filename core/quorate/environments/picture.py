"""A picture of an environment's state."""

import numpy as np
import torch

from quorate.environments.spaces import Array
from quorate.interfaces import Renderable

INCHES, DOTS = 4.0, 100


def picture(environment: Renderable, state: Array) -> Array:
    """Draw a state.

    Args:
        environment: knows how.
        state: float32 [s].

    Returns:
        uint8 [400, 400, 3], red, green and blue.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((INCHES, INCHES), DOTS)
    canvas = FigureCanvasAgg(figure)
    environment.draw(figure.subplots(), torch.from_numpy(state))
    canvas.draw()  # type: ignore[no-untyped-call]
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
