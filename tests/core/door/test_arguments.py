"""What callers from Python may give by mistake is told in words, as mistakes in YAML are."""

import copy
import pickle

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

import quorate
from quorate.config import compose_component
from quorate.registry import load_registry

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
    "two runs": (lambda run: quorate.play(run, str(run)), "takes one run at a time"),
    "extend two runs": (lambda run: quorate.extend(run, str(run)), "takes one run at a time"),
    "runs that are none": (lambda run: quorate.play(run, "runs/none"), "takes one run at a time"),
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
    "batch of numbers": (lambda run: run.environment(np.array([2, 2])), r"a batch of array\(\[2, 2\]\) rows"),
    "kind of show": (lambda run: quorate.show("mlp", 1), "kind is 1"),
    "empty kind": (lambda run: quorate.show("mlp", ""), "There is no kind ''"),
    "second name": (lambda run: quorate.make("memory-game-v1", name="x"), "can not have the name 'x' too"),
    "nothing": (lambda run: quorate.compose(None), "configuration is None, but must be a path or a mapping"),
    "list as configuration": (
        lambda run: quorate.train([1]),
        r"is \[1\], but must be a path or a mapping",
    ),
    "list as source": (lambda run: quorate.compare([1]), r"source is \[1\], but must be a path or a mapping"),
    "play env": (lambda run: quorate.play(run, env=3), "type int, but must be an Environment or a ParallelEnv"),
    "list of runs": (lambda run: quorate.load([run.path]), "must be a path"),
    "play override": (lambda run: quorate.play(run, 3), "override is 3"),
    "extend override": (lambda run: quorate.extend(run, 3), "override is 3"),
    "compare override": (lambda run: quorate.compare({}, 3), "override is 3"),
    "retry": (lambda run: quorate.compare({}, retry_failed="no"), "retry_failed is 'no'"),
    "seed of a reset": (lambda run: run.environment().reset(1.5), "the seed is 1.5"),
    "parallel": (lambda run: quorate.to_parallel("memory-game-v1"), "a str, no Environment"),
    "no actions": (lambda run: played(run).step(None), "the actions are a NoneType"),
}


def played(run):
    env = quorate.to_parallel(run.environment())
    env.reset()
    return env


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_told(trained, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, match = WRONG[name]
    with pytest.raises(quorate.QuorateError, match=match):
        call(quorate.load(trained))
    assert not list(tmp_path.iterdir())


def test_right_arguments_of_numpy_are_taken(trained, tmp_path):
    run = quorate.load(trained, step=np.int64(2))
    assert (run.step, type(run.step)) == (2, int)
    assert run.environment(np.int64(2), workers=np.int64(0)).batch == 2
    played = quorate.play(run, episodes=np.int32(1), seed=np.int64(3), greedy=np.True_)["episodes"]
    assert (played, type(played)) == (1, int)
    assert quorate.load(run, device=torch.device("cpu")).device.type == "cpu"
    again = quorate.train(run.path / "config.yaml", f"directory={tmp_path}", from_run=run, checkpoint=np.int64(2))
    assert again.result["step"] == 2


@pytest.mark.parametrize("seed", [np.int64(3), np.array(3), torch.tensor(3)], ids=str)
def test_a_seed_is_its_number_whoever_made_it(trained, seed):
    run = quorate.load(trained)
    assert quorate.play(run, episodes=3, seed=seed, greedy=False) == quorate.play(run, episodes=3, seed=3, greedy=False)
    one, other = (run.environment().reset(number) for number in (seed, 3))
    assert torch.equal(one.observation, other.observation)


def test_values_of_numpy_are_taken_as_plain_ones():
    game = quorate.make("matrix-game/table-v1", payoff=np.eye(3), batch=2)
    assert game.spec.action_spaces[0].n == 3
    assert quorate.make("mpe/simple-spread-v3", agents=np.int64(4)).spec.agent_count == 4
    given = OmegaConf.create({"name": "gaussian", "network": {"hidden": [4, 5]}})
    assert compose_component("policy", "gaussian", load_registry([], plugins=False), given).settings.network


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
