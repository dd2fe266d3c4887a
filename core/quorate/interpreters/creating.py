"""Making the virtual environment that a plugin describes. What is installed is the plugin's to say, never a run's."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlparse

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import quorate
from quorate.errors import ConfigError, RunError
from quorate.processes.program import run_program
from quorate.progress import tell
from quorate.registry.interpreter_rows import InterpreterRow

_MARK = "quorate-interpreter.json"
"""In the folder of what was made here: other folders are not touched."""
_CHECK_SECONDS = 600.0
_VERSION = re.compile(r"\d+\.\d+\.\S+")


def create(
    row: InterpreterRow, folder: Path, python: str | None = None, checkouts: Mapping[str, Path] | None = None
) -> str:
    """Make a virtual environment, or go on with one that was not finished.

    Args:
        row: describes it.
        folder: where it is made.
        python: the interpreter to make it with; None: one that is found.
        checkouts: folders to install instead of requirements, by the names of those.

    Returns:
        Its Python executable.

    Raises:
        ConfigError: there is no such Python, or the folder holds something else.
        RunError: pip fails, or what it has installed can not be imported.
    """
    wanted = _with_checkouts(row, checkouts or {})
    base = python or find_python(row.python)
    _check_python(base, row)
    if python_of(folder) is None or not (folder / _MARK).exists():
        _check_empty(folder)
        tell(f"making a virtual environment of {base} in {folder}")
        _run([base, "-m", "venv", str(folder)], "make a virtual environment", "Install its modules venv and ensurepip.")
        (folder / _MARK).write_text(json.dumps({"for": row.name}) + "\n")
    own = python_of(folder)
    assert own is not None
    names = ", ".join(words[-1] for words in wanted)
    tell(f"installing {names}{f'; {row.size} on the disk' if row.size else ''}")
    host = [*_source("quorate"), *(_source(row.distribution) if row.distribution != "quorate" else [])]
    remote = [words[-1].partition(" @ ")[0] for words in wanted if " @ " in words[-1]]
    _pip(own, [word for words in wanted for word in words] + (host if row.host else []), remote)
    if row.no_dependencies:
        tell(f"installing {', '.join(row.no_dependencies)}")
        _pip(own, ["--no-deps", *row.no_dependencies])
    check(row, own)
    return own


def check(row: InterpreterRow, python: str) -> None:
    """Import the modules of a description there.

    Raises:
        RunError: one of them can not be imported.
    """
    for module in row.modules:
        tell(f"importing {module} there")
        try:
            done = run_program([python, "-P", "-c", f"import {module}"], seconds=_CHECK_SECONDS)
        except TimeoutError:
            raise RunError(f"Importing {module} there did not end.", where=python, fix="Import it by hand.") from None
        if done.returncode:
            said = done.stderr.strip().splitlines()
            problem = f"{module} can not be imported there: {said[-1] if said else 'it says nothing'}"
            raise RunError(problem, where=python, fix=f"Find out why: {python} -c 'import {module}'")


def find_python(versions: str) -> str:
    """A Python of one of these versions: this one, one on the search path, or one of pyenv's.

    Raises:
        ConfigError: there is none.
    """
    wanted = SpecifierSet(versions)
    for python in _pythons():
        if (version := version_of(python)) and wanted.contains(version):
            return python
    fix = "Install one, from python.org for instance, and give it with --python PATH."
    raise ConfigError(f"There is no Python {versions} on this machine's search path.", where="--python", fix=fix)


def version_of(python: str) -> str | None:
    """The version of an interpreter; None where it is none that works."""
    with suppress(OSError):
        code = "import platform; print(platform.python_version())"
        done = run_program([python, "-I", "-c", code], seconds=30)
        if done.returncode == 0 and (found := _VERSION.fullmatch(done.stdout.strip())):
            return found[0]
    return None


def made_for(folder: str) -> str:
    """The name of the description that a virtual environment was made from; empty where `create` did not make it."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((Path(folder) / _MARK).read_text())["for"])
    return ""


def python_of(folder: Path) -> str | None:
    """The executable of a virtual environment; None where the folder is none."""
    found = folder / "bin" / "python"
    return str(found) if found.is_file() and os.access(found, os.X_OK) else None


def _pythons() -> Iterator[str]:
    yield sys.executable
    names = [f"python3.{minor}" for minor in range(20, 8, -1)]
    yield from (found for name in names if (found := shutil.which(name)))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob("versions/*/bin/python"), reverse=True))


def _check_python(python: str, row: InterpreterRow) -> None:
    version = version_of(python)
    if version is None:
        raise ConfigError(f"{python} is no Python that works.", where="--python", fix="Give an executable.")
    if not SpecifierSet(row.python).contains(version):
        problem = f"{python} is Python {version}, and {row.name} needs {row.python}."
        raise ConfigError(problem, where="--python", fix="Give another with --python PATH.")


def _check_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fix = "Remove it, or give another with --directory PATH."
        raise ConfigError(
            "There is something else in the place of the virtual environment.", where=str(folder), fix=fix
        )


def _with_checkouts(row: InterpreterRow, checkouts: Mapping[str, Path]) -> list[list[str]]:
    """The words of pip for each requirement; a checkout takes the place of the one of its name."""
    given = {canonicalize_name(name): path for name, path in checkouts.items()}
    named = {canonicalize_name(Requirement(text).name): text for text in row.requirements}
    for name, path in given.items():
        if name not in named:
            problem = f"{name!r} is no requirement of {row.name}."
            raise ConfigError(problem, where="--checkout", choices=list(named), fix="Give the name of one of them.")
        if not path.is_dir():
            raise ConfigError(f"There is no folder {path}.", where="--checkout", fix="Give the path of a checkout.")
    return [[str(given[name].absolute())] if name in given else [text] for name, text in named.items()]


def _source(distribution: str) -> list[str]:
    """What installs a distribution that is installed here: from where it is from, and in the same version."""
    try:
        own = metadata.distribution(distribution)
    except (metadata.PackageNotFoundError, ValueError):  # a manifest that was given by hand
        return []
    origin = json.loads(own.read_text("direct_url.json") or "{}")
    url, folder = origin.get("url", ""), origin.get("dir_info")
    if folder is not None and url.startswith("file://"):
        path = unquote(urlparse(url).path)
        return ["--editable", path] if folder.get("editable") else [path]
    if vcs := origin.get("vcs_info"):
        return [f"{distribution} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"]
    version = quorate.__version__ if distribution == "quorate" else own.version
    return [f"{distribution}=={version}"]


def _pip(python: str, words: Sequence[str], remote: Sequence[str] = ()) -> None:
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    fix = "Read what pip says above; call the same command again to go on where it stopped."
    for name in remote:
        fix += f" A clone of yours is installed with --checkout {name}=PATH."
    _run([*pip, *words], f"install {' '.join(words)}", fix)


def _run(words: Sequence[str], doing: str, fix: str) -> None:
    """Run a program that tells of itself on standard error."""
    try:
        done = run_program(words, shown=True)
    except OSError as error:
        raise RunError(f"Could not {doing}: {error.strerror or error}.", where=words[0], fix=fix) from error
    if done.returncode:
        raise RunError(f"Could not {doing} (exit code {done.returncode}).", where=words[0], fix=fix)
