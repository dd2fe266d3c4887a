import pytest

FAST = ["learning_rate=5e-3", "critic_learning_rate=5e-3", "minibatches=2"]


def train(algorithm, steps: int) -> list[dict[str, float]]:
    return [{name: float(value) for name, value in algorithm.train_step().items()} for _ in range(steps)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("actions", ["discrete", "continuous"])
@pytest.mark.parametrize("name", ["mappo", "happo"])
def test_it_learns(build, name: str, actions: str, seed: int) -> None:
    """The best play is worth 5 in both games."""
    mode = "sampled" if actions == "discrete" else "greedy"
    algorithm = build(name, *FAST, f"evaluation.mode={mode}", game=f"actions: {actions}", seed=seed, steps=25)
    before = algorithm.evaluate()["return/mean"]
    train(algorithm, 25)
    after = algorithm.evaluate()["return/mean"]
    assert before < 4.2
    assert after > 4.7
