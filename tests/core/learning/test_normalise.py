import torch

from quorate.learning.normalise import ValueNormaliser


def test_normalised_values_have_mean_zero_and_deviation_one():
    normaliser = ValueNormaliser("cpu", rate=1e-2)
    randomness = torch.Generator().manual_seed(0)
    for _ in range(2000):
        normaliser.update(5 + 3 * torch.randn(64, generator=randomness))
    values = normaliser.normalise(5 + 3 * torch.randn(10000, generator=randomness))
    assert abs(values.mean()) < 0.05
    assert abs(values.std() - 1) < 0.05


def test_averages_are_not_biased_towards_their_start():
    normaliser = ValueNormaliser("cpu", rate=1e-5)
    for _ in range(3):
        normaliser.update(torch.tensor([99.0, 101.0]))
    torch.testing.assert_close(
        normaliser.normalise(torch.tensor([100.0, 101.0])), torch.tensor([0.0, 1.0]), atol=0.1, rtol=0
    )


def test_restoring_undoes_normalising():
    normaliser = ValueNormaliser("cpu")
    normaliser.update(torch.randn(50) * 7 - 3)
    values = torch.randn(5)
    torch.testing.assert_close(normaliser.restore(normaliser.normalise(values)), values)


def test_it_is_stored_and_restored():
    one, two = ValueNormaliser("cpu"), ValueNormaliser("cpu")
    one.update(torch.randn(50) + 4)
    two.load_state_dict(one.state_dict())
    assert torch.equal(one.normalise(torch.ones(1)), two.normalise(torch.ones(1)))


def test_members_have_averages_of_their_own():
    one, both = ValueNormaliser("cpu"), ValueNormaliser("cpu", members=2)
    values = torch.randn(40, 1, generator=torch.Generator().manual_seed(0)) * 3 + 1
    one.update(values)
    both.update(torch.cat([values, 100 * values], dim=1))
    seen = both.normalise(torch.tensor([[2.0, 200.0]]))
    torch.testing.assert_close(seen, one.normalise(torch.tensor([[2.0, 2.0]])))
    torch.testing.assert_close(both.restore(seen), torch.tensor([[2.0, 200.0]]))


def test_values_that_do_not_count_leave_no_trace():
    one, other = (ValueNormaliser("cpu", members=2, rate=0.1) for _ in range(2))
    values = torch.tensor([[1.0, 5.0], [3.0, 7.0]])
    one.update(values, torch.tensor([[1.0, 1.0], [0.0, 1.0]]))
    other.update(torch.tensor([[1.0, 5.0], [1.0, 7.0]]))
    assert torch.equal(one.state_dict()["averages"], other.state_dict()["averages"])
    before = one.state_dict()["averages"]
    one.update(values, torch.tensor([[0.0, 1.0], [0.0, 1.0]]))
    moved = one.state_dict()["averages"] != before
    assert moved[0].tolist() == [False, True]
