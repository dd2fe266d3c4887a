"""``quorate check``, on environments that do their worst."""

import json
from pathlib import Path

import pytest
from broken_worlds import manifest

from quorate.cli.main import main
from quorate.testing import checks_of

pytestmark = pytest.mark.usefixtures("warm_processes")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("worlds") / "worlds.yaml"
    path.write_text(manifest(), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["check", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_failure_says_what_was_expected_and_found(worlds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "--manifest", str(worlds), "worlds/padding-v1", "--only", "padding", "--only", "spec", "length=3"
    )
    assert code == 1
    assert out.splitlines() == [
        "ok  environment worlds/padding-v1  spec",
        "XX  environment worlds/padding-v1  padding",
        "    expected: observation that is zero beyond 2 features",
        "    found:    1.0 in feature 2, the reset, row 0, agent 'right'",
        "    read:     quorate check --list --kind environment --only padding",
        "",
        "1 of 1 component failed: 1 passed, 1 failed.",
    ]


def test_a_crash_and_a_hang_fail_one_check_each(
    worlds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, *rows = manifest().split("  - kind")
    kept = [row for row in rows if any(f"worlds/{name}-v1" in row for name in ("crash", "hang", "sound"))]
    three = tmp_path / "three.yaml"
    three.write_text("  - kind".join([head, *kept]), encoding="utf-8")
    only = [word for check in ("spec", "run", "close", "tags", "parallel") for word in ("--only", check)]
    code, out, told = run(capsys, str(three), "--json", "--timeout", "5", *only)
    assert told.splitlines().count("walking the plank") == 1
    findings = {(one["component"], one["check"]): one for one in json.loads(out)["findings"]}
    assert code == 1
    assert len(findings) == 15
    status = {key: one["status"] for key, one in findings.items()}
    assert [status["worlds/sound-v1", check] for check in ("spec", "run", "close", "parallel")] == ["passed"] * 4
    assert "exit code 17" in findings["worlds/crash-v1", "run"]["found"]
    assert status["worlds/crash-v1", "close"] == "skipped"
    assert "did not finish within 5 s" in findings["worlds/hang-v1", "close"]["found"]
    assert status["worlds/hang-v1", "parallel"] == "passed"
    assert sorted(key for key in status if status[key] == "failed") == [
        ("worlds/crash-v1", "run"), ("worlds/hang-v1", "close"),
    ]  # fmt: skip


def test_the_checks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--list", "--kind", "environment")
    assert code == 0
    names = [line.split()[1] for line in out.splitlines()]
    assert names == [check.name for check in checks_of("environment")]


def test_a_check_is_explained_where_a_failure_says_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    (check,) = (check for check in checks_of("environment") if check.name == "autoreset")
    code, out, _ = run(capsys, *check.read.split()[2:])
    assert code == 0
    assert check.details in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sensor-network/2x2-v2"], ["There is no component", "sensor-network/2x2-v1"]),
        (["quorat"], ["no component, distribution or plugin 'quorat'", "quorate"]),
        (["nowhere.yaml"], ["nowhere.yaml"]),
        (["quorate", "a=1", "--kind", "noise"], ["settings are of one"]),
        (["fixed", "--kind", "noise", "simga=1"], ["There is no key 'simga'"]),
        (["fixed", "--kind", "noise", "--only", "sed"], ["There is no check 'sed'"]),
        (["pettingzoo"], ["The value is missing", "environment.id"]),
        ([], ["nothing to check"]),
    ],
)
def test_mistakes(words: list[str], told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, *words)
    assert code == 2, err
    assert all(text in err for text in told), err
    assert "Traceback" not in err


def test_a_broken_row_is_a_failure(worlds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--manifest", str(worlds), "worlds/row-v1")
    assert code == 1
    assert "name no settings of WorldSettings: lenght" in out


def test_what_can_not_be_checked_as_it_is_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "needy.yaml"
    rows = [
        "{kind: environment, name: x/a-v1, target: 'a:b', summary: A., needs: [no_such_simulator]}",
        "{kind: environment, name: x/b-v1, target: 'quorate_pettingzoo.environment:make', summary: B., "
        "settings: 'quorate_pettingzoo.settings:PettingZooSettings', allow: [mpe2]}",
    ]
    path.write_text("schema: 1\ncomponents:\n" + "".join(f"  - {row}\n" for row in rows), encoding="utf-8")
    code, out, _ = run(capsys, str(path))
    assert code == 1
    assert "needs no_such_simulator; run: pip install no_such_simulator" in out
    assert "it needs settings: The value is missing" in out
    assert "Run: quorate check x/b-v1 KEY=VALUE" in out
    assert out.splitlines()[-1].startswith("Nothing was checked: 2 skipped; nothing could be checked of 2 of 2 ")


PICKY = """\
schema: 1
components:
  - kind: algorithm
    name: x/picky
    target: picky:Picky
    summary: Wants another environment.
  - {kind: noise, name: x/level, target: 'picky:Level', summary: One noise level.}
"""
PICKY_MODULE = """\
import torch
from quorate.errors import QuorateError
from quorate.interfaces import NoiseDistribution

def Picky(settings, context):
    raise QuorateError("It wants a warehouse.")

class Level(NoiseDistribution):
    def __init__(self, settings): pass
    def sample(self, shape, generator): return torch.full(shape, 0.5)
    def quadrature(self): return torch.tensor([0.5]), torch.ones(1)
"""


def test_nothing_but_the_row_checked_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "picky.yaml"
    path.write_text(PICKY, encoding="utf-8")
    (tmp_path / "picky.py").write_text(PICKY_MODULE, encoding="utf-8")
    code, out, _ = run(capsys, "--manifest", str(path), "x/picky")
    assert code == 1
    assert "Nothing could be checked: it can not be built for tiny/world-v1: It wants a warehouse." in out
    code, out, _ = run(capsys, str(path))
    assert code == 0
    last = out.splitlines()[-1]
    assert last.startswith("All is sound: 6 passed, 12 skipped; nothing could be checked of 1 of 2 ")
    assert last.endswith("components: x/picky.")


def test_an_unknown_name_may_be_that_of_another_interpreter(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--interpreter", "sim=nowhere", "clash/count-v1")
    assert code == 2
    assert "add interpreter=sim if it is an environment in that interpreter" in err
