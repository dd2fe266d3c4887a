"""The policies of a run as files that need nothing of Quorate."""

import io
import re
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

import quorate
from quorate.door import arguments, session
from quorate.door.run import Run, load
from quorate.errors import QuorateError, RunError
from quorate.failures import told_as
from quorate.folders.files import check_place, disk_errors, write_bytes, write_json
from quorate.interfaces import Acting, Deployable, Greedy
from quorate.learning.deployment.agent import AgentFile, agent_files
from quorate.learning.deployment.card import make_card, make_page

FORMATS = ("torchscript", "onnx")

NEEDED = ("onnx", "onnxscript")
"""What torch needs to write ONNX."""


def export(
    run: Run | str | Path,
    directory: str | Path,
    *,
    step: int | None = None,
    greedy: bool | None = None,
    format: str = "torchscript",
    progress: bool | None = None,
) -> list[Path]:
    """Write the policies of a run as files that need nothing of Quorate, as ``quorate export`` does.

    Args:
        run: its folder, or one with runs in it, of which the newest is taken.
        directory: to write into; it must not exist, or be empty.
        step: of the checkpoint; None: the best policy where the run kept it, or else the newest.
        greedy: best actions, or (false) samples; None: as the run is evaluated.
        format: ``torchscript`` or ``onnx``.
        progress: as for `train`.

    Returns:
        The files.

    Raises:
        QuorateError: there is no run or checkpoint, its policies can not be exported, packages are missing, or the
            folder is not empty.
    """
    folder = session.path_of(directory)
    arguments.one_of("format", format, FORMATS)
    greedy = arguments.truth("greedy", greedy)
    check_place(folder, folder=True)
    if folder.is_dir() and any(folder.iterdir()):
        fix = "Give another folder, or empty this one."
        raise RunError("The folder to export to is already there, and has files in it.", where=str(folder), fix=fix)
    if format == "onnx" and (missing := [name for name in NEEDED if find_spec(name) is None]):
        fix = f"Run: pip install {' '.join(missing)}; or export TorchScript, which needs nothing."
        raise QuorateError("Writing ONNX needs packages that are not installed.", choices=missing, fix=fix)
    with load(run, step, progress=progress) as opened:
        contents = _contents(opened, greedy, format)
    with disk_errors(folder, "created"):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, content in contents.items():
            if isinstance(content, bytes):
                write_bytes(folder / name, content)
            else:
                write_json(folder / name, content)
    except BaseException:  # so that the same command works once there is room
        for name in contents:
            (folder / name).unlink(missing_ok=True)
        raise
    return [folder / name for name in contents]


def _contents(run: Run, greedy: bool | None, format: str) -> dict[str, Any]:
    algorithm, name = run.algorithm, run.saved.algorithm.name
    if not isinstance(algorithm, Deployable):
        problem = f"The algorithm {name!r} has no policies of single agents to export."
        fix = (
            "Export a run of another one, such as mappo; an author offers them with `deployment()` (see `Deployable`)."
        )
        raise RunError(problem, where=str(run.path), fix=fix)
    deployment, spec = algorithm.deployment(), run.spec
    greedy = run.saved.greedy if greedy is None else greedy
    actor = algorithm.actor(1, 0, greedy) if isinstance(algorithm, Acting) else None
    single = actor is None or actor.candidates == 1
    best = isinstance(deployment.policy, Greedy) and single and (actor is None or actor.actions == "greedy")
    doing = f"exporting the policy of {name!r}"
    with told_as(doing, RunError, "Its author must mend it.", about=str(run.path)):
        files = agent_files(deployment, spec, greedy=best)
        ending, save = (".pt", _torchscript) if format == "torchscript" else (".onnx", onnx_bytes)
        named = list(zip(_names([file.name for file in files], ending), files, strict=True))
        saved = {file_name: save(file) for file_name, file in named}
    facts = {
        "quorate": quorate.__version__,
        "run": str(run.path.resolve()),
        "step": run.policy_step,
        "environment": spec.name,
        "algorithm": name,
        "format": format,
        "actions": "greedy" if best else "sampled",
        "as_evaluated": "" if single or actor is None else actor.words,
    }
    card = make_card(deployment, spec, named, facts)
    return {**saved, "card.json": card, "README.md": make_page(card).encode()}


def _names(agents: list[str], ending: str) -> list[str]:
    plain = [re.sub(r"[^A-Za-z0-9_-]+", "-", agent).strip("-") for agent in agents]
    unique = len({name.lower() for name in plain if name}) == len(plain)
    return [f"{name}{ending}" if unique else f"{index}-{name}{ending}" for index, name in enumerate(plain)]


def _torchscript(file: AgentFile) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # torch means to replace it, and has no file yet that runs alone
        return _saved(lambda buffer: torch.jit.save(file.script, buffer))


def onnx_bytes(file: AgentFile) -> bytes:
    """One agent as an ONNX file; needs what `NEEDED` names."""
    dynamic = torch.export.Dim.DYNAMIC
    names = ("observation", "action_mask", "noise", "memory")[: len(file.example)]
    outputs = ["action", *(["next_memory"] if file.memory else [])]
    shapes = {name: {0: dynamic} for name in names}
    if file.example[0].dim() == 3:
        shapes["observation"][1] = dynamic
    program: Any = torch.onnx.export(
        file.module, file.example, dynamo=True, input_names=names, output_names=outputs, dynamic_shapes=shapes,
        verbose=False,
    )  # fmt: skip
    return _saved(program.save)


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()
