"""The examples of the page of hooks: one for each, with its arguments; all are called, and do what the page says."""

import ast
import inspect
import json
import re
from pathlib import Path

import pytest

from quorate import hookspecs

EXAMPLES = Path(__file__).parents[2] / "examples" / "hooks.py"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "hooks.md"
SPECIFIED = {name: value for name, value in vars(hookspecs).items() if name.startswith("quorate_")}
RUN = """
environment: acme/sensors-2x3-v1
algorithm:
  name: state-inference
  denoiser: {name: mlp, width: 8}
  samples: 200
  environments: 50
  steps_per_episode: 1
budget: {train_steps: 2}
log: {every: 1}
checkpoint: {every: 1}
name: told
"""


def examples():
    functions = [node for node in ast.parse(EXAMPLES.read_text()).body if isinstance(node, ast.FunctionDef)]
    return {node.name: [argument.arg for argument in node.args.args] for node in functions}


def test_every_hook_has_an_example_with_its_arguments():
    assert examples() == {name: list(inspect.signature(spec).parameters) for name, spec in SPECIFIED.items()}


@pytest.mark.parametrize("name", SPECIFIED)
def test_the_page_tells_all_of_every_hook(name):
    section = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(f"`{name}(")]
    wanted = ["Called ", "**Returns:**", "**If it raises:**", "**Example:**", f"def {name}("]
    wanted += [f"- `{argument}`:" for argument in inspect.signature(SPECIFIED[name]).parameters]
    assert [word for word in wanted if word not in text] == []


@pytest.fixture
def plugin(acme, tmp_path):
    """The examples, installed."""
    installed = acme(hooks=EXAMPLES.read_text())
    (installed.path / "run.yaml").write_text(RUN)
    (tmp_path / "copies").mkdir()
    return installed


def test_all_are_called_in_a_run(plugin, tmp_path):
    done = plugin.quorate("run", "run.yaml", "--quiet", ACME_BACKUP=str(tmp_path / "copies"))
    assert done.returncode == 0, done.stderr
    (run,) = (plugin.path / "runs" / "told").iterdir()
    assert re.fullmatch(r"\d+ from training step 0\n", (run / "processes.txt").read_text())
    latest = json.loads((run / "latest.json").read_text())
    assert latest["step"] == 2
    assert {name.split("/")[0] for name in latest} == {"step", "train", "evaluation"}
    copies = sorted((tmp_path / "copies").iterdir())
    assert [file.read_bytes() for file in copies] == [f.read_bytes() for f in sorted((run / "checkpoints").iterdir())]
    assert len(copies) == 2
    assert f"acme: {run} is finished" in done.stderr
    listed = plugin.quorate("copies", ACME_BACKUP=str(tmp_path / "copies"))
    assert listed.stdout.splitlines() == [file.name for file in copies]


def test_a_message_to_the_user_ends_the_run(plugin, tmp_path):
    """The page says so of checkpoints: the run is failed, and can be resumed from this checkpoint."""
    done = plugin.quorate("run", "run.yaml", "--quiet", ACME_BACKUP=str(tmp_path / "absent"))
    assert done.returncode == 2
    assert "takes no copies" in done.stderr
    (run,) = (plugin.path / "runs" / "told").iterdir()
    assert f"acme: {run} is failed" in done.stderr
    again = plugin.quorate("resume", str(run), "--quiet")
    assert again.returncode == 0, again.stderr
    assert [line.split(" ", 1)[1] for line in (run / "processes.txt").read_text().splitlines()] == [
        "from training step 0",
        "from training step 1",
    ]


def test_components_that_can_not_be_enumerated(plugin):
    shown = plugin.quorate("show", "acme/sensors-7x9-v1", "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["summary"] == "A grid of 7 x 9 sensors."
    assert plugin.quorate("show", "acme/sensors-7-v1").returncode == 2


def test_commands_are_in_the_help(plugin):
    assert "copies       List the copies of checkpoints." in plugin.quorate("--help").stdout
    assert "copies" not in plugin.quorate("--no-plugins", "--help").stdout


@pytest.mark.parametrize(
    ("folder", "state", "remark"), [("", "ok", "not asked for"), ("absent", "broken", "no folder")]
)
def test_health_is_checked_by_the_doctor(plugin, folder, state, remark):
    done = plugin.quorate("doctor", "--json", **({"ACME_BACKUP": folder} if folder else {}))
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["subject"].endswith(": backup")]
    assert found["state"] == state
    assert remark in found["remark"]
