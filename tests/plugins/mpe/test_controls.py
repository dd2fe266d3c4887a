import pytest
import torch

from quorate_mpe.settings import ActionKind, Parametrisation, SimpleSpreadSettings

from .conftest import make, random_actions


def _box_of(force, moving, symbols):
    """The box's actions that a force's equal: each axis split over its two sides."""
    motion = force[..., :2]
    left, right = (-motion).clamp_min(0), motion.clamp_min(0)
    sides = torch.stack((left, right), dim=-1).flatten(-2)
    return torch.cat((torch.rand(*sides.shape[:-1], 1), sides, force[..., 2 : 2 + symbols]), dim=-1)


@pytest.mark.parametrize(("name", "symbols"), [("spread", 0), ("reference", 10)])
def test_a_force_is_its_box(name, symbols):
    box, force = make(name, 16), make(name, 16, parametrisation=Parametrisation.FORCE)
    assert force.spec.action_spaces[0].shape == (2 + symbols,)
    assert force.spec.action_spaces[0].low.tolist() == [-1.0, -1.0, *[0.0] * symbols]
    assert force.spec.action_spaces[0].high.tolist() == [1.0] * (2 + symbols)
    box.reset(1), force.reset(1)
    generator = torch.Generator().manual_seed(2)
    for _ in range(30):
        actions = torch.rand(16, force.spec.agent_count, 2 + symbols, generator=generator) * 2 - 1
        ours, theirs = force.step(actions), box.step(_box_of(actions, True, symbols))
        assert torch.equal(ours.observation, theirs.observation)
        assert torch.equal(ours.reward, theirs.reward)


def test_a_force_is_its_box_where_one_moves_and_the_other_speaks():
    box = make("speaker-listener", 16)
    force = make("speaker-listener", 16, parametrisation=Parametrisation.FORCE)
    assert [space.shape for space in force.spec.action_spaces] == [(3,), (2,)]
    box.reset(1), force.reset(1)
    for _ in range(30):
        actions = torch.rand(16, 2, 3) * 2 - 1
        padded = torch.zeros(16, 2, 5)
        padded[:, 0, :3], padded[:, 1] = actions[:, 0], _box_of(actions[:, 1, :2], True, 0)
        ours, theirs = force.step(actions), box.step(padded)
        assert torch.equal(ours.observation, theirs.observation)
        assert torch.equal(ours.reward, theirs.reward)


def test_padding_of_actions_is_not_read():
    environment = make("speaker-listener", 8)
    environment.reset(0)
    start = environment.state_dict()
    actions = random_actions(environment, torch.Generator().manual_seed(0))
    expected = environment.step(actions)
    environment.load_state_dict(start)
    actions[:, 0, 3:] = float("nan")
    assert torch.equal(environment.step(actions).observation, expected.observation)


def test_invalid_choices_count_as_the_first(scenario):
    environment = make(scenario, 4, actions=ActionKind.DISCRETE)
    environment.reset(0)
    start = environment.state_dict()
    expected = environment.step(torch.zeros(4, environment.spec.agent_count, dtype=torch.int64))
    for invalid in (-1, 50, 2**40):
        environment.load_state_dict(start)
        chosen = torch.full((4, environment.spec.agent_count), invalid)
        assert torch.equal(environment.step(chosen).observation, expected.observation)


def test_choices_are_masked_only_where_their_numbers_differ():
    assert make("spread", actions=ActionKind.DISCRETE).reset(0).action_mask is None
    assert make("speaker-listener").reset(0).action_mask is None
    mask = make("speaker-listener", 2, actions=ActionKind.DISCRETE).reset(0).action_mask
    assert mask.tolist() == [[[True] * 3 + [False] * 2, [True] * 5]] * 2


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("continuous", torch.zeros(2, 3, 4)),
        ("continuous", torch.zeros(2, 3)),
        ("continuous", torch.zeros(1, 3, 5)),
        ("continuous", torch.zeros(2, 3, 5, dtype=torch.int64)),
        ("discrete", torch.zeros(2, 3)),
        ("discrete", torch.zeros(2, 2, dtype=torch.int64)),
    ],
)
def test_actions_of_another_shape_or_type_are_refused(kind, given):
    environment = make("spread", 2, actions=kind)
    environment.reset(0)
    with pytest.raises(ValueError, match="actions: expected"):
        environment.step(given)


def test_a_force_needs_continuous_actions():
    with pytest.raises(ValueError, match="parametrisation: "):
        SimpleSpreadSettings(actions=ActionKind.DISCRETE, parametrisation=Parametrisation.FORCE)
