"""Settings can name code only inside packages that a manifest's row or the command line allows."""

import importlib
import sys
from pathlib import Path

import pytest

from quorate.errors import ConfigError, QuorateError, RegistryError
from quorate.imports import ImportRefusedError, check_allowed, check_package, importable, load_allowed


@pytest.fixture
def acme(tmp_path, monkeypatch):
    """A package that has imported what it should not hand out."""
    package = tmp_path / "acme_imports"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "tools.py").write_text(
        "import functools, os\nfrom os import system\nfrom subprocess import run\nfrom json import JSONDecoder\n"
        "def make(): return 1\nclass World: pass\nhidden = functools.partial(system)\nbound = functools.partial(make)\n"
        "number = 3\ndef _private(): pass\nexecute = exec\n"
    )
    # A module under a name inside the package that is another one in truth.
    (package / "moved.py").write_text("import sys, os\nsys.modules[__name__] = os\n")
    (package / "broken.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "acme_imports"
    for name in [name for name in sys.modules if name.startswith("acme_imports")]:
        del sys.modules[name]


@pytest.mark.parametrize("module", ["acme", "acme.a", "acme.a.b1", "other.part", "other.part.x"])
def test_modules_inside(module):
    check_allowed(module, ["acme", "other.part"])


@pytest.mark.parametrize(
    "module",
    ["os", "acmeevil", "acmeevil.a", "acme_x", "other", "other.parts", "other.x", "evil.acme", "ACME"],
)
def test_modules_outside(module):
    with pytest.raises(ImportRefusedError, match="in no package") as caught:
        check_allowed(module, ["acme", "other.part"])
    assert caught.value.package == module.partition(".")[0]
    assert f"--allow-import {caught.value.package}" in str(caught.value)


@pytest.mark.parametrize(
    "module",
    [
        *("", ".", "acme.", ".acme", "acme..os", "acme.__loader__", "acme._private", "acme/os", "acme:os", "acme os"),
        *("acme.os\n", "../acme", "acme.1", "äcme", "acme.__init__", "acme;os"),
    ],
)
def test_what_is_no_name_of_a_module(module):
    with pytest.raises(ImportRefusedError, match="is no name of a module"):
        check_allowed(module, ["acme", "", "acme."])


def test_nothing_is_allowed_where_nothing_is_said():
    with pytest.raises(ImportRefusedError):
        check_allowed("acme", [])


@pytest.mark.parametrize("name", ["make", "World", "bound"])
def test_what_the_package_defines_is_loaded(acme, name):
    assert callable(load_allowed(f"{acme}.tools", name, [acme]))


@pytest.mark.parametrize("name", ["system", "run", "JSONDecoder", "hidden", "execute"])
def test_what_the_package_imported_is_not_handed_out(acme, name):
    with pytest.raises(ImportRefusedError, match="was defined in"):
        load_allowed(f"{acme}.tools", name, [acme])


@pytest.mark.parametrize("name", ["os.system", "_private", "__builtins__", "make.__globals__", "", "make()"])
def test_names_that_are_not_public(acme, name):
    with pytest.raises(ImportRefusedError, match="may not be taken"):
        load_allowed(f"{acme}.tools", name, [acme])


def test_a_module_that_is_another_one_in_truth(acme):
    with pytest.raises(ImportRefusedError, match=r"'(os|posixpath)' is in no package"):
        load_allowed(f"{acme}.moved", "system", [acme])


def test_nothing_is_imported_before_it_is_allowed(acme):
    with pytest.raises(ImportRefusedError):
        load_allowed(f"{acme}.broken", "x", ["other"])
    with pytest.raises(RegistryError, match="ZeroDivisionError"):  # the negative control
        load_allowed(f"{acme}.broken", "x", [acme])


def test_what_does_not_exist_or_can_not_be_called(acme):
    with pytest.raises(ConfigError, match=r"(?s)does not exist.*choices: make"):
        load_allowed(f"{acme}.tools", "mke", [acme])
    with pytest.raises(ConfigError, match="can not be called"):
        load_allowed(f"{acme}.tools", "number", [acme])
    with pytest.raises(QuorateError, match="No module named 'acme_imports"):
        load_allowed(f"{acme}.nowhere", "x", [acme])


def test_names_of_packages():
    assert check_package("acme_sim.part") == "acme_sim.part"
    for name in ("", "acme-sim", "acme.", "*", "acme sim"):
        with pytest.raises(ConfigError, match="is no name of a package"):
            check_package(name)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("tool", r"No module named 'PKG\.tool'\.\n  choices: PKG\.tools\n"),
        ("tools.make", r"No module named 'PKG\.tools\.make': it is a function.*\n  choices: PKG\.tools:make\n"),
        ("tools.World.inner", r"No module named 'PKG\.tools\.World': it is a function or class"),
        ("tools.nothing", r"No module named 'PKG\.tools\.nothing'\.\n  choices: PKG\.tools:system,"),
        ("moved_on.x", r"No module named 'PKG\.moved_on'\.\n  choices: PKG\.moved\n"),
        ("needy", r"'PKG\.needy' can not be imported: ModuleNotFoundError: No module named 'acme_absent'"),
        ("broken", r"'PKG\.broken' can not be imported: ZeroDivisionError.*\n  where: .*broken\.py, line 1\n"),
        (
            "lazy",
            r"Taking 'thing' from the module 'PKG\.lazy' failed: ImportError: it is gone\n  where: .*lazy\.py:2 in",
        ),
        ("tools", r"'PKG\.tools:thing' does not exist\.\n  choices: "),
    ],
)
def test_what_is_no_module_says_what_is_near(acme, module, words):
    folder = Path(importlib.import_module(acme).__file__).parent
    (folder / "needy.py").write_text("import acme_absent\n")
    (folder / "lazy.py").write_text("def __getattr__(name):\n    raise ImportError('it is gone')\n")
    importlib.invalidate_caches()
    with pytest.raises(QuorateError, match=words.replace("PKG", acme)) as caught:
        load_allowed(f"{acme}.{module}", "thing", [acme])
    assert "__name__" not in str(caught.value)
    assert "quorate" not in str(caught.value.where)


def test_a_package_without_the_function_names_its_modules(acme):
    with pytest.raises(ConfigError, match=r"'acme_imports:tool' does not exist\.\n  choices: acme_imports\.tools\n"):
        load_allowed(acme, "tool", [acme])
    importlib.import_module(f"{acme}.tools")
    with pytest.raises(ConfigError, match=r"'acme_imports:tools' is a module.*\n  choices: acme_imports\.tools\n"):
        load_allowed(acme, "tools", [acme])
    with pytest.raises(RegistryError, match=r"No module named 'acme_nowhere'\.\n  fix:     Install what provides it"):
        load_allowed("acme_nowhere.part", "x", ["acme_nowhere"])


def test_a_package_offers_its_modules_and_not_what_it_has_imported() -> None:
    with pytest.raises(ConfigError, match=r"'pettingzoo.sisl:parallel_env' does not exist") as caught:
        load_allowed("pettingzoo.sisl", "parallel_env", ["pettingzoo.sisl"])
    assert caught.value.choices
    assert all(choice.startswith("pettingzoo.sisl.") for choice in caught.value.choices)


def test_a_folder_is_no_package(tmp_path, monkeypatch):
    """A clone of a repository has the package in a folder of the same name."""
    (tmp_path / "acme_clone" / "acme_clone").mkdir(parents=True)
    (tmp_path / "acme_clone" / "acme_clone" / "__init__.py").write_text("")
    (tmp_path / "site-packages" / "acme_shared" / "part").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    assert not importable("acme_clone")
    assert importable("acme_clone.acme_clone")
    assert importable("acme_shared")  # packages in several distributions have no `__init__.py`
    assert not importable("acme_absent")
    assert importable("json")
