"""Pictures of the games: the table that is played, and cues that must be remembered."""

from typing import TYPE_CHECKING

from torch import Tensor

from quorate_matrix_games.settings import MemoryGameSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHOICE, ESTIMATE, GREY = "#d55e00", "#cc79a7", "#9aa1ab"
CUES = ("#0072b2", "#009e73", "#e69f00", "#56b4e9", "#cc79a7", "#f0e442")


def draw_table(
    axes: "Axes", tables: Tensor, state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None
) -> None:
    """Draw the table that is played, with what it pays, and a frame around the choice; pale once the game is over.

    Args:
        axes: matplotlib axes.
        tables: [tables, rows, columns].
        state: [tables], one-hot.
        estimate: [tables]; told below the table.
        actions: int64 [2]; None or negative: no choice.
    """
    number, over = int(state.argmax()), not bool(state.any())
    table, limit = tables[number], max(float(tables.abs().max()), 1e-6)
    axes.imshow(table.numpy(), cmap="RdBu", vmin=-1.5 * limit, vmax=1.5 * limit, alpha=0.3 if over else 1.0)
    for row, values in enumerate(table.tolist()):
        for column, value in enumerate(values):
            axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=12)
    if actions is not None:
        row, column = actions.tolist()
        shown = min(row, column) >= 0
        axes.plot(
            [column if shown else 0], [row if shown else 0], "s", ms=42, mfc="none", mec=CHOICE, mew=3, alpha=shown
        )
    axes.set_xticks(range(table.shape[1]))
    axes.set_yticks(range(table.shape[0]))
    axes.set_title("over" if over else f"table {number + 1} of {len(tables)}", fontsize=10)
    axes.set_ylabel("row")
    told = "" if estimate is None else "\nestimate: " + ", ".join(f"{value:.2f}" for value in estimate.tolist())
    axes.set_xlabel("column" + told)


def draw_memory(
    axes: "Axes",
    settings: MemoryGameSettings,
    state: Tensor,
    estimate: Tensor | None = None,
    actions: Tensor | None = None,
) -> None:
    """Draw each agent's cue as a disc with its number, its answer below, and the time as a bar.

    Cues are pale while they can not be seen.

    Args:
        axes: matplotlib axes.
        settings: of the game.
        state: [s].
        estimate: [s]; the likeliest cue of each agent is a ring around the disc.
        actions: int64 [n]; drawn where the agents answer. None or negative: no answer.
    """
    n, c = settings.agents, settings.cues
    clock = state[n * c :]
    time = int(clock.argmax()) if bool(clock.any()) else len(clock)
    for agent, cue in enumerate(_cues(state, n, c)):
        axes.scatter(agent, 0, s=900, color=_colour(cue), alpha=1.0 if time == 0 else 0.25)
        axes.text(agent, 0, str(cue), ha="center", va="center", fontsize=12)
        answer = -1 if actions is None or time != settings.delay else int(actions[agent])
        axes.text(agent, -0.6, str(answer) if answer >= 0 else "", ha="center", va="center", color=CHOICE, fontsize=14)
    if estimate is not None:
        for agent, cue in enumerate(_cues(estimate, n, c)):
            axes.scatter(agent, 0, s=1300, facecolors="none", edgecolors=_colour(cue), linewidths=2)
    axes.plot([-0.5, n - 0.5], [0.8, 0.8], color=GREY, lw=6, alpha=0.3, solid_capstyle="butt")
    axes.plot([-0.5, -0.5 + n * time / len(clock)], [0.8, 0.8], color=GREY, lw=6, solid_capstyle="butt")
    axes.set_xlim(-0.6, n - 0.4)
    axes.set_ylim(-1, 1)
    axes.set_axis_off()


def _cues(state: Tensor, agents: int, cues: int) -> list[int]:
    numbers: list[int] = state[: agents * cues].reshape(agents, cues).argmax(-1).tolist()
    return numbers


def _colour(cue: int) -> str:
    return CUES[cue % len(CUES)]
