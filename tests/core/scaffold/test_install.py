"""One package of each kind, as a newcomer meets it: installed into an environment of its own, and used there."""

import contextlib
import dataclasses
import json
import os
import site
import subprocess
import sys
import venv
from pathlib import Path

import hatchling.build
import pytest
import warm

from quorate.cli.main import main
from quorate.registry.kinds import KINDS

SMALL = {
    "denoiser": ["algorithm.samples=500", "algorithm.environments=100"],
    "noise": ["algorithm.samples=500", "algorithm.environments=100"],
    "inference": ["algorithm.samples=500", "algorithm.environments=100"],
    "network": ["algorithm.samples=500", "algorithm.environments=100"],
}
CHECKED = {"environment", "denoiser", "inference", "policy", "algorithm"}
"""What `quorate check` is tried with: it takes a process each, and the packages' own tests check the same."""

USE = """
import json, os, sys
import pytest
from quorate.cli.main import main

found = {}
for folder, name, checked, overrides in json.loads(sys.argv[1]):
    os.chdir(folder)
    sys.modules.pop("tests.test_conformance", None)
    found[name] = {"tests": int(pytest.main(["-q", "-p", "no:cacheprovider", "--import-mode=importlib"]))}
    if overrides is not None:
        if checked:
            found[name]["check"] = main(["check", name])
        found[name]["run"] = main(["run", "examples/run.yaml", "--quiet", "evaluation.every=0", *overrides])
        if os.path.exists("examples/compare.yaml"):
            found[name]["compare"] = main(["compare", "examples/compare.yaml", "--dry-run"])
print("\\n" + json.dumps(found))
"""
"""All in one process, because importing torch takes seconds."""


def own_python(folder: Path) -> Path:
    """A new virtual environment that sees what is installed here, editable installations too."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    here = site.getsitepackages()[0]
    (packages / "here.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    return folder / "bin" / "python"


def editable_wheel(package: Path, folder: Path) -> Path:
    """What an editable installation installs, as its build backend makes it; an installer starts that three times."""
    with contextlib.chdir(package):
        return folder / hatchling.build.build_editable(str(folder))


def call(*command: str | Path) -> str:
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("QUORATE_", "PYTHON"))}
    variables |= {"COLUMNS": "200", "WARM": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, env=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def packages(new_package):
    """One of each kind, and in that of noises a second one."""
    made = {variant: new_package(variant, f"acme-{variant}") for variant in [*KINDS, "native", "tabular"]}
    assert main(["--no-plugins", "new", "component", "noise", "second", "--directory", str(made["noise"].folder)]) == 0
    return made


@pytest.fixture
def python(packages, tmp_path):
    """Has them installed."""
    found = own_python(tmp_path / "venv")
    wheels = [editable_wheel(package.folder, tmp_path) for package in packages.values()]
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    call(sys.executable, "-m", "pip", "--python", found, "install", *options, *wheels)
    with warm.start(tmp_path / "warm", found) as commands:
        yield commands / "python"


def test_installed_listed_checked_tested_run_and_compared(packages, python, new_package):
    further = dataclasses.replace(packages["noise"], component="acme-noise/second")
    rows = json.loads(call(python, "-m", "quorate", "list", "--json"))
    listed = {row["name"]: (row["kind"], row["distribution"]) for row in rows if row["distribution"] != "quorate"}
    assert listed == {
        package.component: (package.kind, package.folder.name) for package in [*packages.values(), further]
    }

    broken = new_package("noise", "broken")
    broken.replace("self._low + self._range * torch.rand", "self._low - self._range * torch.rand")
    work = [
        (str(package.folder), package.component, kind in CHECKED, ["budget.train_steps=1", *SMALL.get(kind, [])])
        for kind, package in packages.items()
    ]
    out = call(python, "-c", USE, json.dumps([*work, (str(broken.folder), broken.component, False, None)]))
    found = json.loads(out.splitlines()[-1])
    assert found.pop(broken.component) == {"tests": 1}
    failed = {(name, what): code for name, codes in found.items() for what, code in codes.items() if code}
    assert not failed, out
    assert {what for codes in found.values() for what in codes} == {"tests", "check", "run", "compare"}
