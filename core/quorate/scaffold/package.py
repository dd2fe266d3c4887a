"""Renders a package's files from templates, and writes them."""

from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from quorate import __version__
from quorate.errors import QuorateError
from quorate.folders.files import disk_errors, write_bytes
from quorate.scaffold.blueprints import Blueprint
from quorate.scaffold.names import Names

COMMON = {
    "pyproject.toml": "common/pyproject.toml",
    "README.md": "common/README.md",
    ".gitignore": "common/gitignore",
    ".github/workflows/test.yml": "common/workflow.yml",
    "{package}/__init__.py": "common/__init__.py",
    "{package}/registry.yaml": "common/registry.yaml",
    "{package}/settings.py": "{templates}/settings.py",
    "{package}/{kind}.py": "{templates}/component.py",
    "tests/test_conformance.py": "common/test_conformance.py",
    "examples/run.yaml": "{templates}/run.yaml",
    "examples/compare.yaml": "{templates}/compare.yaml",
}
"""The files of a package, and the template of each (without the ending ``.jinja``)."""


@dataclass(frozen=True)
class Written:
    """A file that was written.

    Attributes:
        path: where.
        kept: where its old content is now, if it was there and differed.
    """

    path: Path
    kept: Path | None = None


def render_package(blueprint: Blueprint, names: Names) -> dict[str, str]:
    """The files of a package by their paths inside its folder."""
    import jinja2

    loader = jinja2.FunctionLoader(_read_template)
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    facts = {**asdict(blueprint), **asdict(names), "requires_quorate": _version_range()}
    rendered = {}
    for path, template in COMMON.items():
        if path == "examples/compare.yaml" and not blueprint.compare:
            continue
        rendered[path.format(**facts)] = environment.get_template(template.format(**facts)).render(facts)
    return rendered


def write_package(folder: Path, rendered: dict[str, str], *, force: bool = False) -> list[Written]:
    """Write files; the old content of one that is replaced is kept beside it, with the ending ``.bak``.

    Args:
        folder: of the package; it must not exist, or be empty.
        rendered: the texts by their paths inside the folder.
        force: write into a folder that has files.

    Raises:
        QuorateError: the folder is there and has files, or can not be written, or an old content would be lost.
    """
    if not force and (folder.is_file() or (folder.is_dir() and any(folder.iterdir()))):
        fix = "Choose another name or --directory; or add --force, which keeps replaced files as *.bak."
        raise QuorateError("The package's folder is already there.", where=str(folder), fix=fix)
    plans = [(folder / path, text) for path, text in rendered.items()]
    replaced = {path for path, text in plans if _differs(path, text)}
    for path in replaced:
        if _kept(path).exists():
            fix = "Remove it, or move it away."
            raise QuorateError("A file of an earlier --force would be lost.", where=str(_kept(path)), fix=fix)
    return [_write(path, text, path in replaced) for path, text in plans]


def _write(path: Path, text: str, replaced: bool) -> Written:
    with disk_errors(path, fix="Make room there, or choose another --directory."):
        path.parent.mkdir(parents=True, exist_ok=True)
        if replaced:
            path.rename(_kept(path))
    write_bytes(path, text.encode())
    return Written(path, _kept(path) if replaced else None)


def _differs(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() != text.encode()


def _kept(path: Path) -> Path:
    return path.with_name(f"{path.name}.bak")


def _read_template(name: str) -> str | None:
    template = files("quorate.scaffold").joinpath("templates", *f"{name}.jinja".split("/"))
    return template.read_text(encoding="utf-8") if template.is_file() else None


def _version_range() -> str:
    """The versions of Quorate that a new plugin is for: this one up to the next that may break it."""
    major, minor = __version__.split(".")[:2]
    return f"quorate>={major}.{minor},<{int(major) + 1}"
