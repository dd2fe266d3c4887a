import pytest
import torch
from matplotlib.figure import Figure

from quorate.interfaces import Renderable
from quorate_decision_games.environment import DecisionGame
from quorate_decision_games.settings import DecisionGameSettings


@pytest.mark.parametrize("bounded", [False, True])
def test_the_frame_stays_and_discs_lie_where_agents_act(bounded):
    game, looks = DecisionGame(DecisionGameSettings(bounded=bounded)), set()
    assert isinstance(game, Renderable)
    for state in ([1.0, 0, 0], [0.0, 1, 0]):
        axes = Figure().subplots()
        game.draw(axes, torch.tensor(state), actions=torch.tensor([[-0.5], [torch.nan]]))
        legend = [text.get_text() for text in axes.get_legend().get_texts()]
        looks.add((axes.get_xlim(), axes.get_ylim(), *legend))
        places = [one.get_offsets().tolist() for one in axes.collections if one.get_label().startswith("_")]
        reward = float(game.payoff.start_reward(torch.tensor(-0.5)))
        assert ([[-0.5, pytest.approx(reward, rel=1e-5)]] in places) == bool(state[0])
    assert len(looks) == 1
