import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate_state_inference.algorithm import StateInference
from quorate_state_inference.paper_figures import Subject
from quorate_state_inference.paper_figures.sections import SECTIONS, Analysis, run_sections

from .conftest import TINY, Silence

SMALL = ["--noises", "50", "--samples", "40", "--rows", "5", "--quiet"]
HEADER = b"\x89PNG"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """run(name, *overrides): the folder of a finished run."""

    def start(name: str, *overrides: str) -> Path:
        folder = tmp_path_factory.mktemp("runs")
        file = folder / f"{name}.yaml"
        file.write_text("environment: sensor-network/2x2-v1\nalgorithm: state-inference\nbudget: {train_steps: 200}\n")
        small = ["algorithm.samples=500", "algorithm.environments=100", "algorithm.evaluation_samples=10"]
        assert main(["run", str(file), f"directory={folder}", *small, *overrides, "--quiet"]) == 0
        return next((folder / name).iterdir())

    return start


def test_one_command_writes_all_pictures_and_numbers(
    run: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run("first", "algorithm.denoiser.width=32")
    capsys.readouterr()
    assert main(["analyse", str(folder), *SMALL]) == 0
    output = capsys.readouterr().out
    written = folder / "analysis"
    pictures = sorted(path.stem for path in written.glob("*.png"))
    assert pictures == sorted([*SECTIONS, "evolution-error"])
    assert all(path.read_bytes().startswith(HEADER) for path in written.glob("*.png"))
    assert all("summary" in json.loads((written / f"{name}.json").read_text()) for name in SECTIONS)
    assert all(name in output for name in pictures)
    assert not [path for path in written.iterdir() if path.name.startswith(".")]


def test_several_runs_are_pooled(run: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [str(run(f"width{width}", f"algorithm.denoiser.width={width}")) for width in (8, 16)]
    capsys.readouterr()
    output = str(tmp_path / "figures")
    assert main(["analyse", *folders, "--only", "jacobian-rank", "--output", output, "--json", *SMALL]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {*folders, "2 runs"}
    assert answer["2 runs"]["jacobian-rank, pooled"]["fixed_points"] <= 80
    assert (tmp_path / "figures" / "jacobian-rank-pooled.png").is_file()


def test_mistakes_are_named(run: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(run("mistakes", "algorithm.denoiser.width=8"))
    assert main(["analyse", folder, "--only", "fixed-point"]) == 2
    assert "fixed-points" in capsys.readouterr().err
    assert main(["analyse", str(tmp_path)]) == 2
    assert "no run" in capsys.readouterr().err
    assert main(["analyse", folder, "--checkpoint", "7", "--quiet"]) == 2
    assert "step 7" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["analyse", folder, "--output", str(tmp_path / "file"), "--only", "evolution", *SMALL]) == 2
    assert "created" in capsys.readouterr().err


def test_a_denoiser_that_is_told_sigma_is_skipped(make: Callable[..., StateInference], tmp_path: Path) -> None:
    annealed = "algorithm.inference=[{name: composite, anneal: [10.0, 0.02]}]"
    overrides = ["algorithm.denoiser.condition_on_sigma=true", "algorithm.denoiser.width=8", annealed]
    subject = Subject.of(make("sensor-network/2x2-v1", *overrides), effort=TINY)
    findings = run_sections(Analysis(subject), list(SECTIONS), tmp_path, Silence())
    assert all(finding.skipped and "noise level" in finding.skipped for finding in findings)
    assert not list(tmp_path.iterdir())


def test_without_a_posterior_the_rest_is_still_drawn(make: Callable[..., StateInference], tmp_path: Path) -> None:
    overrides = ["environment.targets=5", "algorithm.denoiser.width=8"]
    subject = Subject.of(make("sensor-network/5x5-v1", *overrides), effort=TINY)
    findings = run_sections(Analysis(subject), ["fixed-points", "posterior", "vector-field"], tmp_path, Silence())
    skipped = {finding.section: finding.skipped for finding in findings if finding.skipped}
    assert set(skipped) == {"fixed-points", "posterior"}
    assert "658008 states" in skipped["posterior"]
    assert (tmp_path / "vector-field.png").is_file()


def test_the_exact_denoiser_is_skipped_only_where_it_has_no_derivative(exact: Subject, tmp_path: Path) -> None:
    findings = run_sections(Analysis(exact), ["fixed-points", "jacobian-rank", "surrogate"], tmp_path, Silence())
    assert [finding.section for finding in findings if finding.skipped] == ["jacobian-rank"]
    assert sorted(path.stem for path in tmp_path.glob("*.png")) == ["fixed-points", "surrogate"]


def test_the_hook_module_imports_nothing_heavy() -> None:
    code = (
        "import sys, quorate_state_inference.plugin; print({'torch', 'numpy', 'matplotlib', 'rich'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


def test_pictures_are_not_written_through_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told before the run is opened, so that nothing is computed in vain."""
    run, outside = tmp_path / "run", tmp_path / "outside"
    for folder in (run, outside):
        folder.mkdir()
    for name in ("config.yaml", "record.json"):
        (run / name).write_text("{}")
    (run / "analysis").symlink_to(outside)
    assert main(["analyse", str(run)]) == 2
    assert "leads out of the folder" in capsys.readouterr().err
