"""Fixtures for the tests of plugins; pytest finds them wherever Quorate is installed.

In ``pyproject.toml``, the manifests that all tests use, relative to that file:

    [tool.pytest.ini_options]
    quorate_manifests = ["acme_quorate/registry.yaml"]

    quorate_plugins = ["acme"]    # installed ones that the tests need too, by the keys of their entry points

One test may have more manifests, relative to its own file: ``@pytest.mark.quorate_manifests("other.yaml")``.

This module is imported in every run of pytest, so it imports nothing else of Quorate before a fixture is used.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from quorate.interfaces import Environment
    from quorate.registry import Registry

MANIFESTS = "quorate_manifests"
"""The name of the ini option and of the marker."""

PLUGINS = "quorate_plugins"
"""The name of the ini option."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    parser.addini(MANIFESTS, "Manifests that the fixture quorate_registry reads.", type="paths", default=[])
    parser.addini(PLUGINS, "Installed plugins that the fixture quorate_registry has too.", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", f"{MANIFESTS}(*paths): further manifests for the fixture quorate_registry.")


@dataclass(frozen=True)
class TinyRun:
    """A run that came to its end.

    Attributes:
        directory: its folder.
        metrics: the rows of ``metrics.jsonl``.
        result: the content of ``result.json``.
    """

    directory: Path
    metrics: list[dict[str, Any]]
    result: dict[str, Any]


@pytest.fixture
def quorate_manifests(request: pytest.FixtureRequest) -> list[Path]:
    """The manifests of the ini option and of the test's markers."""
    given = [request.path.parent / path for mark in request.node.iter_markers(MANIFESTS) for path in mark.args]
    return [*map(Path, request.config.getini(MANIFESTS)), *given]


@pytest.fixture
def quorate_registry(
    quorate_manifests: list[Path],
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> "Registry":
    """What Quorate has, the manifests of the tests, and nothing else.

    No other plugin is there but those of the ini option, and for the time of the test neither are the user's
    ``QUORATE_`` variables and settings.
    """
    import os

    from quorate.registry import load_registry

    for name in [name for name in os.environ if name.startswith("QUORATE_")]:
        monkeypatch.delenv(name)
    settings = tmp_path_factory.mktemp("quorate") / "settings.yaml"
    settings.touch()
    monkeypatch.setenv("QUORATE_SETTINGS", str(settings))
    monkeypatch.setenv("QUORATE_PLUGINS", ",".join(pytestconfig.getini(PLUGINS)))
    return load_registry(_with_tiny(quorate_manifests))


@pytest.fixture
def tiny_environment(quorate_registry: "Registry") -> "Iterator[Callable[..., Environment]]":
    """Builds a batch of ``tiny/world-v1``, or of another: ``tiny_environment(batch=4, name="...", error=0.1)``.

    The settings are keywords. The environments are closed after the test.
    """
    from quorate.config import compose_component
    from quorate.environments import build_environment

    built: list[Environment] = []

    def build(batch: int = 4, name: str = "tiny/world-v1", device: str = "cpu", **settings: Any) -> "Environment":
        component = compose_component("environment", name, quorate_registry, settings)
        built.append(build_environment(component, batch, device))
        return built[-1]

    yield build
    for environment in built:
        environment.close()


@pytest.fixture
def tiny_run(quorate_registry: "Registry", quorate_manifests: list[Path], tmp_path: Path) -> Callable[..., TinyRun]:
    """Runs a small configuration to its end, as ``quorate run`` would, in the test's temporary folder.

    The keywords are the sections of a run's file; what is left out is MAPPO in ``tiny/world-v1``, two training steps.
    Where ``mappo`` and ``state-inference`` are named, their further settings are small ones by default:

        run = tiny_run(algorithm={"name": "state-inference", "denoiser": "acme/mlp"})
        assert run.result["step"] == 2
    """

    def execute(**sections: Any) -> TinyRun:
        from quorate.testing.short_run import short_run

        return TinyRun(*short_run(sections, quorate_registry, tmp_path))

    return execute


def _with_tiny(manifests: Sequence[Path]) -> list[Path]:
    from quorate.testing.tiny import tiny_manifest

    return list(dict.fromkeys(path.resolve() for path in [*manifests, tiny_manifest()]))
