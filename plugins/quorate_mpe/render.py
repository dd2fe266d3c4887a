"""Pictures of a particle environment: its state, what agents do in it, and an estimate of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from quorate_mpe.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AGENT, CONTACT, ESTIMATE = "#0072b2", "#d55e00", "#cc79a7"
ADVERSARY = "#d55e00"
LANDMARK, INK, GREY = "#009e73", "#3a3f47", "#9aa1ab"
SIZE = 0.15
"""Radius of an agent in simple_spread, and of all discs."""
REACH = 0.4
"""Length of the arrow of a full force."""
CELL = 0.09
"""Side of one symbol of an utterance, in halves of the picture's width."""


@dataclass(frozen=True)
class Deeds:
    """What agents do; NaN where one does nothing.

    Attributes:
        force: [m, 2], of the agents that move, in units of a full action.
        utterance: [u, c], of the agents that speak; None where all are silent.
    """

    force: Tensor
    utterance: Tensor | None


def draw(
    axes: "Axes", scenario: Scenario, state: Tensor, estimate: Tensor | None = None, deeds: Deeds | None = None
) -> None:
    """Draw agents as numbered discs with arrows of their forces, landmarks as crosses, utterances as rows of cells.

    The frame stays: [-1.5, 1.5]^2 where states have absolute positions; else 1.75 around the landmarks' middle. Who is
    outside is drawn pale, at its edge. Of an estimate, agents and landmarks are outlines.

    Args:
        axes: matplotlib axes; they are cleared of ticks and frame.
        scenario: the rules, which say where positions are in a state.
        state: [s].
        estimate: [s].
        deeds: what agents do in this state.
    """
    agents, landmarks = scenario.places(state.detach().cpu())
    half = 1.5 if scenario.absolute else 1.75
    _draw_goals(axes, scenario, state, agents, landmarks)
    columns, rows = landmarks.T.tolist()
    axes.scatter(columns, rows, marker="x", s=80, lw=2, color=LANDMARK, zorder=4, label="landmark")
    _draw_agents(axes, scenario, agents, half)
    if deeds is not None:
        _draw_forces(axes, agents.clamp(-half, half), deeds.force.cpu())
    if estimate is not None:
        _draw_estimate(axes, *scenario.places(estimate.detach().cpu()))
    _draw_utterances(axes, scenario, deeds, half)
    room = 1.5 * CELL * half * len(scenario.roles.speaking)
    axes.set_xlim(-half - SIZE, half + SIZE)
    axes.set_ylim(-half - SIZE, half + SIZE + room)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#dfe2e6")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4, frameon=False, fontsize=9, columnspacing=1.2)


def _draw_goals(axes: "Axes", scenario: Scenario, state: Tensor, agents: Tensor, landmarks: Tensor) -> None:
    for number, goal in enumerate(scenario.goals(state.detach().cpu())):
        (x, y), (u, v) = agents[number].tolist(), landmarks[goal].tolist()
        axes.plot([x, u], [y, v], ls=":", color=GREY, zorder=1, label=None if number else "its goal")


def _draw_agents(axes: "Axes", scenario: Scenario, agents: Tensor, half: float) -> None:
    from matplotlib.patches import Circle

    apart = torch.cdist(agents, agents).fill_diagonal_(torch.inf)
    touches = apart.amin(dim=1) < (scenario.touch or 0.0)
    inside = (agents.abs() <= half).all(dim=1)
    for agent, place, near, seen in zip(scenario.roles.moving, agents, touches, inside, strict=True):
        x, y = place.clamp(-half, half).tolist()
        edge: dict[str, Any] = {"ec": CONTACT, "lw": 2.5} if near else {"ec": "white", "lw": 1.0}
        colour = ADVERSARY if agent < scenario.adversaries else AGENT
        axes.add_patch(Circle((x, y), SIZE, fc=colour, alpha=0.85 if seen else 0.35, zorder=2, **edge))
        axes.text(x, y, str(agent), color="white", ha="center", va="center", zorder=5)
    if scenario.adversaries:
        axes.scatter([], [], s=80, color=ADVERSARY, label="adversary")
    if scenario.touch is not None:
        axes.scatter([], [], s=80, color=AGENT, edgecolors=CONTACT, linewidths=2.5, label="in contact")


def _draw_estimate(axes: "Axes", agents: Tensor, landmarks: Tensor) -> None:
    from matplotlib.patches import Circle

    for x, y in agents.tolist():
        axes.add_patch(Circle((x, y), SIZE, fill=False, ls="--", ec=ESTIMATE, lw=1.6, zorder=5))
    looks: dict[str, Any] = {"marker": "o", "s": 60, "facecolors": "none", "edgecolors": ESTIMATE, "linestyles": "--"}
    axes.scatter(*landmarks.T.tolist(), zorder=5, label="estimate", **looks)


def _draw_forces(axes: "Axes", agents: Tensor, force: Tensor) -> None:
    length = torch.linalg.vector_norm(force, dim=1)
    acts = length > 0.02  # false of NaN
    start = agents[acts] + SIZE * force[acts] / length[acts, None]
    looks: dict[str, Any] = {
        "angles": "xy",
        "scale_units": "xy",
        "scale": 1 / REACH,
        "width": 0.008,
        "color": INK,
        "zorder": 3,
    }
    axes.quiver(*start.T.tolist(), *force[acts].T.tolist(), **looks)
    axes.plot([], [], marker=r"$\rightarrow$", ms=13, ls="", color=INK, label="force")


def _draw_utterances(axes: "Axes", scenario: Scenario, deeds: Deeds | None, half: float) -> None:
    """Above the frame, a row for each agent that speaks; the darker a symbol's cell, the louder."""
    roles, cell = scenario.roles, CELL * half
    said = torch.full((len(roles.speaking), roles.symbols), torch.nan)
    if deeds is not None and deeds.utterance is not None:
        said = deeds.utterance.cpu()
    for row, (agent, symbols) in enumerate(zip(roles.speaking, said, strict=True)):
        low = half + SIZE + 1.5 * cell * (len(said) - 1 - row)
        axes.text(-half, low + cell / 2, f"{scenario.agents[agent]} says", va="center", color=INK, fontsize=9)
        box = (half - roles.symbols * cell, half, low, low + cell)
        axes.imshow(symbols[None].numpy(), extent=box, cmap="Greys", vmin=0, vmax=1, zorder=2)
        axes.vlines([box[0] + cell * at for at in range(roles.symbols + 1)], low, low + cell, color=GREY, lw=0.8)
        axes.hlines([low, low + cell], box[0], half, color=GREY, lw=0.8)
