"""Pictures of a game of one decision: what actions bring, what the agents choose, whose flags are up."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from quorate_decision_games.payoff import Payoff

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REWARD, AGENT, FLAG, GREY = "#3a3f47", "#0072b2", "#d55e00", "#9aa1ab"


def draw(
    axes: "Axes", payoff: Payoff, state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None
) -> None:
    """Draw the decision's reward as a curve, agents as numbered discs on it, flags as squares above it.

    After the decision the curve is pale: only flags pay then, and the discs lie on its ground.

    Args:
        axes: matplotlib axes.
        payoff: of the game.
        state: [1 + n]: whether agents are to decide, and their flags.
        estimate: [1 + n]; its flags are dots in the squares, the larger, the likelier.
        actions: [n, 1]; None or NaN: no discs.
    """
    deciding, flags = bool(state[0] > 0.5), state[1:].tolist()
    width = 1.0 if payoff.settings.bounded else max(1.0, 2 * payoff.settings.bump_offset)
    grid = torch.linspace(-width, width, 801)
    reward = payoff.start_reward(grid)
    low, high = float(reward.min()), float(reward.max())
    likely = payoff.success(grid) / max(payoff.settings.success_peak, 1e-12)
    axes.fill_between(
        grid, likely * 0.7, transform=axes.get_xaxis_transform(), color=FLAG, alpha=0.15, label="chance of a flag"
    )
    axes.plot(grid, reward, color=REWARD, lw=1.8, alpha=1.0 if deciding else 0.25, label="reward of the decision")
    if actions is not None:
        chosen = actions.detach().cpu()[:, 0].clamp(-width, width)
        _draw_agents(axes, chosen, payoff.start_reward(chosen) if deciding else torch.full_like(chosen, low))
    _draw_flags(axes, flags, None if estimate is None else estimate[1:].clamp(0, 1).tolist())
    axes.set_xlim(-width * 1.05, width * 1.05)
    axes.set_ylim(low - 0.08 * (high - low), high + 0.45 * (high - low))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.05), ncols=2, frameon=False, fontsize=9, columnspacing=1.2)


def _draw_agents(axes: "Axes", chosen: Tensor, heights: Tensor) -> None:
    axes.scatter([], [], s=80, color=AGENT, label="action")
    for agent, (x, y) in enumerate(zip(chosen.tolist(), heights.tolist(), strict=True)):
        if x == x:  # NaN: nothing is done
            axes.scatter(x, y, s=190, color=AGENT, edgecolors="white", alpha=0.85, zorder=3)
            axes.text(x, y, str(agent), color="white", ha="center", va="center", fontsize=9, zorder=4, clip_on=True)


def _draw_flags(axes: "Axes", flags: list[float], estimate: list[float] | None) -> None:
    place = axes.get_xaxis_transform()
    low, high = axes.get_xlim()
    spots = torch.linspace(low, high, 2 * len(flags) + 1)[1::2].tolist()
    for agent, (x, flag) in enumerate(zip(spots, flags, strict=True)):
        colour = FLAG if flag > 0.5 else "white"
        axes.scatter(x, 0.9, marker="s", s=260, color=colour, edgecolors=GREY, transform=place, zorder=3)
        axes.text(x, 0.9, str(agent), transform=place, ha="center", va="center", fontsize=9, zorder=4)
        if estimate is not None:
            axes.scatter(x, 0.79, s=90 * estimate[agent], color=FLAG, transform=place)
    if estimate is not None:
        axes.scatter([], [], s=45, color=FLAG, label="estimate of a flag")
