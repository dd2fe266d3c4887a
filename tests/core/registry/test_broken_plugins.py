"""Twelve kinds of broken plugin: each leaves everything else working, and is reported by name.

Every kind is installed beside a healthy plugin and tried in a process of its own, which is forked, so that torch is
imported once. `quorate doctor`, which imports every component, meets all twelve at once.
"""

import importlib
import json
import logging
import os
import sys
import traceback
from dataclasses import dataclass, field

import pytest

from quorate.cli.main import main

HEAVY = (
    "quorate.run.execute",
    "quorate_state_inference.algorithm",
    "quorate_sensor_network.environment",
    "torch._dynamo",
)
"""What a run imports; optimisers import the first."""

HEAD = "schema: 1"
HOOK = "from quorate.hookspecs import hookimpl\n"

NOISE = """
import torch
from dataclasses import dataclass
from quorate.interfaces import NoiseDistribution
from quorate.settings import setting

@dataclass
class LevelSettings:
    sigma: float = setting(0.5, "The only level.", above=0)

class Level(NoiseDistribution):
    def __init__(self, settings: LevelSettings):
        self._level = torch.tensor([settings.sigma])

    def sample(self, shape, generator):
        return self._level.expand(shape)

    def quadrature(self):
        return self._level, torch.ones(1)

class NoDataclass:
    pass
"""

RUN = """
environment: sensor-network/2x2-v1
algorithm:
  name: state-inference
  denoiser: {name: mlp, width: 8}
  noise: healthy/level
  samples: 40
  environments: 20
  evaluation_samples: 4
  inference: individual
budget: {train_steps: 2}
threads: 1
"""


def row(name, module="noise", target="Level", kind="noise", summary="summary", more=""):
    """A row of the plugin `acme`, whose package is acme_quorate."""
    return f"- {{kind: {kind}, name: {name}, target: 'acme_quorate.{module}:{target}', {summary}: S.{more}}}\n"


SOUND = row("acme/sound")


@dataclass
class Broken:
    """One kind: how it is made, and what is said of it.

    Attributes:
        rows: of its manifest.
        head: of its manifest.
        hooks: its module of hooks.
        modules: further modules.
        plugins: words of `quorate plugins`.
        doctor: the subject of a finding of `quorate doctor`, and words of its remark.
        state: of that finding.
        errors: words on standard error of commands that have nothing to do with it.
        used: whether its component acme/sound can be used all the same.
    """

    rows: str = SOUND
    head: str = HEAD
    hooks: str | None = None
    modules: dict[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    doctor: tuple[str, ...] = ()
    state: str = "broken"
    errors: tuple[str, ...] = ()
    used: bool = True


LISTED = ("1 problem with plugins",)
KINDS = {
    "import error": Broken(
        SOUND + row("acme/bad", "absent_import"),
        hooks="import a_module_that_is_not_there",
        modules={"absent_import": "import a_module_that_is_not_there"},
        plugins=("acme is broken", "No module named 'a_module_that_is_not_there'", "hooks.py, line 1", "--debug"),
        doctor=("noise acme/bad", "a_module_that_is_not_there"),
    ),
    "missing target": Broken(SOUND + row("acme/bad", target="Lvel"), doctor=("noise acme/bad", "acme_quorate", "Lvel")),
    "wrong kind": Broken(SOUND + row("acme/bad", kind="denoiser"), doctor=("denoiser acme/bad", "is no Denoiser")),
    "bad row": Broken(
        row("acme/bad", summary="sumary") + SOUND,
        plugins=("Disabled components", "acme-quorate", "'sumary'", "line 3", "1 component, 1 disabled"),
        doctor=("noise acme/bad", "'sumary'", "'summary'"),
        errors=LISTED,
    ),
    "name outside its namespace": Broken(
        row("mlp", kind="denoiser") + SOUND,
        plugins=("Disabled components", "acme-quorate", "'mlp' is outside the namespace", "'acme/mlp'", "line 3"),
        doctor=("denoiser mlp", "acme-quorate", "outside the namespace"),
        errors=LISTED,
    ),
    "duplicate name": Broken(
        SOUND + SOUND,
        plugins=("Disabled components", "'acme/sound' of acme-quorate", "line 3", "line 4"),
        doctor=("noise acme/sound", "has the name of one of acme-quorate"),
        errors=LISTED,
    ),
    "newer schema": Broken(
        head="schema: 2",
        plugins=("acme is incompatible", "its schema is 2"),
        doctor=("plugin acme (components)", "its schema is 2"),
        errors=LISTED,
        used=False,
    ),
    "incompatible host range": Broken(
        head='schema: 1\nrequires: "quorate>=99"',
        plugins=("acme is incompatible", "it requires quorate>=99"),
        doctor=("plugin acme (components)", "quorate>=99"),
        errors=LISTED,
        used=False,
    ),
    "hook misspelt": Broken(
        hooks=HOOK + "@hookimpl\ndef quorate_run_stared(run): pass\n",
        plugins=("acme is broken", "quorate_run_stared", "Did you mean 'quorate_run_started'?"),
        doctor=("plugin acme (hooks)", "quorate_run_stared"),
    ),
    "hook that raises": Broken(
        hooks=HOOK
        + "@hookimpl\ndef quorate_run_started(run): raise RuntimeError('no licence')\n"
        + "@hookimpl\ndef quorate_health_checks(): raise SystemExit('no heart')\n",
        errors=("quorate_run_started of plugin 'acme_quorate.hooks' raised RuntimeError: no licence", "going on"),
        doctor=("quorate_health_checks of acme_quorate.hooks", "SystemExit: no heart", "hooks.py, line 5"),
    ),
    "settings that are no dataclass": Broken(
        SOUND + row("acme/bad", more=", settings: 'acme_quorate.noise:NoDataclass'"),
        doctor=("noise acme/bad", "NoDataclass", "dataclass"),
    ),
    "slow import": Broken(
        hooks="import time\ntime.sleep(1.5)\n",
        plugins=("hooks (acme_quorate.hooks), slow: ", " s to import"),
        doctor=("plugin acme (hooks)", "loaded; slow: ", " s to import"),
        state="ok",
    ),
}


def renamed(text, key):
    """The same of a plugin with another key than acme."""
    return text.replace("acme_quorate", f"{key.replace('-', '_')}_quorate").replace("acme", key)


def install(site, kind, key="acme"):
    """Install a broken plugin under a key."""
    broken = KINDS[kind]
    modules = {"__init__": "", "noise": NOISE, **broken.modules, "hooks": broken.hooks or ""}
    files = {f"acme_quorate/{name}.py": text for name, text in modules.items()}
    files["acme_quorate/registry.yaml"] = f"{broken.head}\ncomponents:\n{broken.rows}"
    entries = "[quorate.manifest]\nacme = acme_quorate:registry.yaml\n"
    entries += "[quorate.plugin]\nacme = acme_quorate.hooks\n" if broken.hooks is not None else ""
    files = {renamed(name, key): renamed(text, key) for name, text in files.items()}
    site.distribution(f"{key}-quorate", renamed(entries, key), files)


@pytest.fixture
def healthy(site, monkeypatch):
    """A site with a plugin that is well."""
    monkeypatch.setenv("COLUMNS", "200")
    files = {
        "healthy_quorate/__init__.py": "",
        "healthy_quorate/noise.py": NOISE,
        "healthy_quorate/hooks.py": HOOK + "@hookimpl\ndef quorate_run_ended(status): print('healthy heard', status)\n",
        "healthy_quorate/registry.yaml": f"{HEAD}\ncomponents:\n{renamed(row('acme/level'), 'healthy')}",
        "run.yaml": RUN,
    }
    entries = "[quorate.manifest]\nhealthy = healthy_quorate:registry.yaml\n"
    entries += "[quorate.plugin]\nhealthy = healthy_quorate.hooks\n"
    site.path.mkdir()
    site.distribution("healthy-quorate", entries, files)
    return site


def told(site, *commands):
    """What commands print: [exit code, standard output, standard error] of each, in one process that is forked."""
    for heavy in HEAVY:
        importlib.import_module(heavy)  # once here instead of in every child
    sys.stdout.flush()
    if not (child := os.fork()):
        try:
            os.chdir(site.path)
            sys.path.insert(0, str(site.path))
            logging.getLogger().handlers.clear()  # pytest's, so that warnings go where a user sees them
            answers = [run_command(site.path / str(index), words) for index, words in enumerate(commands)]
            (site.path / "answers.json").write_text(json.dumps(answers))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return json.loads((site.path / "answers.json").read_text())


def run_command(path, words):
    """Run one command; everything that it writes goes to files, what other processes and libraries write too."""
    paths = path.with_suffix(".out"), path.with_suffix(".err")
    for number, target in enumerate(paths, 1):
        os.dup2(os.open(target, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    code = main(words)
    sys.stdout.flush()
    sys.stderr.flush()
    return [code, *(target.read_text() for target in paths)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_plugin_leaves_everything_else_working(healthy, kind):
    broken = KINDS[kind]
    install(healthy, kind)
    also = ["algorithm.noise=acme/sound"] if broken.used else []
    run = ["run", "run.yaml", "--quiet"]
    answers = told(healthy, ["plugins"], ["list"], ["list", "--json"], ["config", "run.yaml", *also], run)
    assert [code for code, *_ in answers] == [0] * len(answers), answers
    plugins, _, listed, config, run = (output for _, output, _ in answers)
    names = {(row["kind"], row["name"]) for row in json.loads(listed)}
    assert {("noise", "healthy/level"), ("denoiser", "mlp"), ("environment", "sensor-network/5x5-v1")} <= names
    assert (("noise", "acme/sound") in names) is broken.used
    assert ("acme/sound" if broken.used else "healthy/level") in config
    assert "healthy heard finished" in run
    assert "Evaluation after 2 training steps" in run
    lines = [line.split(maxsplit=4) for line in plugins.splitlines() if line.startswith("healthy ")]
    assert [(line[1], line[4]) for line in lines] == [
        ("loaded", "1 component"),
        ("loaded", "hooks (healthy_quorate.hooks)"),
    ]
    for words in broken.plugins:
        assert words in plugins
    errors = "".join(error for _, _, error in answers)
    for words in broken.errors:
        assert words in errors
    assert "Traceback" not in errors + "".join(output for _, output, _ in answers)


def test_without_a_broken_plugin_nothing_is_reported(healthy):
    (_, _, errors), (_, plugins, _), (_, _, run) = told(healthy, ["list"], ["plugins"], ["run", "run.yaml", "--quiet"])
    assert errors == run == ""
    for word in ("broken", "disabled", "Disabled", "incompatible", "slow"):
        assert word not in plugins


@pytest.mark.parametrize(
    ("kind", "part", "words"),
    [
        ("import error", "acme/bad", "a_module_that_is_not_there"),
        ("missing target", "acme/bad", "Lvel"),
        ("bad row", "acme/bad", "The noise 'acme/bad' is disabled: a row of acme-quorate: "),
        ("newer schema", "acme/sound", "The plugin acme is incompatible"),
        ("settings that are no dataclass", "acme/bad", "NoDataclass"),
    ],
)
def test_who_uses_what_is_broken_is_told_in_one_message(healthy, kind, part, words):
    install(healthy, kind)
    ((code, _, errors),) = told(healthy, ["run", "run.yaml", f"algorithm.noise={part}"])
    assert code == 2
    assert words in errors
    assert "Traceback" not in errors


def test_doctor_names_all_twelve_at_once(healthy):
    keys = {kind: kind.replace(" ", "-") for kind in KINDS}
    for kind, key in keys.items():
        install(healthy, kind, key)
    assert len(KINDS) == 12
    done = healthy.quorate("doctor", "--json")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    findings = json.loads(done.stdout)["findings"]
    broken = {finding["subject"] for finding in findings if finding["state"] == "broken"}
    sound = {finding["subject"] for finding in findings if finding["state"] == "ok"}
    explained = {"plugin import-error (hooks)"}
    for kind, key in keys.items():
        subject, *words = (renamed(text, key) for text in KINDS[kind].doctor)
        remarks = [finding["remark"] for finding in findings if finding["subject"] == subject]
        assert any(all(word in remark for word in words) for remark in remarks), (kind, remarks)
        assert subject in (broken if KINDS[kind].state == "broken" else sound)
        explained |= {subject} if KINDS[kind].state == "broken" else set()
        assert (f"noise {key}/sound" in sound) is KINDS[kind].used
    assert broken == explained
    assert {"noise healthy/level", "plugin healthy (hooks)", "plugin healthy (components)", "denoiser mlp"} <= sound
    assert sum("slow: " in finding["remark"] for finding in findings) == 1
