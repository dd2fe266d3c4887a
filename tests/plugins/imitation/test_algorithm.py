import pytest
import torch

from quorate.errors import QuorateError

CATEGORICAL = "{name: mpe/simple-spread-v3, actions: discrete}"


def apart(algorithm):
    """The root of the mean squared distance from the teacher, on what was met."""
    inputs = algorithm.replay.column("inputs")[: len(algorithm.replay)]
    shown = algorithm.teacher.sample(inputs, 1, algorithm._randomness)[0]
    done = torch.stack([algorithm.policy.sample(inputs, 1, algorithm._randomness)[0] for _ in range(8)]).mean(0)
    return float((done - shown).square().mean().sqrt())


@pytest.mark.parametrize("policy", ["null", "{name: ddpm, network: {hidden: [64, 64]}}"])
def test_policies_of_any_class_come_to_do_what_the_teacher_does(build, policy):
    algorithm = build("teacher_steps: 200", "updates: 8", f"policy: {policy}")
    for _ in range(20):
        algorithm.train_step()
    before = apart(algorithm)
    assert before > 0.15  # or there would be nothing to learn
    for _ in range(80):
        algorithm.train_step()
    assert apart(algorithm) < 0.5 * before


def taken(algorithm, steps):
    """What was done and what is remembered, of each step."""
    seen, step = [], algorithm.collector.step

    def watched(actions, chosen):
        seen.append((actions, chosen))
        return step(actions, chosen)

    algorithm.collector.step = watched
    for _ in range(steps):
        algorithm.train_step()
    return seen


@pytest.mark.parametrize(("name", "learner"), [("dagger", True), ("dagger/cloning", False)])
def test_the_learner_acts_after_the_teacher_and_is_told_what_that_would_do(build, name, learner):
    algorithm = build("teacher_steps: 30", name=name)
    for index, (done, shown) in enumerate(taken(algorithm, 6)):
        assert torch.equal(done, shown) is not (learner and index >= 3)
    assert algorithm.updates == 4


def test_a_teacher_that_remembers_is_asked_once_a_step(build):
    shown = torch.stack([shown for _, shown in taken(build(teacher="test/counting"), 30)])
    expected = torch.arange(30) % 25 + 1  # simple_spread has 25 steps
    torch.testing.assert_close(shown[:, 0, 0, 0], expected / 100)


def test_what_a_teacher_remembers_goes_on_after_a_resumption(build):
    whole, first, second = (build("teacher_steps: 40", teacher="test/counting") for _ in range(3))
    for _ in range(7):
        whole.train_step()
        first.train_step()
    second.load_state_dict(first.state_dict())
    for _ in range(5):
        whole.train_step()
        second.train_step()
    assert torch.equal(*(each.replay.column("actions")[: len(each.replay)] for each in (whole, second)))
    for one, other in zip(whole.policy.parameters(), second.policy.parameters(), strict=True):
        assert torch.equal(one, other)


def test_discrete_actions_are_learned_too(build):
    algorithm = build("teacher_steps: 30", "share_parameters: true", teacher="random", environment=CATEGORICAL)
    for _ in range(10):
        metrics = algorithm.train_step()
    assert abs(metrics["imitation_loss"] - torch.tensor(5.0).log()) < 0.3  # five choices, by chance


def test_a_teacher_beyond_the_box_is_taken_at_its_edge(build):
    algorithm = build("teacher_steps: 30")
    algorithm.teacher.sample = lambda inputs, *_: inputs.new_full((1, *inputs.shape[:-1], 2), 3.0)
    for done, shown in taken(algorithm, 2):
        assert torch.equal(shown, torch.ones_like(shown))
        assert torch.equal(done, shown)


def test_networks_that_remember_are_refused(build):
    with pytest.raises(QuorateError, match="learns from single steps"):
        build("policy: {name: gaussian, network: gru}")


@pytest.mark.parametrize(("policy", "said"), [("null", "greedy"), ("gaussian", "greedy"), ("ddpm/paper", "sampled")])
def test_how_it_is_evaluated_is_known_before(build, policy, said):
    algorithm = build(f"policy: {policy}")
    assert algorithm._settings.tags == {"evaluation_actions": said}
    assert algorithm.play(None).actions == said


def test_the_record_names_the_teacher(build):
    said = build("learning_rate_end: 1.0").conventions()
    assert said["teacher"] == "test/linear"
    assert "budget_schedules" not in said
    assert "critic_sees" not in said
