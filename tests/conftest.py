"""Fixtures of all tests: an environment without a user's settings, the command line, and third-party plugins."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest

import quorate

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests share the cores already; also for the processes they start

os.fsync = lambda descriptor: None  # what tests write need not outlast the machine
gc.set_threshold(50_000, 20, 100)  # what torch, jax and five thousand tests leave in memory is long to look through

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this in the background had it ignored

hypothesis.settings.register_profile("quorate", deadline=None)  # shared machines pause at any moment
hypothesis.settings.load_profile("quorate")

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # for `warm`


@pytest.fixture(autouse=True)
def _no_user_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUORATE_PLUGINS", "QUORATE_STRICT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QUORATE_SETTINGS", os.devnull)


class Site:
    """A directory on the Python path, into which distributions are written as an installer would."""

    def __init__(self, path: Path, interpreter: Path) -> None:
        self.path, self._interpreter = path, interpreter

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text), encoding="utf-8")

    def distribution(self, name: str, entry_points: str, files: Mapping[str, str], version: str = "1.0") -> None:
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        self.write({f"{info}/METADATA": metadata, f"{info}/entry_points.txt": entry_points, **files})

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python in a process of its own, with this directory and Quorate on the path."""
        source = Path(quorate.__file__).parents[1]
        path = [str(self.path), str(source), str(source.parent / "plugins")]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("QUORATE_")}
        variables = {**kept, "PYTHONPATH": os.pathsep.join(path), "COLUMNS": "200", "QUORATE_SETTINGS": os.devnull}
        variables |= environment
        return subprocess.run(
            [self._interpreter, *arguments], env=variables, cwd=self.path, capture_output=True, text=True, timeout=1200
        )

    def quorate(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "quorate", *arguments, **environment)


@pytest.fixture(scope="session")
def warm_commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the commands `python`, `pytest` and `quorate`, which start at once; see `warm`."""
    import warm

    with warm.start(tmp_path_factory.mktemp("warm") / "bin") as folder:
        yield folder


@pytest.fixture
def warm_processes(warm_commands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started as `sys.executable`, by Quorate too, starts at once."""
    monkeypatch.setattr(sys, "executable", str(warm_commands / "python"))


@pytest.fixture
def site(tmp_path: Path, warm_commands: Path) -> Iterator[Site]:
    """A folder for distributions; what a test has imported from it is forgotten, so that names are free again."""
    found = Site(tmp_path / "site", warm_commands / "python")
    yield found
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec and str(found.path) in f"{spec.origin} {spec.submodule_search_locations}":
            del sys.modules[name]


@pytest.fixture
def acme(site: Site) -> Callable[..., Site]:
    """Install a third party's distribution ``acme-quorate``, with a manifest of given rows and a module of hooks."""

    def install(rows: str = "[]", *, hooks: str | None = None, head: str = "schema: 1", **modules: str) -> Site:
        groups = {"quorate.manifest": "acme = acme_quorate:data/registry.yaml"}
        if hooks is not None:
            groups["quorate.plugin"] = "acme = acme_quorate.hooks"
        files = {f"acme_quorate/{name}.py": text for name, text in {"__init__": "", **modules}.items()}
        files["acme_quorate/hooks.py"] = hooks or ""
        files["acme_quorate/data/registry.yaml"] = f"{head}\ncomponents:\n" + textwrap.indent(
            textwrap.dedent(rows), "  "
        )
        text = "".join(f"[{group}]\n{line}\n" for group, line in groups.items())
        site.path.mkdir(exist_ok=True)
        site.distribution("acme-quorate", text, files)
        return site

    return install


def pytest_collection_finish() -> None:
    """What is there before the first test stays until the end, and need not be looked through for garbage."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests named in slow.txt get the marker `slow`."""
    names = set((ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").split())
    for item in items:
        if item.nodeid.partition("[")[0] in names or item.nodeid.partition("::")[0] in names:
            item.add_marker(pytest.mark.slow)
