import pytest
import torch


@pytest.mark.parametrize("game", ["stateless: true", "stateless: false"])
def test_the_critic_sees_the_ends_of_episodes(build, game: str) -> None:
    """Also where there is no state, and so no last one: the ends of the inputs are seen."""
    algorithm = build("mappo", "critic_input=inputs", "critic_time=true", "rollout=12", game=game)
    rollout = algorithm._player.play(12)
    assert rollout.truncated.any(1).nonzero()[:, 0].tolist() == [4, 9] == list(rollout.endings)
    assert all(ends[:, -1].eq(1).all() for ends in rollout.endings.values())  # the time: the horizon is reached
    assert rollout.critic[:, 0, -1].tolist() == pytest.approx([0.2 * (t % 5) for t in range(13)])
    last = rollout.endings[4]
    assert not torch.equal(last[:, :-1], rollout.critic[5, :, :-1])  # the new episode shows another bit somewhere
