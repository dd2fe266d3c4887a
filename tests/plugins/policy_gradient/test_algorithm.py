import pytest
import torch
from bit_identity import same

from quorate.config.schema import EvaluationMode
from quorate.errors import QuorateError
from quorate.interfaces import Greedy
from quorate.registry import load_registry

FAST = ["learning_rate=1e-2", "critic_learning_rate=1e-2", "minibatches=2", "rollout=10"]
MEMORY = "{name: gru, hidden: [16], memory: 8, head: []}"
REMEMBER = [f"actor={MEMORY}", f"critic={MEMORY}", "rollout=6", "chunk=3", "burn_in=2"]
PRESETS = [row.name for row in load_registry().rows("algorithm") if "ppo/" in row.name]


def shown(algorithm, steps: int) -> tuple:
    """A rollout, and what the critic is shown of it."""
    rollout, view = algorithm._player.play(steps), algorithm.critic._view
    return rollout, view.steps(rollout), view.endings(rollout)


def train(algorithm, steps: int) -> list[dict[str, float]]:
    return [{name: float(value) for name, value in algorithm.train_step().items()} for _ in range(steps)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("actions", ["discrete", "continuous"])
@pytest.mark.parametrize("name", ["mappo", "ippo", "happo"])
def test_it_learns(build, evaluated, name: str, actions: str, seed: int) -> None:
    """The best play is worth 5 in both games."""
    mode = "sampled" if actions == "discrete" else "greedy"
    algorithm = build(name, *FAST, game=f"actions: {actions}", seed=seed, steps=20)
    before = evaluated(algorithm, episodes=20, mode=EvaluationMode(mode))["return/mean"]
    train(algorithm, 20)
    after = evaluated(algorithm, episodes=20, mode=EvaluationMode(mode))["return/mean"]
    assert before < 4.2
    assert after > 4.7


@pytest.mark.parametrize("name", ["mappo", "happo"])
def test_without_a_learning_rate_nothing_is_learned(build, evaluated, name: str) -> None:
    algorithm = build(name, "learning_rate=0", steps=25)
    before = evaluated(algorithm, episodes=20, mode=EvaluationMode.SAMPLED)
    train(algorithm, 10)
    assert evaluated(algorithm, episodes=20, mode=EvaluationMode.SAMPLED) == before


def test_agents_die_and_masks_are_kept(build, evaluated) -> None:
    """The game fails where an invalid action is taken."""
    algorithm = build("happo", *FAST, game="mortal: true, agents: 3", steps=20)
    train(algorithm, 20)
    assert evaluated(algorithm, episodes=20, mode=EvaluationMode.SAMPLED)["return/mean"] > 4.5


def test_one_agent_makes_no_difference(build) -> None:
    """HAPPO with one agent is MAPPO with one policy of its own."""
    given = ["minibatches=2", "fixed_order=false"]
    one = build("happo", *given, game="agents: 1")
    other = build("mappo", given[0], "share_parameters=false", game="agents: 1")
    for step, its in zip(train(one, 4), train(other, 4), strict=True):
        assert all(step[name] == pytest.approx(value, abs=1e-5) for name, value in its.items() if value == value)
    for mine, its in zip(one.policy.parameters(), other.policy.parameters(), strict=True):
        assert torch.allclose(mine, its, atol=1e-6)


@pytest.mark.parametrize(
    "given",
    [
        ["mappo"],
        ["ippo", "share_parameters=false", "minibatches=3"],
        ["happo"],
        ["mappo", *REMEMBER, "minibatches=2"],
        ["ippo", *REMEMBER, "share_parameters=false"],
        ["happo", *REMEMBER],
    ],
)
def test_it_continues_bit_for_bit_and_evaluation_changes_nothing(build, evaluated, given: list[str]) -> None:
    given = [given[0], "rollout=7", "critic_time=true", "entropy_end=0", "learning_rate_end=0.1", *given[1:]]
    whole, first, second = (build(*given, steps=6) for _ in range(3))
    wanted = train(whole, 6)
    head = train(first, 3)
    evaluated(first, episodes=20)
    second.load_state_dict(first.state_dict())
    assert str(head + train(second, 3)) == str(wanted)
    train(first, 3)
    assert same(whole.state_dict(), second.state_dict())
    assert same(whole.state_dict(), first.state_dict())
    assert not same(whole.state_dict(), build(*given, steps=6).state_dict())


@pytest.mark.parametrize("name", ["mappo", "happo"])
def test_what_is_learned_from_is_what_was_remembered(build, name: str) -> None:
    """Also of a second rollout, which begins in the middle of episodes."""
    algorithm = build(name, *REMEMBER, "learning_rate=0", game="horizon: 5")
    memory = torch.zeros(20, 2, 8)
    for _ in range(2):
        rollout = algorithm._player.play(6)
        steps = rollout.steps
        features, memory = algorithm.policy.encode(steps.inputs[:-1], memory, steps.begins[:-1])
        samples = algorithm._samples(rollout, torch.zeros(6, 20, 1))
        torch.testing.assert_close(samples.inputs.features(algorithm.policy), algorithm._cutter.rows(features))
        assert samples.actions.shape[:2] == (40, 3)
    step = train(algorithm, 1)[0]
    assert step["clipped"] == 0


def test_one_network_may_remember_and_the_other_not(build) -> None:
    for given in (f"actor={MEMORY}", f"critic={MEMORY}"):
        algorithm = build("mappo", given)
        said = algorithm.conventions()
        assert said["memory"].startswith("of policies;" if "actor" in given else "of critic;")
        assert said["memory_chunk"] == 20
        assert all(value == value for name, value in train(algorithm, 1)[0].items() if "return" not in name)
    assert "memory" not in build("mappo").conventions()


def test_seeds_matter_and_the_global_generator_does_not(build, evaluated) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    one = build("mappo", seed=0)
    train(one, 1)
    evaluated(one, episodes=20)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(8)
    again, other = build("mappo", seed=0), build("mappo", seed=1)
    train(again, 1), train(other, 1)
    assert same(one.state_dict(), again.state_dict())
    assert not same(one.state_dict(), other.state_dict())


def test_schedules_fall_in_a_line(build) -> None:
    algorithm = build("mappo", "learning_rate=1e-3", "learning_rate_end=0.2", "entropy_end=0", steps=4)
    rates, entropies = [], []
    for _ in range(4):
        entropies.append(algorithm._schedule().entropy)
        rates.append(algorithm.train_step()["learning_rate"])
    assert rates == pytest.approx([1e-3, 8e-4, 6e-4, 4e-4])
    assert entropies == pytest.approx([0.01, 0.0075, 0.005, 0.0025])
    assert algorithm.critic.optimiser.param_groups[0]["lr"] == pytest.approx(5e-4 * 0.4)


def test_the_critic_sees_the_state_and_the_time(build) -> None:
    algorithm = build("mappo", "critic_time=true", game="horizon: 4")
    rollout, seen, endings = shown(algorithm, 10)
    assert seen.shape == (11, 20, 1, 2)
    assert seen[:, 0, 0, 1].tolist() == [0, 0.25, 0.5, 0.75, 0, 0.25, 0.5, 0.75, 0, 0.25, 0.5]
    assert list(endings) == [3, 7]
    assert endings[3][:, 0, 1].tolist() == [1.0] * 20
    assert torch.equal(seen[..., 0, 0], rollout.steps.inputs[:, :, 0, 0])  # the bit, which all observe
    joint = build("mappo", "critic_input=inputs")
    assert shown(joint, 2)[1].shape == (3, 20, 1, 2 * joint.input.size)
    own = build("ippo", "critic_time=true")
    rollout, seen, _ = shown(own, 2)
    assert seen.shape == (3, 20, 2, own.input.size + 1)
    assert torch.equal(seen[..., :-1], rollout.steps.inputs)
    assert seen[1, ..., -1].eq(0.2).all()


def test_an_actor_plays_as_the_evaluation_does(build) -> None:
    algorithm = build("mappo", *FAST)
    train(algorithm, 10)
    game = algorithm.context.environment.build(batch=8, device="cpu")
    actor, randomness = algorithm.actor(8, seed=5), torch.Generator().manual_seed(0)
    step = game.reset(3)
    actor.reset(step)
    for _ in range(5):
        bits = step.state[:, :1].long()
        actions = actor.act(randomness)
        assert torch.equal(actions, bits.expand(8, 2))
        step = game.step(actions)
        actor.observe(step)


def test_the_record_says_what_was_done(build) -> None:
    said = build("happo", "critic_time=true", game="actions: continuous").conventions()
    assert said["step"] == "a rollout of 400 environment steps, then 5 passes over it"
    assert said["critic_sees"] == "the state and the time in the episode"
    assert said["update"] == "one agent after the other, in a random order"
    assert said["action_bounds"] == "rescale"
    assert said["resumption"] == "episodes continue"
    assert build("ippo").conventions()["critic_sees"] == "the input of its agent's policy"


@pytest.mark.parametrize(
    ("given", "game", "where"),
    [
        (["policy=random"], "", "algorithm.policy"),
        (["critic_input=state"], "stateless: true", "algorithm.critic_input"),
        (["critic_time=true"], "horizon: 0", "algorithm.critic_time"),
    ],
)
def test_what_can_not_work_is_refused(build, given: list[str], game: str, where: str) -> None:
    with pytest.raises(QuorateError) as caught:
        build("mappo", *given, game=game)
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize(("game", "choice"), [("", "categorical"), ("actions: continuous", "gaussian")])
def test_what_is_offered_instead_fits_the_actions(build, game: str, choice: str) -> None:
    with pytest.raises(QuorateError, match="no density") as caught:
        build("mappo", "policy=random", game=game)
    assert caught.value.choices == (choice,)


@pytest.mark.parametrize("name", ["mappo", "ippo", "happo"])
def test_a_network_that_nobody_would_use_is_refused(build, name: str) -> None:
    with pytest.raises(QuorateError, match="not used beside policy: categorical") as caught:
        build(name, "policy=categorical", "actor=gru")
    assert caught.value.where.startswith("algorithm.actor (")
    assert "algorithm.policy.network=gru" in caught.value.fix
    build(name, "policy={name: categorical, network: gru}", "actor=gru")
    build(name, "policy={name: categorical, network: gru}")
    with pytest.raises(QuorateError, match="beside policy: random"):
        build(name, "policy=random", "actor=gru")


def test_a_policy_class_can_be_chosen(build) -> None:
    squashed = "policy={name: gaussian, squash: tanh, network: {hidden: [16]}}"
    algorithm = build("happo", squashed, *FAST, game="actions: continuous")
    assert isinstance(algorithm.policy, Greedy)
    assert algorithm.policy.network.layers[0].weight.shape[-1] == 16
    assert all(value == value for value in train(algorithm, 2)[-1].values())


@pytest.mark.parametrize("name", PRESETS)
def test_presets_run(build, name: str) -> None:
    algorithm = build(name, "environments=4", "epochs=1", game="actions: continuous")
    assert train(algorithm, 1)[0]["environment_steps"] == 80
    peer = name.partition("/")[2].partition("-")[0]
    assert algorithm.settings.truncation == {"harl": "drop", "benchmarl": "bootstrap", "epymarl": "bootstrap"}.get(
        peer, "terminate"
    )


@pytest.mark.parametrize("game", ["stateless: true", "stateless: false"])
def test_the_critic_sees_the_ends_of_episodes(build, game: str) -> None:
    """Also where there is no state, and so no last one: the ends of the inputs are seen."""
    algorithm = build("mappo", "critic_input=inputs", "critic_time=true", "rollout=12", game=game)
    rollout, seen, endings = shown(algorithm, 12)
    assert rollout.steps.truncated.any(1).nonzero()[:, 0].tolist() == [4, 9] == list(endings)
    assert all(ends[..., -1].eq(1).all() for ends in endings.values())  # the time: the horizon is reached
    assert seen[:, 0, 0, -1].tolist() == pytest.approx([0.2 * (t % 5) for t in range(13)])
    last = endings[4]
    assert not torch.equal(last[..., :-1], seen[5, ..., :-1])  # the new episode shows another bit somewhere


def test_a_rollout_that_can_not_fit_is_refused(build):
    with pytest.raises(QuorateError, match=r"a rollout takes .*, and this machine has") as caught:
        build("mappo", "rollout=100000000000")
    assert caught.value.where == "algorithm.rollout"
