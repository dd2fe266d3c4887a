"""A further component in a plugin package that is there: its files, and its row at the end of the manifest."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from quorate.documents import parse_document, read_document
from quorate.errors import ManifestError, QuorateError
from quorate.folders.files import disk_errors, write_bytes
from quorate.registry.entries import MANIFEST_GROUP
from quorate.registry.manifest import parse_manifest
from quorate.scaffold.blueprints import Blueprint
from quorate.scaffold.names import Names
from quorate.scaffold.package import render

FILES = {
    "{package}/{settings_module}.py": "settings.py",
    "{package}/{module}.py": "component.py",
    "tests/test_{module}.py": "common/test_conformance.py",
    "examples/{module}.yaml": "run.yaml",
}
"""The files of a component, and the template of each (see `quorate.scaffold.package.COMMON`)."""


@dataclass(frozen=True)
class Package:
    """A plugin's package.

    Attributes:
        folder: where its ``pyproject.toml`` is.
        source: what its import packages are in: `folder`, or ``src`` there.
        distribution: the name that pip knows.
        package: that holds the manifest, dotted.
        key: of the entry point.
        manifest: the file.
        project: the content of ``pyproject.toml``.
    """

    folder: Path
    source: Path
    distribution: str
    package: str
    key: str
    manifest: Path
    project: dict[str, Any]


def find_package(start: Path) -> Package:
    """The plugin package that a folder is in.

    Raises:
        QuorateError: there is none, or its ``pyproject.toml`` names no manifest that is there.
    """
    start = start.absolute()
    fix = "Go to the package's folder or give --directory; or start a package: `quorate new plugin NAME`."
    file = next((file for at in (start, *start.parents) if (file := at / "pyproject.toml").is_file()), None)
    if file is None:
        raise QuorateError("There is no plugin package here: no pyproject.toml.", where=str(start), fix=fix)
    try:
        with disk_errors(file, "read"):
            content = tomllib.loads(file.read_bytes().decode())
        project = content["project"]
        key, value = next(iter(project["entry-points"][MANIFEST_GROUP].items()))
        package, _, inner = value.partition(":")
        distribution = str(project["name"])
    except (ValueError, LookupError, AttributeError, TypeError, StopIteration):
        problem = f'The project has no manifest: no [project.entry-points."{MANIFEST_GROUP}"].'
        raise QuorateError(problem, where=str(file), fix=fix) from None
    for source in (file.parent, file.parent / "src"):
        if (manifest := source.joinpath(*package.split("."), inner)).is_file():
            return Package(file.parent, source, distribution, package, key, manifest, content)
    raise QuorateError(f"The manifest {value!r} does not exist.", where=str(file), fix="Correct the entry point.")


def add_component(package: Package, blueprint: Blueprint, names: Names) -> list[Path]:
    """Write a component's files and its row; all of them or nothing.

    Returns:
        What was written, the manifest last.

    Raises:
        QuorateError: a file or the component is there already, or the manifest can not be written to.
    """
    text = _with_row(package, names, render(blueprint, names, {"row": "common/row.yaml"})["row"])
    rendered = render(blueprint, names, FILES)
    inside = f"{names.package}/"
    files = {
        (package.source / path.replace(inside, package.package.replace(".", "/") + "/", 1))
        if path.startswith(inside)
        else (package.folder / path): content
        for path, content in rendered.items()
    }
    if taken := [path for path in files if path.exists()]:
        raise QuorateError("There is already such a file.", where=str(taken[0]), fix="Choose another name.")
    written: list[Path] = []
    try:
        for path, content in {**files, package.manifest: text}.items():
            with disk_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content.encode())
            written.append(path)
    except BaseException:
        for path in written:  # the manifest is the last
            path.unlink(missing_ok=True)
        raise
    return written


def to_add(package: Package, blueprint: Blueprint) -> list[str]:
    """What a component needs of ``pyproject.toml``, which is its author's to write, in words."""
    lines = [str(line) for line in package.project["project"].get("dependencies", [])]
    missing = [name for name in blueprint.requires if not any(line.startswith(name) for line in lines)]
    found = [f"# add to the dependencies in pyproject.toml: {', '.join(missing)}"] if missing else []
    if "quorate_manifests" not in package.project.get("tool", {}).get("pytest", {}).get("ini_options", {}):
        manifest = package.manifest.relative_to(package.folder).as_posix()
        found.append(f'# add to [tool.pytest.ini_options]: quorate_manifests = ["{manifest}"]')
    return found


def _with_row(package: Package, names: Names, row: str) -> str:
    """The manifest's text with a row after the last one, and everything else as it was."""
    data, places = read_document(package.manifest, ManifestError)
    where = str(package.manifest)
    with disk_errors(package.manifest, "read"):
        text = package.manifest.read_bytes().decode("utf-8-sig")
    parse_manifest(text, where)  # what is broken before is told as such
    rows = data["components"]
    added = parse_document(row, where, ManifestError)[0]
    if any((old["kind"], old["name"]) == (added[0]["kind"], added[0]["name"]) for old in rows):
        problem = f"The manifest has a component of the kind {added[0]['kind']} and the name {names.component!r}."
        raise QuorateError(problem, where=where, fix="Choose another name.")
    assert isinstance(places.tree, yaml.MappingNode)
    sequence = next(value for key, value in places.tree.value if key.value == "components")
    result = _insert(text, sequence, row)
    if result is None or parse_document(result, where, ManifestError)[0] != {**data, "components": [*rows, *added]}:
        fix = f"Write it into the manifest by hand, below 'components:':\n{row.rstrip()}"
        raise QuorateError("The manifest is written in a way that no row can be added to.", where=where, fix=fix)
    return result


def _insert(text: str, sequence: yaml.CollectionNode, row: str) -> str | None:
    """Put a row behind a list's last, indented as the others are; None where the list is written in brackets."""
    lines = text.splitlines()
    if sequence.flow_style and sequence.value:
        return None
    if sequence.flow_style:
        at, indent = sequence.start_mark.line, 2
        lines[at] = lines[at][: sequence.start_mark.column].rstrip() + lines[at][sequence.end_mark.column :]
        at += 1
    else:
        indent, at = sequence.start_mark.column, _end(sequence)
        while at < len(lines) and re.match(rf" {{{indent + 1},}}#", lines[at]):
            at += 1  # a remark on the last row
    return "\n".join([*lines[:at], *(" " * indent + line[2:] for line in row.splitlines()), *lines[at:]]) + "\n"


def _end(node: yaml.Node) -> int:
    """The number of the line after a node's last."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.line) + (node.end_mark.column > 0)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
