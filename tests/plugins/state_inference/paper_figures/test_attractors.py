import torch

from quorate_state_inference.paper_figures.attractors import cluster, eigenvalues, find_attractors, settle

from .conftest import Linear


def test_points_are_gathered_around_leaders_in_each_group() -> None:
    points = torch.tensor([[[0.0], [1.0], [0.05], [1.02]], [[3.0], [3.0], [3.0], [9.0]]])
    assert cluster(points, 0.1).tolist() == [[0, 1, 0, 1], [0, 0, 0, 3]]


def test_points_that_are_no_numbers_do_not_hang_it() -> None:
    assert cluster(torch.full((1, 3, 2), torch.nan), 0.1).tolist() == [[0, 1, 2]]


def test_a_linear_flow_has_the_fixed_point_and_eigenvalue_of_its_matrix() -> None:
    denoiser = Linear(torch.diag(torch.tensor([0.5, -0.25])), torch.eye(2))
    histories = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    found = find_attractors(denoiser, histories, torch.randn(2, 7, 2), 200)
    assert found.owner.tolist() == [0, 1]
    torch.testing.assert_close(found.points, histories / torch.tensor([0.5, 1.25]), atol=1e-4, rtol=0)
    torch.testing.assert_close(eigenvalues(denoiser, histories, found), torch.tensor([0.5, 0.5]))
    assert found.mass(7).tolist() == [1.0, 1.0]
    assert found.settled.all()


def test_a_rotation_never_settles() -> None:
    denoiser = Linear(torch.tensor([[0.0, -1.0], [1.0, 0.0]]), torch.zeros(2, 1))
    features = denoiser.encode(torch.zeros(1, 1))
    _, settled = settle(denoiser, features, torch.zeros(3, dtype=torch.int64), torch.ones(3, 2), 50)
    assert not settled.any()
