import torch

from quorate.interfaces import PolicySpec
from quorate.learning.joint import JointActions


def test_padding_is_left_out_and_put_back():
    joint = JointActions(PolicySpec(3, 4, (2, 1, 2), discrete=False), "cpu")
    actions = torch.tensor([[[1.0, 2.0], [3.0, 0.0], [4.0, 5.0]]])
    assert joint.join(actions).tolist() == [[1, 2, 3, 4, 5]]
    assert torch.equal(joint.split(joint.join(actions)), actions)


def test_without_padding():
    joint = JointActions(PolicySpec(2, 4, (2, 2), discrete=False), "cpu")
    actions = torch.arange(8.0).reshape(2, 2, 2)
    assert torch.equal(joint.join(actions), actions.reshape(2, 4))
    assert torch.equal(joint.split(joint.join(actions)), actions)


def test_uniform_actions_fill_the_box_and_not_the_padding():
    joint = JointActions(PolicySpec(2, 4, (2, 1), discrete=False), "cpu")
    actions = joint.uniform(4000, torch.Generator().manual_seed(0))
    assert not actions[:, 1, 1].any()
    real = joint.join(actions)
    assert bool((real.abs() <= 1).all())
    torch.testing.assert_close(real.std(0), torch.full((3,), 3**-0.5), atol=0.02, rtol=0)


def test_features_of_agents_that_are_alive():
    joint = JointActions(PolicySpec(2, 1, (2, 1), False), "cpu")
    assert joint.living(torch.tensor([[True, False], [False, True]])).tolist() == [[1, 1, 0], [0, 0, 1]]


def test_what_dead_agents_do_is_left_out():
    joint = JointActions(PolicySpec(2, 1, (2, 1), False), "cpu")
    actions = torch.tensor([[[1.0, 2.0], [3.0, 0.0]]])
    assert joint.join(actions, torch.tensor([[False, True]])).tolist() == [[0, 0, 3]]


def test_random_choices_are_uniform_over_what_is_valid():
    joint = JointActions(PolicySpec(2, 4, (4, 2), discrete=True), "cpu")
    mask = torch.tensor([[True, False, True, True], [True] * 4]).expand(3000, 2, 4)
    drawn = joint.uniform(3000, torch.Generator().manual_seed(0), mask)
    shares = joint.features(drawn).mean(0)
    wanted = torch.tensor([[1 / 3, 0, 1 / 3, 1 / 3], [0.5, 0.5, 0, 0]])
    torch.testing.assert_close(shares, wanted, atol=0.03, rtol=0)
    assert joint.join(joint.features(torch.tensor([[2, 1]]))).tolist() == [[0, 0, 1, 0, 0, 1]]
