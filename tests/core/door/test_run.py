import json
import random

import pytest
import torch

import quorate
from quorate.cli.main import main


def test_what_was_trained_is_there_to_look_at(trained):
    run = quorate.load(trained.parent)
    assert (run.path, run.step) == (trained, 2)
    assert run.config["algorithm"]["input"]["length"] == 3
    assert run.result["step"] == 2
    columns = run.metrics()
    assert columns["phase"] == ["train", "train", "evaluation"]
    assert {len(column) for column in columns.values()} == {3}
    assert columns["return/mean"] == [None, None, run.result["evaluation"]["return/mean"]]
    assert run.metrics("evaluation")["step"] == [2]


def test_what_is_missing_is_told(trained):
    with pytest.raises(quorate.QuorateError, match="no checkpoint of step 7"):
        quorate.load(trained, step=7)
    with pytest.raises(quorate.QuorateError, match="infers no states"):
        quorate.load(trained).infer(torch.zeros(1, 2, 3))


def test_opening_leaves_the_callers_generators_alone(trained):
    torch.manual_seed(0)
    random.seed(0)
    expected = torch.rand(1), random.random()
    torch.manual_seed(0)
    random.seed(0)
    assert quorate.load(trained).algorithm is not None
    assert (torch.rand(1), random.random()) == expected


def test_an_actor_refuses_an_environment_of_other_sizes(trained):
    with quorate.load(trained) as run, pytest.raises(quorate.QuorateError, match="does not fit mpe"):
        run.actor(
            quorate.compose({**run.config, "environment": "mpe/simple-spread-v3"}).settings.environment.build(
                batch=1, device="cpu"
            )
        )


def test_states_are_inferred_from_ones_own_observations(tmp_path, monkeypatch):
    configuration = {
        "environment": "sensor-network/2x2-v1",
        "algorithm": {"name": "state-inference", "denoiser": "exact", "samples": 10, "evaluation_samples": 5},
        "budget": {"train_steps": 0},
    }
    with quorate.train(configuration, f"directory={tmp_path}") as run:
        monkeypatch.setattr("quorate_state_inference.algorithm.collect", None)  # whoever infers collects no samples
        step = run.environment(batch=20).reset(1)
        estimate = run.infer(step.observation[:, None], scheme="composite", steps=40)
        layout = run.algorithm.layout
        histories = torch.cat([torch.ones_like(step.observation[..., :1]), step.observation], -1)
        same = run.infer(layout.identify(histories), scheme="composite", steps=40)
        assert estimate.states.equal(same.states)
        assert (estimate.states[:, 0] - step.state).abs().mean() < 0.1
        with pytest.raises(quorate.QuorateError, match="neither histories nor observations"):
            run.infer(step.state)
        with pytest.raises(quorate.QuorateError) as told:
            run.infer(step.observation[:, None], scheme="composit")
        assert "composite" in told.value.choices
        with pytest.raises(quorate.QuorateError, match="learned no behaviour"):
            run.policy()


def test_training_longer_beginning_with_weights_and_exporting(trained, tmp_path):
    longer = quorate.extend(trained, "budget.train_steps=3", f"directory={tmp_path}")
    assert (longer.step, longer.metrics("train")["step"]) == (3, [1, 2, 3])
    tuned = quorate.train(longer.config, "budget.train_steps=0", f"directory={tmp_path}", from_run=longer, checkpoint=3)
    theirs, own = (run.algorithm.state_dict()["policy"] for run in (longer, tuned))
    assert all(torch.equal(own[name], theirs[name]) for name in theirs)
    files = quorate.export(tuned, tmp_path / "policies", greedy=True)
    assert [file.name for file in files][-2:] == ["card.json", "README.md"]
    assert (tmp_path / "policies" / "card.json").is_file()


def test_the_best_policy_is_taken_where_it_was_kept(trained, tmp_path, capsys):
    with pytest.raises(quorate.QuorateError, match="best policy of this run was not kept"):
        assert quorate.load(trained, best=True).algorithm
    kept = ["evaluation.absolute=1", "evaluation.every=1", "evaluation.at_start=true", "evaluation.goal=minimise"]
    found = quorate.train({**quorate.load(trained).config, "name": "kept"}, f"directory={tmp_path}", *kept)
    best = found.saved.best["state"]
    last = quorate.load(found, best=False).algorithm.acting_state()
    assert found.result["absolute"]["step"] < 2, "of no use: the best policy is the last"
    assert same(found.algorithm.acting_state(), best)
    assert same(quorate.load(found, best=True).algorithm.acting_state(), best)
    assert not same(last, best)
    assert same(quorate.load(found, step=2).algorithm.acting_state(), last)
    quorate.export(found, tmp_path / "policies")
    card = json.loads((tmp_path / "policies" / "card.json").read_text(encoding="utf-8"))
    assert card["step"] == found.result["absolute"]["step"]
    assert main(["play", str(found.path), "--episodes", "1", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["step"] == found.result["absolute"]["step"]


def same(one, other):
    """Whether nested parameters are equal."""
    if isinstance(one, torch.Tensor):
        return one.equal(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other
