import pytest
import torch
from rich.console import Console

from quorate.config import compose
from quorate.errors import QuorateError, RunError
from quorate.folders.directory import RunDirectory
from quorate.interfaces import PolicySpec
from quorate.learning.guard import Guard
from quorate.registry import load_registry
from quorate.run import resume, start
from quorate.run.checkpoint import checkpoint_path, load_checkpoint
from quorate.run.progress import Display
from quorate.settings import NoSettings
from quorate_ddpl.learner import Learner
from quorate_ddpl.settings import DDPLSettings


def display():
    return Display(Console(stderr=True))


def final_state(path):
    directory = RunDirectory.open(path)
    return load_checkpoint(checkpoint_path(directory.checkpoints, 10))


def differences(first, second, path=""):
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        return [found for key in first for found in differences(first[key], second[key], f"{path}/{key}")]
    if isinstance(first, (list, tuple)):
        pairs = enumerate(zip(first, second, strict=True))
        return [found for index, pair in pairs for found in differences(*pair, f"{path}/{index}")]
    equal = torch.equal(first, second) if isinstance(first, torch.Tensor) else first == second
    return [] if equal else [path]


@pytest.mark.parametrize("policy", ["ddpm", "gaussian"])
def test_a_resumed_run_ends_bit_for_bit_as_one_that_never_stopped(settings, tmp_path, policy):
    registry = load_registry()
    run = settings("checkpoint.every=5", "checkpoint.keep=3", f"directory={tmp_path}", "name=whole", policy=policy)
    whole = start(run, registry, display()).directory
    (whole / "result.json").unlink()
    expected = final_state(whole)
    checkpoint_path(RunDirectory.open(whole).checkpoints, 10).unlink()
    again = resume(whole, registry, display())
    assert again.step == 10
    assert differences(final_state(whole), expected) == []


def test_evaluating_changes_nothing_that_follows(build, evaluated):
    watched, alone = build(), build()
    for _ in range(4):
        watched.train_step()
        evaluated(watched, episodes=20)
        alone.train_step()
    assert differences(watched.state_dict(), alone.state_dict()) == []


def test_a_step_without_updates_is_a_step_of_the_environments(build):
    algorithm = build("algorithm.warmup_steps=60")
    counts = [algorithm.train_step() for _ in range(4)]
    assert [step["environment_steps"] for step in counts] == [20, 40, 60, 80]
    assert [step["updates"] for step in counts] == [0, 0, 1, 2]
    assert algorithm.learner.updates == 2


def test_actions_while_learning_are_noisy_and_in_the_box(build):
    noisy, plain, early = (build(f"algorithm.exploration_noise={noise}") for noise in (0.3, 0.0, 0.0))
    noisy.updates = plain.updates = 2
    first, second = (one.behave(one.collector.now, torch.Generator().manual_seed(0)) for one in (noisy, plain))
    assert first.abs().max() <= 1
    assert not torch.allclose(first, second, atol=0.05)
    random = early.behave(early.collector.now, torch.Generator().manual_seed(0))
    assert torch.equal(random, early.joint.uniform(20, torch.Generator().manual_seed(0)))


def test_the_best_of_many_samples_is_worth_more_to_the_critics(build):
    one, many = build(), build("algorithm.best_of=20")
    now = one.collector.now

    def worth(algorithm):
        actions = algorithm.play(None).choose(now, torch.Generator().manual_seed(0))
        return one.learner.critics.values(now.state, actions[None]).mean()

    assert worth(many) > worth(one)


def test_a_gaussian_plays_its_mode_where_told(build):
    algorithm = build(policy="gaussian")

    def play(greedy, seed):
        return algorithm.play(greedy).choose(algorithm.collector.now, torch.Generator().manual_seed(seed))

    assert torch.equal(play(True, 0), play(True, 1))
    for greedy in (None, False):
        assert not torch.equal(play(greedy, 0), play(greedy, 1))


def test_what_a_reader_must_know_is_told(build):
    plain = build().conventions()
    assert plain["policy"] == "ddpm, one for each agent"
    assert "own action" in plain["critic_sees"]
    literal = build("algorithm.termination=false", "algorithm.critic_input=inputs").conventions()
    assert literal["bootstrapping"] == "at truncations and at terminations"
    assert "what the agent's policy sees" in literal["critic_sees"]


def test_weights_that_overflow_stop_the_run_and_are_named(settings, tmp_path):
    literal = ["algorithm.weights=literal", "algorithm.temperature=1000", "algorithm.critic_learning_rate=0.1"]
    run = settings(*literal, f"directory={tmp_path}", steps=60)
    with pytest.raises(RunError, match="'policy weights' is not finite"):
        start(run, load_registry(), display())


def test_discrete_actions_are_refused(settings):
    with pytest.raises(QuorateError, match="continuous"):
        settings("environment.actions=discrete", environment="mpe/simple-spread-v3")


def test_a_policy_class_that_can_not_be_projected_is_refused():
    spec, random = PolicySpec(1, 2, (1,), discrete=False), load_registry().component("policy", "random", NoSettings())
    with pytest.raises(QuorateError, match="can not be projected"):
        Learner(DDPLSettings(policy=random), spec, 2, 0, torch.device("cpu"), Guard())


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["algorithm.samples=1"], "samples must be 2 or more"),
        (["algorithm.policy_states=33"], "more than batch_size"),
        (["algorithm.weights=literal", "algorithm.discount=1.0"], "discount must be below 1"),
        (["algorithm.termination=false", "algorithm.return_steps=3"], "return_steps must be 1"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, overrides, words):
    with pytest.raises(QuorateError, match=words):
        settings(*overrides)


def test_the_paper_s_form_is_a_row_that_runs(tmp_path):
    file = tmp_path / "run.yaml"
    file.write_text("environment: decision-game/learnable-v1\nalgorithm: ddpl/paper\nbudget: {train_steps: 2}\n")
    small = ["algorithm.policy.network.hidden=[8]", "algorithm.critic.hidden=[8]", "evaluation.episodes=5"]
    outcome = start(compose(file, [*small, f"directory={tmp_path}"], load_registry()), load_registry(), display())
    assert outcome.step == 2


@pytest.mark.parametrize(("improved_at", "learns"), [("state", True), ("next-state", False)])
def test_policies_learn_where_episodes_begin_unless_at_next_states_only(build, evaluated, improved_at, learns):
    smooth = ["environment.bump_height=0.0", "algorithm.policy_learning_rate=0.005", "algorithm.target_rate=0.05"]
    steps = ["algorithm.warmup_steps=400", "algorithm.critic_warmup=20"]
    algorithm = build(f"algorithm.improved_at={improved_at}", *smooth, *steps, "algorithm.samples=8", steps=180)
    before = evaluated(algorithm, episodes=200)["return/mean"]  # the team loses 4 a^2 for each agent
    for _ in range(180):
        algorithm.train_step()
    after = evaluated(algorithm, episodes=200)["return/mean"]
    assert (after > before / 2) is learns
