"""Every file of examples/ is accepted as it stands; the third-party package's are tried where it is installed."""

from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.config import compose
from quorate.errors import ConfigError
from quorate.registry import load_registry

EXAMPLES = Path(__file__).parents[2] / "examples"
OURS = [file for file in sorted(EXAMPLES.rglob("*.yaml")) if "third_party" not in file.parts]
SUITES = [file for file in OURS if "\nvariants:\n" in file.read_text(encoding="utf-8")]


def _lacks_something(problem: str) -> bool:
    """A package, or an interpreter, which only the user can name."""
    return "is not installed" in problem or "Nobody has said what the interpreter" in problem


def name(file: Path) -> str:
    return str(file.relative_to(EXAMPLES))


@pytest.mark.parametrize("file", [file for file in OURS if file not in SUITES], ids=name)
def test_a_run_composes(file: Path) -> None:
    try:
        assert compose(file, [], load_registry()).components()
    except ConfigError as error:
        if not _lacks_something(error.problem):
            raise
        pytest.skip(error.problem)


@pytest.mark.parametrize("file", SUITES, ids=name)
def test_a_suite_is_fair(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = main(["compare", str(file), "--dry-run", f"directory={tmp_path}"]), capsys.readouterr()
    if code and _lacks_something(" ".join(told.err.split())):
        pytest.skip(told.err.splitlines()[0])
    assert code == 0
    assert "cells would run" in told.out


def test_a_suite_that_is_not_fair_is_refused(tmp_path: Path) -> None:
    words = ["compare", str(EXAMPLES / "suites" / "algorithms-mpe.yaml"), "--dry-run", f"directory={tmp_path}"]
    assert main([*words, "variants.hasac.evaluation.episodes=7"]) == 2
