"""Frames of the episodes that are played, and their file: a GIF, an MP4, or a PNG with a sheet of them."""

import importlib.util
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from quorate.environments.picture import Camera, caption
from quorate.environments.values import Array
from quorate.errors import RunError
from quorate.folders.files import check_place, disk_errors, write_bytes
from quorate.interfaces import Actor, Step

COLOURS = 128
MOST, COLUMNS = 12, 4
"""Frames of a sheet, and those of one of its rows."""
REST = 1.5
"""Seconds that a GIF shows its last frame for."""


class Recorder:
    """Watches the first environment of a batch.

    A frame shows a state, what agents do in it and, where they are given one, their estimate of it (the mean of
    theirs, where they differ); the last one of an episode the state that it ended in.

    Args:
        camera: of the environment.
        actor: who plays.
        episodes: to film.
        every: steps from one frame to the next; an episode's last state is shown besides.

    Attributes:
        frames: uint8 [h, w, 3] each.
    """

    def __init__(self, camera: Camera, actor: Actor, episodes: int, every: int = 1) -> None:
        self._camera, self._actor, self._left, self._every = camera, actor, episodes, every
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
        if self._left and actions is not None and self._steps % self._every == 0:
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


def check_film(path: Path) -> None:
    """Refuse what could not be written in the end.

    Raises:
        RunError: the suffix is none of ours, or needs a package that is not installed; or nothing can be written there.
    """
    if path.suffix.lower() not in _ENCODERS:
        problem = f"A film can not be written as {path.suffix or 'a file without a suffix'!r}."
        raise RunError(problem, where=str(path), choices=[*_ENCODERS], fix="Choose another suffix.")
    missing = [name for name in ("imageio", "imageio_ffmpeg") if importlib.util.find_spec(name) is None]
    if path.suffix.lower() == ".mp4" and missing:
        fix = "pip install 'quorate[video]'; or write a .gif, which needs nothing."
        raise RunError(f"An MP4 needs {missing[0]}, which is not installed.", where=str(path), fix=fix)
    check_place(path)


def write_film(frames: Sequence[Array], path: Path, speed: float) -> None:
    """Write frames whole or not at all; folders that are missing are made.

    Args:
        frames: uint8 [h, w, 3], at least one, all of one size.
        path: its suffix is one that `check_film` lets pass.
        speed: frames per second.

    Raises:
        RunError: it can not be written.
    """
    with disk_errors(path.parent, "created"):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, _ENCODERS[path.suffix.lower()](frames, speed))


def _gif(frames: Sequence[Array], speed: float) -> bytes:
    # One palette for all, so that what stays does not flicker.
    some = [frames[at] for at in _spread(len(frames), 8)]
    palette = Image.fromarray(np.concatenate(some)).quantize(COLOURS)
    first, *others = (Image.fromarray(one).quantize(palette=palette, dither=Image.Dither.NONE) for one in frames)
    durations = [1000 / speed] * len(others) + [1000 * REST]
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)
    return out.getvalue()


def _png(frames: Sequence[Array], speed: float) -> bytes:
    chosen = _spread(len(frames), MOST)
    columns = min(COLUMNS, len(chosen))
    height, width = frames[0].shape[:2]
    sheet = Image.new("RGB", (columns * width, -(-len(chosen) // columns) * height), "white")
    for place, at in enumerate(chosen):
        sheet.paste(Image.fromarray(frames[at]), (place % columns * width, place // columns * height))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _mp4(frames: Sequence[Array], speed: float) -> bytes:
    imageio = importlib.import_module("imageio")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        imageio.mimwrite(file, frames, fps=speed, macro_block_size=2)
        return file.read_bytes()


def _spread(count: int, most: int) -> list[int]:
    """At most so many of `count` places, evenly, with the first and the last."""
    return sorted({round(at) for at in np.linspace(0, count - 1, min(count, most))})


_ENCODERS: dict[str, Callable[[Sequence[Array], float], bytes]] = {".gif": _gif, ".mp4": _mp4, ".png": _png}
