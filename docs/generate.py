"""Writes docs/reference from the registry, the settings, the hooks and the command line, and parts of the architecture.

With `--check` it writes nothing, and exits with 1 where a page is not what would be written.
"""

import argparse
import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from docstrings import docstring, python_block
from house import architecture
from python_pages import python_pages

from quorate import hookspecs
from quorate.cli.app import App
from quorate.cli.main import COMMANDS, cli
from quorate.config.schema import RunSettings
from quorate.registry import Registry, load_registry
from quorate.registry.describe import Setting, describe_settings
from quorate.registry.kinds import KINDS, Kind
from quorate.registry.rows import Row
from quorate.studies.references.band import band, centre
from quorate.studies.references.catalogue import catalogue
from quorate.studies.references.model import Reference, Source
from quorate.testing import checks_of

PLACE = Path(__file__).parent / "reference"
EXAMPLES = Path(__file__).parents[1] / "examples" / "hooks.py"
WIDTH = 88
ARCHITECTURE = "../architecture.md"
NOTE = "<!-- Written by docs/generate.py; do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """Every page by its file name."""
    registry = load_registry([], plugins=False)
    written = {f"{kind.name}.md": kind_page(kind, registry) for kind in KINDS.values()}
    written |= {"run.md": run_page(), "hooks.md": hooks_page(), "commands.md": commands_page()}
    written["checks.md"] = checks_page()
    written["references.md"] = references_page(registry)
    written |= python_pages()
    return {name: NOTE + text.rstrip() + "\n" for name, text in {"index.md": index_page(registry), **written}.items()}


def index_page(registry: Registry) -> str:
    """What there is, in one table."""
    lines = ["# Reference", "", "Generated from the code. Components by kind:", "", "| kind | what it is | built in |"]
    lines.append("|---|---|---|")
    for kind in KINDS.values():
        names = ", ".join(f"[`{row.name}`]({kind.name}.md#{anchor(row)})" for row in registry.rows(kind.name))
        lines.append(f"| [{kind.name}]({kind.name}.md) | {cell(kind.summary)} | {names} |")
    return "\n".join([
        *lines, "",
        "- [Run settings](run.md): every key of a YAML file outside its components.",
        "- [Commands](commands.md): the help of every command.",
        "- [Python](python.md): what `import quorate` offers; [interfaces](python-interfaces.md), "
        "[learning](python-learning.md), [policies](python-policies.md) and [other modules](python-modules.md) that "
        "plugins may use. Every other module is private.",
        "- [Hooks](hooks.md): what a plugin's code can be told of and asked for.",
        "- [Reference results](references.md): what `quorate reproduce` holds new results against.",
        "- [Checks](checks.md): what `quorate check` and `quorate.testing` hold components to.",
    ])  # fmt: skip


def kind_page(kind: Kind, registry: Registry) -> str:
    """One kind with all of its built-in components."""
    facts = [f"A target of this kind is called with `{kind.called_with}`"]
    if kind.interface:
        module, _, name = kind.interface.partition(":")
        facts[0] += f" and returns a `{module}.{name}`"
    parts = [f"# {kind.plural.capitalize()}", kind.summary, facts[0] + "."]
    for row, presets in families(kind, registry):
        parts += component_section(row, registry)
        parts += [part for preset in presets for part in preset_section(preset, row)]
    return "\n\n".join(parts)


def families(kind: Kind, registry: Registry) -> Iterator[tuple[Row, list[Row]]]:
    """Every row with its presets, also one that is no component itself."""
    seen = set()
    for row in registry.rows(kind.name):
        above = registry.above_presets(row.preset_of, kind.name) if row.preset_of else row
        if above and above.name not in seen:
            seen.add(above.name)
            yield above, registry.presets(above)


def preset_section(preset: Row, row: Row) -> Iterator[str]:
    """A preset: what it says beyond its row."""
    yield f"### `{preset.name}` {{ #{anchor(preset)} }}"
    yield preset.summary
    facts = [f"`{name}: {json.dumps(value)}`" for name, value in preset.tags.items() if row.tags.get(name) != value]
    settings = [
        f"`{name}: {json.dumps(value, ensure_ascii=False)}`"
        for name, value in preset.defaults.items()
        if name not in row.defaults or row.defaults[name] != value
    ]
    lines = [f"- Settings: {', '.join(settings)}"] if settings else []
    lines += [f"- Tags: {', '.join(facts)}"] if facts else []
    lines += (
        [f"- Paper: {paper_link(preset.paper)}"] if isinstance(preset.paper, str) and preset.paper != row.paper else []
    )
    yield "\n".join(lines)


def component_section(row: Row, registry: Registry) -> Iterator[str]:
    """One component: what it is, where it is from, its settings."""
    yield f"## `{row.name}` {{ #{anchor(row)} }}"
    yield row.summary
    facts = [f"`{name}: {json.dumps(value)}`" for name, value in row.tags.items()]
    lines = [f"- Tags: {', '.join(facts)}"] if facts else []
    lines += [f"- Paper: {paper_link(row.paper)}"] if isinstance(row.paper, str) else []
    lines += [f"- Install: `{registry.install_command(row)}`"] if row.needs or row.install else []
    if lines:
        yield "\n".join(lines)
    yield settings_table(describe_settings(registry.settings_class(row), row.defaults))


def settings_table(settings: Sequence[Setting]) -> str:
    """Settings as a table."""
    if not settings:
        return "It has no settings."
    lines = ["| setting | type | default | limits | meaning |", "|---|---|---|---|---|"]
    for one in settings:
        default = "**required**" if one.required else f"`{json.dumps(one.default, ensure_ascii=False)}`"
        kind = f"[{one.type}]({one.kind}.md)" if one.kind else one.type
        lines.append(f"| `{one.key}` | {cell(kind)} | {cell(default)} | {cell(one.limits)} | {cell(one.help)} |")
    return "\n".join(lines)


def run_page() -> str:
    """The keys of a YAML file outside its components."""
    text = "Every key of a YAML file besides those of its components. A key of a section is written below the section:"
    example = "```yaml\nbudget: {train_steps: 1000}   # budget.train_steps\n```"
    return "\n\n".join(["# Run settings", text, example, settings_table(describe_settings(RunSettings))])


def hooks_page() -> str:
    """Every hook with its arguments, its docstring and its example."""
    module = inspect.getdoc(hookspecs) or ""
    parts = ["# Hooks", *docstring(module)]
    parts += [
        f"The examples below are of one module, `{EXAMPLES.relative_to(PLACE.parents[1]).as_posix()}`, which a test "
        "installs and exercises. It begins with:",
        python_block(_head(EXAMPLES.read_text(encoding="utf-8"))),
    ]
    examples = hook_examples()
    for name, function in vars(hookspecs).items():
        if name.startswith("quorate_"):
            arguments = ", ".join(inspect.signature(function).parameters)
            text = inspect.getdoc(function) or ""
            told = (part.replace("**Raises:**\n\n- ", "**If it raises:** ") for part in docstring(text))
            parts += [f"## `{name}({arguments})` {{ #{name} }}", *told]
            parts += ["**Example:**", python_block(examples[name])]
    return "\n\n".join(parts)


def hook_examples() -> dict[str, str]:
    """The source of each example by the name of its hook, decorators included."""
    text = EXAMPLES.read_text(encoding="utf-8")
    lines = text.splitlines()
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    first = {node.name: min(node.lineno, *(one.lineno for one in node.decorator_list)) for node in functions}
    return {node.name: "\n".join(lines[first[node.name] - 1 : node.end_lineno]) for node in functions}


def _head(text: str) -> str:
    """The imports of a module."""
    imports = [node for node in ast.parse(text).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return "\n".join(text.splitlines()[imports[0].lineno - 1 : imports[-1].end_lineno])


def checks_page() -> str:
    """Every conformance check, by kind."""
    text = (
        "What `quorate check` and `quorate.testing.assert_conforms` hold a component to, by its kind. A check that "
        "does not apply to a component is skipped, and so is one that tells nothing because another has failed."
    )
    parts = ["# Checks", text]
    for kind in KINDS.values():
        parts.append(f"## {kind.plural.capitalize()} {{ #{kind.name} }}")
        checks = checks_of(kind.name)
        lines = [f"| [`{check.name}`](#{kind.name}-{check.name}) | {cell(check.summary)} |" for check in checks]
        parts.append("\n".join(["| check | what it holds a component to |", "|---|---|", *lines]))
        for check in checks:
            text = docstring(check.details or check.summary)
            parts += [f"### `{check.name}` {{ #{kind.name}-{check.name} }}", *text]
    return "\n\n".join(parts)


def references_page(registry: Registry) -> str:
    """Every reference result, ours and published ones."""
    text = (
        "What `quorate reproduce NAME` runs again, or only knows of, where a simulator is needed that this version has "
        "no environment for. Bands are for one new seed; [Reproduce results](../how-to/reproduce.md) says how they are "
        "made."
    )
    parts = ["# Reference results", text]
    found = list(catalogue(registry).references.values())
    published = [one for one in found if one.source is not Source.OURS]
    kinds = {
        "Measured with Quorate": [one for one in found if one.source is Source.OURS],
        "Published, with a configuration": [one for one in published if one.configuration],
        "Published, without one": [one for one in published if not one.configuration],
    }
    for title, chosen in kinds.items():
        parts += [f"## {title}", references_table(chosen)]
    return "\n\n".join(parts)


def references_table(references: Sequence[Reference]) -> str:
    """A row for each point."""
    lines = ["| reference | what | after | result | band of one seed | source |", "|---|---|---|---|---|---|"]
    for one in references:
        for number, point in enumerate(one.points):
            limits, mean = band(point), centre(point)
            steps = f"{point.train_steps:,} steps" if point.train_steps is not None else ""
            environment = f"{point.environment_steps:,} environment steps" if point.environment_steps else ""
            runs = len(point.values) or point.seeds or "unknown"
            spread = f" ± {point.std:g}" if point.std is not None else ""
            value = f"{mean:.4g}{spread}" if mean is not None else f"{point.low:g} to {point.high:g}"
            source = paper_link(one.paper) if isinstance(one.paper, str) else one.url
            needs = f" Needs {one.simulator}." if one.simulator else ""
            cells = [
                f"`{one.name}`" if number == 0 else "",
                f"{one.summary}{needs}" if number == 0 else "",
                " = ".join(filter(None, [steps, environment])) or "not said",
                f"{value} (`{one.metric}`, seeds: {runs})",
                f"{limits.low:.4g} to {limits.high:.4g}",
                source if number == 0 else "",
            ]
            lines.append(f"| {' | '.join(map(cell, cells))} |")
    return "\n".join(lines)


def commands_page() -> str:
    """The help of every command, those of built-in plugins included."""
    parts = ["# Commands", "Generated from `--help`.", "## `quorate`", help_block(cli, "quorate")]
    with click.Context(cli, info_name="quorate", obj=App(plugins=False)) as context:
        for name in cli.list_commands(context):
            command = cli.get_command(context, name)
            assert command is not None
            title = f"## `quorate {name}`" + ("" if name in COMMANDS else " (from a plugin)")
            parts += [f"{title} {{ #{name} }}", help_block(command, f"quorate {name}")]
    return "\n\n".join(parts)


def help_block(command: click.Command, name: str) -> str:
    """What `--help` prints, at a fixed width."""
    sizes = {"terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(
        command, info_name=name, obj=App(plugins=False), help_option_names=["-h", "--help"], **sizes
    )
    text = "\n".join(line.rstrip() for line in command.get_help(context).split("\n"))
    return f"```text\n{text}\n```"


def anchor(row: Row) -> str:
    """Where a component's section is on its page."""
    return re.sub(r"[^a-z0-9]+", "-", row.name.lower()).strip("-")


def paper_link(paper: str) -> str:
    """A link for an arXiv number; other references as they are."""
    number = paper.removeprefix("arXiv:")
    return f"[{paper}](https://arxiv.org/abs/{number})" if number != paper else paper


def cell(text: str) -> str:
    """Text that does not end a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is stale")
    check = parser.parse_args(arguments).check
    written = {**pages(), ARCHITECTURE: architecture()}
    names = [ARCHITECTURE, *(file.name for file in PLACE.glob("*.md"))]
    present = {name: (PLACE / name).read_text(encoding="utf-8") for name in names}
    stale = sorted(name for name in written.keys() | present.keys() if written.get(name) != present.get(name))
    if check:
        for name in stale:
            print(f"{(PLACE / name).resolve().relative_to(PLACE.parents[1])} is stale; run: python docs/generate.py")
        return bool(stale)
    for name in stale:
        if name in written:
            (PLACE / name).write_text(written[name], encoding="utf-8")
        else:
            (PLACE / name).unlink()
    print(f"{len(written)} pages, {len(stale)} of them changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
