"""The walls of the house, held by reading the source."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from quorate import public
from quorate.registry.kinds import KINDS

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
PLUGINS = sorted(path for path in (ROOT / "plugins").iterdir() if path.name.startswith("quorate_"))
SOURCES = CORE + sorted((ROOT / "plugins").rglob("*.py"))
ALLOWED = {f"core/quorate/environments/{name}.py": {"pickle"} for name in ("workers", "worker_process")}
"""A factory goes from a process to its own child through their pipe; nothing is read from a file or a stranger."""
NAMES = {path.name for path in PLUGINS}
FIGURES = "paper_figures"
"""The folder of a plugin that draws its paper's figures; only the plugin's commands, in ``plugin.py``, know of it."""


def imports(source: str) -> Iterator[str]:
    """Every module that a source imports, at whatever depth, also by `importlib.import_module` with a constant."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (
                part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def plugins_imported(source: str, own: str = "") -> list[str]:
    return [name for name in imports(source) if name.split(".")[0] in NAMES - {own}]


def private_parts(source: str) -> list[str]:
    """What is imported of the core besides the public list, or begins with an underscore."""
    found = [name for name in imports(source) if name.split(".")[0] == "quorate"]
    return [name for name in found if not is_public(name) or re.search(r"\._[^_]", name)]


def figures_imported(source: str) -> list[str]:
    """What is imported of the kits that draw the figures of the papers."""
    return [name for name in imports(source) if FIGURES in name.split(".")]


def is_public(name: str) -> bool:
    """Whether a module is on the list, or a name in one that is."""
    parts = name.split(".")
    paths = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    module = next(path for path in paths if is_module(ROOT / "core" / path.replace(".", "/")))
    return module in public.MODULES or any(f"{module}.".startswith(f"{room}.") for room in public.ROOMS)


def is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def dangerous(source: str) -> list[str]:
    """Ways in which data could run code."""
    found = [
        name for name in imports(source) if name.split(".")[0] in {"pickle", "cloudpickle", "dill", "marshal", "shelve"}
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            keywords = {word.arg: ast.unparse(word.value) for word in node.keywords}
            unsafe_load = called == "torch.load" and keywords.get("weights_only") != "True"
            unsafe_yaml = called in {"yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all"}
            unsafe_numpy = keywords.get("allow_pickle") == "True"
            if called in {"eval", "exec", "compile", "__import__"} or unsafe_load or unsafe_yaml or unsafe_numpy:
                found.append(f"{called}, line {node.lineno}")
    return found


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_there_is_something_to_check():
    assert len(CORE) > 20
    assert {"quorate_sensor_network", "quorate_state_inference"} <= NAMES


def test_core_imports_no_plugin():
    assert {str(path): found for path in CORE if (found := plugins_imported(read(path)))} == {}


def test_types_of_all_packages_are_for_others_too():
    assert [folder.name for folder in [ROOT / "core/quorate", *PLUGINS] if not (folder / "py.typed").is_file()] == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_no_plugin_imports_another(plugin):
    found = {str(path): plugins_imported(read(path), plugin.name) for path in plugin.rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_no_plugin_uses_what_a_third_party_could_not(plugin):
    found = {str(path): private_parts(read(path)) for path in plugin.rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_method_imports_what_draws_its_papers_figures():
    methods = [path for path in SOURCES if FIGURES not in path.parts and path.name != "plugin.py"]
    assert len({path for path in SOURCES if FIGURES in path.parts}) > 10
    assert {str(path): found for path in methods if (found := figures_imported(read(path)))} == {}


def test_what_authors_are_shown_is_public():
    templates = sorted((ROOT / "core/quorate/scaffold/templates").rglob("*.py.jinja"))
    shown = {path: read(path) for path in [*templates, *(ROOT / "examples/third_party").rglob("*.py")]}
    found = {path: re.findall(r"^\s*(?:from|import) (quorate(?:\.\w+)*)", text, re.M) for path, text in shown.items()}
    assert sum(map(len, found.values())) > 20
    assert {path: [name for name in names if not is_public(name)] for path, names in found.items()} == {
        path: [] for path in found
    }


def test_every_plugin_is_packed_and_type_checked():
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]
    packed = {Path(package).name for package in project["hatch"]["build"]["targets"]["wheel"]["packages"]}
    assert (NAMES - packed, NAMES - set(project["mypy"]["packages"])) == (set(), set())


def test_what_is_public_exists():
    names = (*public.MODULES, *public.ROOMS)
    assert [name for name in names if not is_module(ROOT / "core" / name.replace(".", "/"))] == []


def test_data_can_not_run_code():
    found = {path.relative_to(ROOT).as_posix(): dangerous(read(path)) for path in SOURCES}
    assert {path: ways for path, ways in found.items() if set(ways) - ALLOWED.get(path, set())} == {}


def starts_processes(source: str) -> list[str]:
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    found = [name for name in imports(source) if re.match(r"subprocess\b|multiprocessing(?!\.connection\.wait)", name)]
    return found + [name for name in calls if re.match(r"os\.(fork|posix_spawn|popen|system|exec|spawn)", name)]


def test_processes_are_started_in_one_place():
    found = {path.relative_to(ROOT / "core/quorate"): ways for path in CORE if (ways := starts_processes(read(path)))}
    server = found.pop(Path("studies/compare/server.py"))
    assert server == ["os.fork"]
    assert {path.parts[0] for path in found} == {"processes"}, found


def lists_of_kinds(source: str) -> list[int]:
    """Lines with a list, or the keys of a mapping, of four kinds or more: they are listed in one place."""
    found = []
    for node in ast.walk(ast.parse(source)):
        parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        names = {part.value for part in parts if isinstance(part, ast.Constant)}
        found += [node.lineno] if len(names & set(KINDS)) >= 4 else []
    return found


def test_kinds_are_listed_in_one_place():
    assert {str(path): found for path in CORE if (found := lists_of_kinds(read(path)))} == {}
    assert len([path for path in CORE if '"noise distributions"' in read(path)]) == 1


def test_every_hook_module_is_declared_as_an_entry_point():
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    declared = set(project["entry-points"]["quorate.plugin"].values())
    modules = {
        ".".join(path.relative_to(ROOT / "plugins").with_suffix("").parts)
        for path in SOURCES
        for node in ast.parse(read(path)).body
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(d).startswith("hookimpl") for d in node.decorator_list)
    }
    assert modules <= declared


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (plugins_imported, "import quorate_sensor_network.environment"),
        (plugins_imported, "def f():\n    from quorate_tensorboard import logger"),
        (plugins_imported, "import importlib\nimportlib.import_module('quorate_sensor_network')"),
        (private_parts, "from quorate.registry.check import _await"),
        (private_parts, "from quorate.registry import check"),
        (private_parts, "from quorate import run, door"),
        (private_parts, "import quorate.folders.files"),
        (private_parts, "from quorate.learning._inner import thing"),
        (figures_imported, "def f():\n    from quorate_state_inference.paper_figures import Subject"),
        (figures_imported, "from quorate_state_inference import paper_figures"),
        (lists_of_kinds, "KINDS = ('noise', 'policy', 'input', 'logger')"),
        (lists_of_kinds, "MAKERS = {'noise': 1, 'policy': 2, 'input': 3, 'logger': 4}"),
        (dangerous, "import pickle"),
        (dangerous, "from pickle import loads"),
        (dangerous, "eval('1')"),
        (dangerous, "torch.load(path)"),
        (dangerous, "torch.load(path, weights_only=False)"),
        (dangerous, "np.load(path, allow_pickle=True)"),
        (dangerous, "yaml.load(text, Loader=yaml.Loader)"),
    ],
)
def test_the_checks_see_what_they_look_for(check, source):
    assert check(source)


def test_the_checks_let_the_allowed_pass():
    allowed = "from quorate.settings import setting\nimport torch\n"
    allowed += "import quorate\nfrom quorate.learning import stacks\nfrom quorate.registry import Registry\n"
    allowed += "torch.load(p, weights_only=True)\nmodel.eval()\nre.compile('x')\nfrom quorate import __version__\n"
    assert plugins_imported(allowed) == private_parts(allowed) == dangerous(allowed) == []
