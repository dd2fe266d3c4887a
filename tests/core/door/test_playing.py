import json
from pathlib import Path

import pytest
from PIL import Image

import quorate
from quorate.cli.main import main


def test_episodes_are_played_and_the_first_is_drawn(trained, tmp_path):
    film = tmp_path / "episode.gif"
    found = quorate.play(trained, episodes=4, record=film)
    assert {"return/mean", "return/std", "length/mean"} <= set(found)
    assert found["length/mean"] == 10
    with Image.open(film) as picture:
        assert picture.size == (480, 480)
        durations = [picture.seek(at) or picture.info["duration"] for at in range(picture.n_frames)]
    assert sum(durations) == 10 * 200 + 1500  # of 11 frames; what stays the same is one
    assert quorate.play(trained, episodes=4, record=tmp_path / "sheet.png") == found


def test_samples_seeds_and_other_environments(trained):
    with quorate.load(trained) as run:
        greedy = quorate.play(run, episodes=8, greedy=True)
        assert greedy == quorate.play(run, episodes=8, greedy=True)
        assert greedy != quorate.play(run, episodes=8, greedy=False)
        assert greedy != quorate.play(run, episodes=8, greedy=True, seed=1)
        assert quorate.play(run, episodes=2, env=quorate.make("sensor-network/2x2-v1", horizon=3))["length/mean"] == 3
        view = quorate.to_parallel(quorate.make("sensor-network/2x2-v1", horizon=4))
        assert quorate.play(run, episodes=2, env=view)["length/mean"] == 4
        with pytest.raises(quorate.QuorateError, match="does not fit"):
            quorate.play(run, env=quorate.make("mpe/simple-spread-v3"))
        with pytest.raises(quorate.QuorateError, match="own environment"):
            quorate.play(run, "environment.horizon=2", env=quorate.make("sensor-network/2x2-v1"))


def test_what_can_not_be_is_told_before_anything_is_played(trained, tmp_path):
    for wrong, match in (
        ({"record": tmp_path / "x.avi"}, "'.avi'"),
        ({"episodes": 0}, "episodes is 0"),
        ({"speed": 0}, "speed is 0"),
        ({"every": 0}, "every is 0"),
        ({"record": tmp_path / ".gif" / "x.gif" / "\0"}, "NUL"),
        ({"record": Path(__file__) / "x.gif"}, "it is no folder"),
    ):
        with pytest.raises(quorate.QuorateError, match=match):
            quorate.play(trained, **wrong)
    assert not list(tmp_path.iterdir())


def test_the_command_says_the_same(trained, tmp_path, capsys):
    words = ["play", str(trained), "--episodes", "4", "--record", str(tmp_path / "new" / "sheet.png")]
    assert main([*words, "--json", "-q", "environment.horizon=2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["step"], told["episodes"], told["play"]["length/mean"]) == (2, 4, 2)
    with Image.open(told["film"]) as picture:
        assert picture.size == (3 * 480, 480)
    few = [*words[:-1], str(tmp_path / "few.png"), "--every", "2", "-q", "environment.horizon=2"]
    assert main(few) == 0
    capsys.readouterr()
    with Image.open(tmp_path / "few.png") as picture:
        assert picture.size == (2 * 480, 480)
    assert main(["play", str(trained), "--episodes", "2", "-q"]) == 0
    assert "2 episodes after 2 training steps" in capsys.readouterr().out
    assert main(["play", str(trained), "seed=1"]) == 2
    assert "Give settings of the environment" in capsys.readouterr().err


def test_who_infers_is_looked_at_by_analyse(tmp_path):
    configuration = {
        "environment": "sensor-network/2x2-v1",
        "algorithm": {"name": "state-inference", "denoiser": "exact", "samples": 10, "evaluation_samples": 5},
        "budget": {"train_steps": 0},
    }
    with quorate.train(configuration, f"directory={tmp_path}") as run, pytest.raises(quorate.QuorateError) as told:
        quorate.play(run)
    assert "does not play" in told.value.problem
    assert "quorate analyse" in told.value.fix
