"""Renders a package's files from templates, and writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    "{package}/py.typed": "common/py.typed",
    "{package}/registry.yaml": "common/registry.yaml",
    "{package}/{settings_module}.py": "settings.py",
    "{package}/{module}.py": "component.py",
    "tests/test_conformance.py": "common/test_conformance.py",
    "examples/run.yaml": "run.yaml",
    "examples/compare.yaml": "compare.yaml",
}
"""The files of a package, and the template of each without the ending ``.jinja``: a common one, or the blueprint's."""


@dataclass(frozen=True)
class Written:
    """A file that was written.

    Attributes:
        path: where.
        kept: where its old content is now, if it was there and differed.
    """

    path: Path
    kept: Path | None = None


def render(blueprint: Blueprint, names: Names, files: Mapping[str, str] = COMMON) -> dict[str, str]:
    """The text of files by their paths inside a package's folder, of those that the blueprint has templates for."""
    import jinja2

    common = Path(__file__).parent / "templates"
    loader = jinja2.FileSystemLoader([blueprint.folder, common])
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    facts = {**vars(names), "blueprint": blueprint, "kind": blueprint.kind.name, "requires_quorate": _version_range()}
    return {
        path.format(**facts): environment.get_template(f"{template}.jinja").render(facts)
        for path, template in files.items()
        if "/" in template or blueprint.has(template)
    }


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


def _version_range() -> str:
    """The versions of Quorate that a new plugin is for: this one up to the next that may break it."""
    major, minor = __version__.split(".")[:2]
    return f"quorate>={major}.{minor},<{int(major) + 1}"
