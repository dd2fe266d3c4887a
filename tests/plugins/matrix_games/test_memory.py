import pytest
import torch
from matplotlib.figure import Figure

from quorate import make


def play(environment, answer):
    """An episode; `answer` makes the last action of the first observation. All steps, that of the reset first."""
    steps = [environment.reset(4)]
    for time in range(environment.settings.delay + 1):
        last = time == environment.settings.delay
        action = answer(steps[0].observation) if last else torch.zeros(environment.batch, environment.spec.agent_count)
        steps.append(environment.step(action.long()))
    return steps


def named(observation):
    return observation[..., :-1].argmax(-1)


def test_the_cue_is_seen_once_and_asked_for_k_steps_later():
    environment = make("memory-game-v1", batch=50)
    steps = play(environment, named)
    assert torch.equal(steps[0].observation[..., :-1].sum(-1), torch.ones(50, 2))
    assert len({tuple(row) for row in named(steps[0].observation).tolist()}) > 8
    assert all(not step.observation[..., :-1].any() for step in steps[1:-1])
    assert [bool(step.observation[..., -1].all()) for step in steps[:-1]] == [False] * 8 + [True]
    assert [bool(step.ended.any()) for step in steps] == [False] * 9 + [True]
    assert steps[-1].terminated.all()


def test_who_remembers_is_paid_and_who_does_not_is_paid_by_chance():
    steps = play(make("memory-game-v1", batch=50), named)
    assert sum(step.reward for step in steps).tolist() == [1] * 50
    assert steps[-1].outcomes.tolist() == [[1]] * 50
    environment = make("memory-game-v1", batch=8000)
    for answer in (torch.zeros_like, lambda seen: torch.randint(0, 4, seen.shape)):
        last = play(environment, lambda seen, answer=answer: answer(named(seen)))[-1]
        assert float(last.reward.mean()) == pytest.approx(environment.random_return, abs=0.02)
        assert torch.equal(last.agent_reward.mean(1), last.reward)


def test_actions_can_not_carry_the_cue():
    steps = play(make("memory-game-v1", batch=2, delay=3), named)
    assert [step.action_mask.sum(-1).unique().tolist() for step in steps[:-1]] == [[1], [1], [1], [4]]


def test_agents_cues_and_delay_are_settings():
    environment = make("memory-game-v1", batch=5, agents=3, cues=7, delay=2)
    steps = play(environment, named)
    assert steps[-1].reward.tolist() == [1] * 5
    assert steps[0].state.shape == (5, 3 * 7 + 3)
    assert [step.state[:, 21:].argmax(-1).unique().tolist() for step in steps[:-1]] == [[0], [1], [2]]


def test_pictures_show_cues_time_and_answers():
    environment = make("memory-game-v1")
    steps, looks = play(environment, named), set()
    for step in (steps[0], steps[8]):
        axes = Figure().subplots()
        environment.draw(axes, step.state[0], step.state[0], torch.tensor([3, -1]))
        looks.add((axes.get_xlim(), axes.get_ylim()))
        texts = [text.get_text() for text in axes.texts]
        assert texts[::2] == [str(cue) for cue in named(steps[0].observation)[0].tolist()]
        assert texts[1::2] == (["", ""] if step is steps[0] else ["3", ""])
    assert len(looks) == 1
