"""The fixtures, which pytest has found by the entry point, and the plugin in projects of third parties."""

import json
from pathlib import Path

import pytest

from quorate.errors import QuorateError

NOISE = "- {kind: noise, name: NAME, target: 'nowhere:X', summary: For tests., settings: 'quorate.settings:NoSettings'}"
PROBE = """
import json, sys
import pytest
code = pytest.main(sys.argv[1:])
print("\\n" + json.dumps([int(code), [name for name in HEAVY if name in sys.modules]]))
"""
HEAVY = ["torch", "numpy", "omegaconf", "gymnasium", "jinja2", "quorate.registry", "quorate.settings"]


@pytest.fixture
def project(site):
    """Tests of a third party, run by a pytest of their own."""

    def run(tests, *, options="", manifests=(), **environment):
        rows = {name: NOISE.replace("NAME", f"{Path(name).stem}/noise") for name in manifests}
        site.write(
            {
                "project/pyproject.toml": f"[tool.pytest.ini_options]\n{options}\n",
                "project/tests/test_it.py": tests,
                **{f"project/{name}": f"schema: 1\ncomponents:\n  {row}\n" for name, row in rows.items()},
            }
        )
        arguments = (
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:jaxtyping",
            "--strict-markers",
            str(site.path / "project"),
        )
        done = site.python("-c", PROBE.replace("HEAVY", repr(HEAVY)), *arguments, **environment)
        return *json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr

    return run


def test_pytest_runs_without_anything_heavy(project):
    code, loaded, out = project("def test_nothing(): pass\n")
    assert (code, loaded) == (0, []), out


def test_the_probe_sees_what_is_loaded(project):
    assert "torch" in project("import torch\ndef test_nothing(): pass\n")[1]


def test_manifests_of_the_project_and_of_a_test(project):
    tests = """
        import pytest

        def names(registry):
            return {row.name for row in registry.rows("noise")}

        def test_of_the_project(quorate_registry):
            assert "own/noise" in names(quorate_registry)
            assert "other/noise" not in names(quorate_registry)

        @pytest.mark.quorate_manifests("../other.yaml")
        def test_with_another(quorate_registry):
            assert {"own/noise", "other/noise", "log-uniform"} <= names(quorate_registry)
    """
    options = 'quorate_manifests = ["own.yaml"]'
    code, _, out = project(tests, options=options, manifests=["own.yaml", "other.yaml"])
    assert code == 0, out


def test_other_plugins_and_variables_of_the_user_are_not_there(project, acme, site):
    acme("- {kind: noise, name: acme/two, target: 'acme_quorate.noise:Two', summary: Two levels.}")
    tests = """
        import os
        from quorate.interpreters import user_settings
        from quorate.registry import load_registry

        def names(registry):
            return {row.name for row in registry.rows("noise")}

        def test_outside():
            assert "acme/two" in names(load_registry())
            assert os.environ["QUORATE_STRICT"] == "1"
            assert list(user_settings().interpreters) == ["isaac"]

        def test_inside(quorate_registry):
            assert "acme/two" not in names(quorate_registry)
            assert "QUORATE_STRICT" not in os.environ
            assert not user_settings().interpreters
    """
    site.write({"settings.yaml": "interpreters: {isaac: /nowhere}\n"})
    code, _, out = project(tests, QUORATE_STRICT="1", QUORATE_SETTINGS=str(site.path / "settings.yaml"))
    assert code == 0, out


def test_a_registry_of_its_own(quorate_registry):
    names = [row.name for row in quorate_registry.rows("environment")]
    assert "tiny/world-v1" in names
    assert {row.distribution for row in quorate_registry.rows() if "tiny/" not in row.name} == {"quorate"}


def test_a_batch_of_the_tiny_world(tiny_environment):
    step = tiny_environment(batch=3, agents=3, error=0.1).reset(seed=0)
    assert step.observation.shape == (3, 3, 2)
    assert tiny_environment().batch == 4
    assert tiny_environment(name="tiny/world-continuous-v1").spec.name == "tiny/world-continuous"


def test_settings_are_checked(tiny_environment):
    with pytest.raises(QuorateError, match="agents"):
        tiny_environment(agents=0)


def test_a_tiny_run(tiny_run, tmp_path):
    run = tiny_run()
    assert run.directory.is_relative_to(tmp_path)
    assert (run.directory / "config.yaml").is_file()
    assert [(row["step"], row["phase"]) for row in run.metrics] == [(1, "train"), (2, "train"), (2, "evaluation")]
    assert run.result["step"] == 2
    assert run.result["evaluation"]["length/mean"] == 4


def test_a_tiny_run_of_something_else(tiny_run):
    algorithm = {"name": "state-inference", "inference": ["individual"], "denoiser": {"name": "mlp", "width": 8}}
    run = tiny_run(algorithm=algorithm, budget={"train_steps": 1}, seed=5)
    assert run.result["step"] == 1
    assert "test/individual/exact" in run.result["evaluation"]


def test_the_same_run_twice_is_the_same(tiny_run):
    one, two = tiny_run(), tiny_run()
    assert one.directory != two.directory
    assert one.metrics == two.metrics
    assert one.metrics != tiny_run(seed=1).metrics


def test_mistakes_are_told_as_on_the_command_line(tiny_run):
    with pytest.raises(QuorateError, match="denoisr"):
        tiny_run(algorithm={"name": "state-inference", "denoisr": "mlp"})
