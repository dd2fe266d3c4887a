"""A DirectMARLEnv of Isaac Lab, made from settings: which task, its configuration, and what is patched."""

import contextlib
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from quorate.errors import ConfigError, QuorateError, RunError
from quorate.imports import check_allowed
from quorate.nearest import nearest
from quorate.progress import tell
from quorate_isaaclab.roots import AssetRoot, use_root
from quorate_isaaclab.settings import IsaacLabSettings, Solver
from quorate_isaaclab.versions import is_old, libraries

_CONTACTS = 2000
"""The most contacts of one world in C MuJoCo, where Newton counts none."""


def make_worlds(settings: IsaacLabSettings, batch: int, device: str, allow: Sequence[str], root: AssetRoot) -> Any:
    """The environment of Isaac Lab, unwrapped; what it prints goes to standard error.

    Args:
        settings: which task, and how.
        batch: worlds.
        device: where they are simulated.
        allow: packages that may be imported because settings name them.
        root: of assets.

    Raises:
        QuorateError: there is no such task, it is for one agent, or it can not be made this way.
    """
    check_solver(settings, batch, device)
    use_root(root)
    with contextlib.redirect_stdout(sys.stderr):
        tell(f"starting Isaac Lab: {settings.task}, {batch} at once, on {device}")
        _launch_kit(device)
        import gymnasium

        import_module("isaaclab_tasks")
        for package in settings.packages:
            check_allowed(package, allow)
            import_module(package)
        _tell_of_kernels()
        _check_free()
        _check_task(settings.task, gymnasium.registry)
        configuration = _configured(settings, batch, device)
        _patch_solver(settings, configuration)
        return gymnasium.make(settings.task, cfg=configuration).unwrapped


def check_solver(settings: IsaacLabSettings, batch: int, device: str) -> None:
    """Refuse MuJoCo in C where it can not be.

    Raises:
        ConfigError: for several worlds, on a GPU, or with other physics.
    """
    if settings.solver is not Solver.MUJOCO:
        return
    if batch != 1 or device != "cpu" or settings.physics != "newton_mjwarp":
        found = f"{batch} environments on {device} with {settings.physics}"
        problem = f"MuJoCo in C solves one environment on the CPU with newton_mjwarp, not {found}."
        fix = "Set solver: warp; or one environment, device: cpu and physics: newton_mjwarp."
        raise ConfigError(problem, where="environment.solver", fix=fix)


def simulator(settings: IsaacLabSettings, root: AssetRoot) -> str:
    """Names and versions of what computes the transitions, for the record."""
    if is_old():
        return f"{libraries()}; PhysX; {root.described}"
    return f"{libraries()}; {settings.physics}, {settings.solver}; {root.described}"


def _configured(settings: IsaacLabSettings, batch: int, device: str) -> Any:
    from isaaclab_tasks.utils import parse_env_cfg

    given = {"device": device, "num_envs": batch}
    if not is_old():
        given["overrides"] = [f"physics={settings.physics}", *settings.overrides]
    elif settings.overrides:
        raise ConfigError("Isaac Lab 2 takes no overrides.", where="environment.overrides", fix="Remove them.")
    try:
        configuration = parse_env_cfg(settings.task, **given)
    except QuorateError:
        raise
    except Exception as error:  # Hydra's and Isaac Lab's own, all of them about what was asked for
        said = " ".join(str(error).split())
        fix = "Correct physics and overrides; their names are those of Isaac Lab's configuration of the task."
        raise ConfigError(f"Isaac Lab refuses this configuration: {said}", where="environment", fix=fix) from error
    configuration.seed = settings.seed
    configuration.compute_final_obs = True
    if settings.episode_length is not None:
        configuration.episode_length_s = settings.episode_length
    return configuration


def _check_task(task: str, registered: Any) -> None:
    tasks = [name for name in registered if "MARL" in name or name.startswith("Isaac-")]
    if task not in registered:
        fix = "Give the id of one of Isaac Lab's tasks; those of other packages need `packages: [PACKAGE]`."
        raise ConfigError(
            f"There is no task {task!r}.", where="environment.task", choices=nearest(task, tasks), fix=fix
        )


def _check_free() -> None:
    """One environment in a process is all that Isaac Lab can do."""
    from isaaclab.sim import SimulationContext

    if SimulationContext.instance() is not None:
        problem = "Isaac Lab has one environment in a process, and this process has one already."
        fix = "Give the environment an interpreter, even this one's: each environment has a process of its own then."
        raise RunError(problem, where="environment.interpreter", fix=fix)


def _patch_solver(settings: IsaacLabSettings, configuration: Any) -> None:
    if settings.solver is not Solver.MUJOCO:
        return
    from newton.solvers import SolverMuJoCo

    configuration.sim.physics.solver_cfg.use_mujoco_cpu = True
    SolverMuJoCo.get_max_contact_count = lambda solver: _CONTACTS


def _tell_of_kernels() -> None:
    """Warp compiles what is not in its cache when it is first used, minutes in all."""
    with contextlib.suppress(ImportError, AttributeError):
        warp = import_module("warp")
        warp.config.quiet = True
        module = import_module("warp._src.context").Module
        compile_one = module._compile
        if getattr(compile_one, "tells", False):
            return

        def telling(self: Any, device: Any, folder: str, name: str, *arguments: Any, **keywords: Any) -> Any:
            if not (Path(folder) / name).exists():
                tell(f"compiling the kernels {self.name} for {device}, once, into {Path(folder).parent}")
            return compile_one(self, device, folder, name, *arguments, **keywords)

        telling.tells = True  # type: ignore[attr-defined]
        module._compile = telling


def _launch_kit(device: str) -> None:
    """Isaac Lab 2 runs in Isaac Sim, which is started before anything of it is imported. Read, and never run."""
    if is_old():
        from isaaclab.app import AppLauncher

        AppLauncher(headless=True, device=device)
