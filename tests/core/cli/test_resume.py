import json
from pathlib import Path

from quorate.cli.main import main

TOY = Path(__file__).parents[1] / "run" / "toy"
MANIFEST = ["--manifest", str(TOY / "registry.yaml")]
SHORT = [str(TOY / "example.yaml"), "threads=1", "budget.train_steps=4", "checkpoint.every=2", "log.every=2", "--quiet"]


def start(tmp_path):
    assert main([*MANIFEST, "run", *SHORT, f"directory={tmp_path}"]) == 0
    (run,) = (tmp_path / "example").iterdir()
    return run


def test_the_manifest_is_given_again(capsys, tmp_path):
    run = start(tmp_path)
    result = json.loads((run / "result.json").read_text())
    (run / "result.json").unlink()
    (run / "checkpoints" / "step-000000004.safetensors").unlink()
    capsys.readouterr()
    assert main(["resume", str(run), "--quiet", "--json", *MANIFEST]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {**printed, "cost": None} == {**result, "cost": None, "directory": str(run)}
    assert main([*MANIFEST, "resume", str(run)]) == 0
    assert "finished already" in capsys.readouterr().out


def test_mistakes_exit_with_2(capsys, tmp_path):
    run = start(tmp_path)
    capsys.readouterr()
    assert main(["resume", str(tmp_path)]) == 2
    assert str(run) in capsys.readouterr().err
    assert main(["resume", str(tmp_path / "nowhere")]) == 2
    (run / "result.json").write_text("[]")
    assert main(["resume", str(run)]) == 2
    assert "result.json is damaged" in capsys.readouterr().err


def test_a_comparison_is_run_again(capsys, tmp_path):
    run = start(tmp_path)
    place = tmp_path / "mine" / "runs" / "a" / "b" / "seed-0"
    place.mkdir(parents=True)
    (tmp_path / "mine" / "comparison.yaml").write_text("variants: {a: {}}\n")
    run = run.rename(place / run.name)
    capsys.readouterr()
    assert main(["resume", str(tmp_path / "mine")]) == 2
    error = capsys.readouterr().err
    for words in ("is a comparison", "`quorate compare FILE` again", f"choices: {run}"):
        assert words in error


def test_what_can_be_typed_next_has_the_manifest(capsys, tmp_path):
    start(tmp_path)
    assert f" {' '.join(MANIFEST)}" in capsys.readouterr().out.splitlines()[-1]
