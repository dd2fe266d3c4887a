"""Environments in this interpreter's own installation, but in a process of their own; see also `test_two_versions`."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quorate.config import compose
from quorate.environments import build_environment
from quorate.registry import load_registry

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "kit"))

from isolation_support import memory_files, workers

KIT = Path(__file__).parent / "kit" / "registry.yaml"


@pytest.fixture(autouse=True)
def _other_processes(warm_processes: None) -> None:
    """They start at once."""


@pytest.fixture
def composed(tmp_path: Path) -> Callable[..., Any]:
    """Composes a run with an environment in the interpreter `other`, which is this one, or elsewhere."""

    def run(environment: str, *overrides: str, **interpreters: str) -> Any:
        return compose_run(tmp_path, environment, *overrides, **interpreters)

    return run


def compose_run(folder: Path, environment: str, *overrides: str, **interpreters: str) -> Any:
    path = folder / "run.yaml"
    path.write_text(f"environment: {environment}\nalgorithm: mappo\nbudget: {{train_steps: 2}}\nseed: 7\n")
    return compose(path, overrides, load_registry([KIT], interpreters={"other": sys.executable, **interpreters}))


class Pairs:
    """Environments here and in `other`, kept for all tests: a process that imports torch takes its time."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, dict[Any, Any]()

    def __call__(self, settings: str, batch: int = 3, **keywords: Any) -> Any:
        return self.one(settings, batch), self.one(f"{settings}, interpreter: other", batch, **keywords)

    def one(self, settings: str, batch: int = 3, **keywords: Any) -> Any:
        key = settings, batch, *keywords.items()
        if key not in self._made:
            run = compose_run(self._folder, f"{{{settings}}}")
            self._made[key] = build_environment(run.settings.environment, batch, **keywords)
        return self._made[key]

    def close(self) -> None:
        for env in self._made.values():
            env.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    os.environ["QUORATE_SETTINGS"] = os.devnull  # a module's fixture comes before those of its tests
    pairs = Pairs(tmp_path_factory.mktemp("pairs"))
    yield pairs
    pairs.close()


@pytest.fixture
def nothing_stays() -> Iterator[None]:
    """No process and no shared memory is left of a test."""
    processes = set(workers())
    yield
    assert set(workers()) == processes
    assert not memory_files()
