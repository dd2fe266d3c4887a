import json

import pytest

HEAVY = ("torch", "numpy", "gymnasium", "pettingzoo", "omegaconf", "matplotlib", "scipy", "rich")
PROBE = """
import json, sys
from quorate.cli.main import main
code = main(sys.argv[1:])
print("\\n" + json.dumps([code, [name for name in {heavy!r} if name in sys.modules]]))
"""


def loaded(site, *arguments):
    site.path.mkdir(exist_ok=True)
    done = site.python("-c", PROBE.format(heavy=HEAVY), *arguments)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["list"],
        ["show", "composite"],
        ["show", "sensor-network/5x5-v1"],
        ["show", "state-inference"],
        ["show", "pettingzoo"],
        ["list", "algorithm", "--fits", "sensor-network/5x5-v1"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_loaded(site, arguments):
    assert loaded(site, *arguments) == [0, []]


@pytest.mark.parametrize("command", ["compare", "config", "run", "resume", "evaluate", "cite", "doctor"])
def test_help_of_commands_loads_no_torch(site, command):
    code, modules = loaded(site, command, "--help")
    assert code == 0
    assert "torch" not in modules


@pytest.mark.parametrize(("algorithm", "code"), [("mappo", 0), ("hasac", 2)])
def test_what_fits_is_told_without_torch(site, algorithm, code):
    run = f"environment: sensor-network/5x5-v1\nalgorithm: {algorithm}\nbudget: {{train_steps: 1}}\n"
    site.write({"run.yaml": run})
    found, modules = loaded(site, "config", "run.yaml")
    assert found == code
    assert "torch" not in modules


def test_a_module_in_settings_is_not_imported_by_config(site):
    run = "environment: {name: pettingzoo, id: mpe2.simple_spread_v3}\nalgorithm: mappo\nbudget: {train_steps: 1}\n"
    site.write({"run.yaml": run})
    code, modules = loaded(site, "config", "run.yaml")
    assert code == 0
    assert not {"torch", "pettingzoo", "numpy"} & set(modules)


def test_importing_the_door_loads_nothing_more(site):
    """Not even what the command line needs; modules that Python itself has loaded are no cost."""
    site.path.mkdir(exist_ok=True)
    probe = "import sys; before = {*sys.modules}; import quorate; print(*sorted({*sys.modules} - before))"
    assert site.python("-c", probe).stdout.split() == ["quorate"]


@pytest.mark.parametrize("call", ["quorate.list('environment')", "quorate.show('mappo')", "quorate.setting(1, 'One.')"])
def test_what_is_listed_from_python_loads_no_torch(site, call):
    site.path.mkdir(exist_ok=True)
    done = site.python("-c", f"import quorate, sys; {call}; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_the_probe_sees_what_is_loaded(acme):
    site = acme("- {kind: policy, name: acme/a, target: 'acme_quorate.heavy:A', summary: S.}", heavy="import numpy\n")
    assert loaded(site, "show", "acme/a", "--kind", "policy") == [2, ["numpy"]]
