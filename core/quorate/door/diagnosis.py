"""Whether an installation is sound: what it has, and what every plugin and component does when it is used."""

import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from quorate import __version__
from quorate.door.session import App
from quorate.errors import QuorateError
from quorate.foreign import Foreign, told
from quorate.interpreters import find_interpreter, known_interpreters
from quorate.registry.check import check_rows
from quorate.registry.plugin import PluginState
from quorate.registry.registry import Registry
from quorate.registry.selection import why_not

_DEPENDENCIES = ("torch", "numpy", "omegaconf", "pluggy", "gymnasium", "pettingzoo", "safetensors")


@dataclass(frozen=True)
class Finding:
    """One check: its subject, ``ok``, ``skipped`` or ``broken``, and a remark."""

    subject: str
    state: str
    remark: str = ""


def diagnose(app: App, timeout: float) -> Iterator[Finding]:
    """Check this installation, every plugin and every component, one after another.

    Args:
        app: whose registry it is.
        timeout: seconds for importing one component.
    """
    registry = app.registry
    yield Finding("quorate", "ok", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    yield _torch()
    yield from map(_dependency, _DEPENDENCIES)
    yield _writable(Path.cwd())
    yield from _interpreters(app)
    yield from _plugins(registry)
    yield from _components(app, timeout)
    yield from _health(registry)


def _torch() -> Finding:
    try:
        import torch

        device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no accelerator: device cpu"
        torch.ones(1).sum()
    except Exception as error:  # a damaged installation raises OSError and others
        return Finding("device", "broken", f"{type(error).__name__}: {error}")
    return Finding("device", "ok", f"{device}, {torch.get_num_threads()} threads")


def _dependency(name: str) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        return Finding(name, "broken", f"not installed; run: pip install {name}")


def _writable(directory: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"quorate")
    except OSError as error:
        return Finding("runs", "broken", f"can not write in {directory}: {error.strerror}")
    return Finding("runs", "ok", f"can write in {directory}{os.sep}")


def _interpreters(app: App) -> Iterator[Finding]:
    """Whether each of the other interpreters that are known starts, and what it has."""
    try:
        known = known_interpreters(app.interpreters)
    except QuorateError as error:
        yield Finding("user's settings", "broken", str(error))
        return
    for name in known:
        yield _healthy(f"interpreter {name}", lambda name=name: _interpreter(name, app.interpreters))  # type: ignore[misc]


def _homes(app: App) -> dict[str, str]:
    """The names of interpreters that are known, by those of the descriptions that they were made from."""
    from quorate.interpreters.creating import made_for

    with suppress(QuorateError):  # which `_interpreters` tells
        return {made_for(path) or name: name for name, path in known_interpreters(app.interpreters).items()}
    return {}


def _interpreter(name: str, given: Mapping[str, str]) -> str:
    from quorate.interpreters.process import Worker

    worker = Worker(name, find_interpreter(name, given))
    worker.close()
    return ", ".join(f"{package} {version}" for package, version in worker.versions.items()) + f": {worker.python}"


def _plugins(registry: Registry) -> Iterator[Finding]:
    registry.load_plugins()
    for plugin in registry.plugins:
        state = {PluginState.LOADED: "ok", PluginState.BLOCKED: "skipped"}.get(plugin.state, "broken")
        text = f"{plugin.distribution} {plugin.version} {plugin.state}".strip()
        remark = ": ".join(filter(None, (text, plugin.error)))
        slow = f"; {plugin.slowness}, and commands wait for it" if plugin.slowness else ""
        yield Finding(f"plugin {plugin.name} ({plugin.provides})", state, remark + slow)
    for disabled in registry.disabled:
        yield Finding(f"{disabled.kind} {disabled.name}", "broken", disabled.reason)


def _components(app: App, timeout: float) -> Iterator[Finding]:
    registry, homes = app.registry, _homes(app)
    ready = []
    for row in registry.rows():
        if remark := why_not(registry, row):
            if row.interpreter and (home := homes.get(row.interpreter)):
                remark = f"lives in the interpreter {home!r}: write 'interpreter: {home}' beside its name"
            yield Finding(f"{row.kind} {row.name}", "skipped", remark)
        else:
            ready.append(row)
    for answer in check_rows(ready, app.manifests, plugins=app.plugins, timeout=timeout):
        yield Finding(f"{answer.kind} {answer.name}", "broken" if answer.error else "ok", answer.error or "")


def _health(registry: Registry) -> Iterator[Finding]:
    for plugin, checks in registry.hooks.call_named("quorate_health_checks"):
        try:
            with Foreign():
                named = [(str(name), check) for name, check in checks]
        except Exception as error:
            remark = f"its checks are not pairs of name and function: {told(error)}"
            yield Finding(f"health of {plugin}", "broken", remark)
            continue
        for name, check in named:
            yield _healthy(f"health of {plugin}: {name}", check)
    for (plugin, hook), said in registry.hooks.failures.items():
        yield Finding(f"{hook} of {plugin}", "broken", f"it raised {said}")


def _healthy(subject: str, check: Callable[[], object]) -> Finding:
    try:
        with Foreign():
            return Finding(subject, "ok", str(check() or ""))
    except Exception as error:  # that is how a check says that something is wrong
        return Finding(subject, "broken", told(error))
