"""What callers from Python may give by mistake is told in words, as mistakes in YAML are."""

import copy
import pickle

import numpy as np
import pytest
import torch

import quorate

WRONG = {
    "batch 0": (lambda run: run.environment(0), "a batch of 0 rows"),
    "batch 1.5": (lambda run: run.environment(1.5), "a batch of 1.5 rows"),
    "batch True": (lambda run: run.environment(True), "a batch of True rows"),
    "make": (lambda run: quorate.make("sensor-network/2x2-v1", batch=-1), "a batch of -1 rows"),
    "workers": (lambda run: run.environment(workers=-1), "in -1 workers"),
    "device": (lambda run: run.environment(device="gpu"), "'gpu' is not available"),
    "make device": (lambda run: quorate.make("sensor-network/2x2-v1", device="gpu"), "'gpu' is not available"),
    "step": (lambda run: quorate.load(run, step="2"), "step is '2'"),
    "step nan": (lambda run: quorate.load(run, step=float("nan")), "step is nan"),
    "best": (lambda run: quorate.load(run, best="yes"), "best is 'yes'"),
    "greedy": (lambda run: run.policy(greedy="no"), "greedy is 'no'"),
    "seed": (lambda run: run.policy(seed=None), "seed is None"),
    "phase": (lambda run: run.metrics("eval"), "phase is 'eval'"),
    "actor": (lambda run: run.actor(3), "a int, no Environment"),
    "evaluate": (lambda run: quorate.evaluate(run, "2"), "step is '2'"),
    "episodes": (lambda run: quorate.play(run, episodes=2.5), "episodes is 2.5"),
    "endless episodes": (lambda run: quorate.play(run, episodes=10**5000), "a number of thousands of digits"),
    "large seed": (lambda run: run.policy(seed=2**63), "at most 9223372036854775807"),
    "workers True": (lambda run: run.environment(workers=True), "in True workers"),
    "many episodes": (lambda run: quorate.play(run, episodes=10**11), "at most 1000000"),
    "speed": (lambda run: quorate.play(run, speed=float("nan")), "speed is nan"),
    "slow": (lambda run: quorate.play(run, speed=1e-9), "speed is 1e-09"),
    "filmed": (lambda run: quorate.play(run, filmed=10**8), "at most 1000"),
    "play greedy": (lambda run: quorate.play(run, greedy="no"), "greedy is 'no'"),
    "format": (lambda run: quorate.export(run, "x", format="torch"), "format is 'torch'"),
    "override": (lambda run: quorate.compose({}, {"seed": 1}), "override is {'seed': 1}"),
    "kind": (lambda run: quorate.list(3), "kind is 3"),
    "name": (lambda run: quorate.make(None), "name is None"),
    "show": (lambda run: quorate.show(3), "name is 3"),
    "only": (lambda run: quorate.check("sensor-network/2x2-v1", only=3), "only is 3"),
    "bootstrap": (lambda run: quorate.report(run.path, bootstrap=0), "at least 1"),
    "much": (lambda run: quorate.report(run.path, bootstrap=10**9), "at most 1000000"),
    "confidence": (lambda run: quorate.report(run.path, confidence=float("nan")), "confidence is nan"),
    "surest": (lambda run: quorate.report(run.path, confidence=10**400), "above 0 and below 1"),
    "sure": (lambda run: quorate.report(run.path, confidence=1), "above 0 and below 1"),
    "metric": (lambda run: quorate.report(run.path, metric=3), "metric is 3"),
    "range": (lambda run: quorate.report(run.path, normalise={"a": 3}), "no two different numbers"),
    "far range": (lambda run: quorate.report(run.path, normalise={"a": (0, 10**400)}), "no two different numbers"),
    "ranges": (lambda run: quorate.report(run.path, normalise="a=0:1"), "normalise is 'a=0:1'"),
    "observations": (lambda run: run.policy().act(None), "observations is None"),
    "infos": (lambda run: run.policy().act({}, 3), "infos is 3"),
    "agents": (lambda run: run.policy().act({}, agents=3), "agents is 3"),
    "agent": (lambda run: run.policy().act({}, agents="left"), "there is no agent 'left'"),
    "key": (lambda run: quorate.compose({1: 2}), "A key must be text, not 1"),
    "payoff": (lambda run: quorate.make("matrix-game/table-v1", payoff=np.zeros(2)), "Expected a list"),
    "accept": (lambda run: quorate.compare({}, accept=3), "accept is 3"),
    "manifests": (lambda run: quorate.configure(manifests=3), "manifests is 3"),
    "interpreters": (lambda run: quorate.configure(interpreters=["a"]), "interpreters is"),
    "progress": (lambda run: quorate.configure(progress="x"), "progress is 'x'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_told(trained, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, match = WRONG[name]
    with pytest.raises(quorate.QuorateError, match=match):
        call(quorate.load(trained))
    assert not list(tmp_path.iterdir())


def test_right_arguments_of_numpy_are_taken(trained):
    run = quorate.load(trained, step=np.int64(2))
    assert (run.step, type(run.step)) == (2, int)
    assert run.environment(np.int64(2), workers=np.int64(0)).batch == 2
    assert quorate.play(run, episodes=np.int32(1), seed=np.int64(3))["episodes"] == 1


def test_values_of_numpy_are_taken_as_plain_ones():
    game = quorate.make("matrix-game/table-v1", payoff=np.eye(3), batch=2)
    assert game.spec.action_spaces[0].n == 3
    assert quorate.make("mpe/simple-spread-v3", agents=np.int64(4)).spec.agent_count == 4


def test_a_word_alone_is_one_and_not_its_letters():
    assert quorate.check("sensor-network/2x2-v1", only="row")[0]["check"] == "row"


def test_a_policy_does_not_play_where_actions_are_others(tmp_path):
    game = {"name": "matrix-game/table-v1", "payoff": [[1.0, 0.0], [0.0, 1.0]]}
    run = quorate.train(
        {"environment": game, "algorithm": "qmix", "budget": {"train_steps": 0}}, f"directory={tmp_path}"
    )
    with pytest.raises(quorate.QuorateError, match=r"Discrete\(2\); it does not fit Discrete\(3\)"):
        quorate.play(run, "environment.payoff=[[1, 2, 3], [4, 5, 6]]", episodes=1)
    assert quorate.play(run, "environment.payoff=[[5, 5], [5, 5]]", episodes=1)["return/mean"] == 5


def test_a_run_that_was_used_can_be_copied_and_pickled(trained):
    run = quorate.load(trained, 2)
    run.policy()
    for again in (copy.copy(run), copy.deepcopy(run), pickle.loads(pickle.dumps(run))):  # noqa: S301
        assert (again.path, again.step) == (run.path, 2)
        assert again.policy() is not None


def test_histories_are_numbers(tmp_path):
    run = quorate.train(
        {
            "environment": "sensor-network/2x2-v1",
            "algorithm": {"name": "state-inference", "denoiser": "exact", "samples": 2},
            "budget": {"train_steps": 0},
        },
        f"directory={tmp_path}",
    )
    seen = run.environment(2).reset(seed=1).observation[:, None]
    assert run.infer(seen, steps=8).states.isfinite().all()
    with pytest.raises(quorate.QuorateError, match="no finite numbers"):
        run.infer(torch.full_like(seen, torch.nan))
    for wrong, match in (("x", "no array of numbers"), (seen.cfloat(), "complex"), (seen[:0], "there are none")):
        with pytest.raises(quorate.QuorateError, match=match):
            run.infer(wrong)
    with pytest.raises(quorate.QuorateError, match="scheme is 3"):
        run.infer(seen, 3)
