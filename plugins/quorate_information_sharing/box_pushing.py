"""Cooperative box pushing (Seuken and Zilberstein 2007)."""

import functools
import itertools

import numpy as np

from quorate_information_sharing.posg import Array, TabularPOSG, alike

ACTIONS = "turn-left", "turn-right", "move-forward", "stay"
OBSERVATIONS = "empty-field", "wall", "other-agent", "small-box", "large-box"
LEFT, RIGHT, FORWARD, STAY = range(4)
EMPTY, WALL, AGENT, SMALL, LARGE = range(5)
GOALS = "left-box-at-goal", "right-box-at-goal", "both-small-at-goal", "large-box-at-goal"
HEADINGS = "NESW"
CELLS = range(1, 5)
WORKS = 0.9

Place = tuple[int, str]
"""A cell, 1 to 4 from the left, and a heading."""


def box_pushing(horizon: int = 3) -> TabularPOSG:
    """Two agents in a row of four cells; small boxes are above the outer cells, a large one above the inner two.

    Turning and moving work with probability 0.9 for each agent. A small box pushed pays 10, the large one, pushed by
    both at once, 100; a step costs 0.2, and running against something 5 for each agent. An attempt is what is paid.
    Once a box is at its goal, the next action begins anew.
    """
    names, begin, *tables = _tables()
    transition, observation, reward = (table.copy() for table in tables)  # they are the caller's
    return alike(
        "box-pushing",
        names,
        ACTIONS,
        OBSERVATIONS,
        transition=transition,
        observation=observation,
        reward=reward,
        start=np.eye(len(names))[begin],
        horizon=horizon,
    )


@functools.cache
def _tables() -> tuple[tuple[str, ...], int, Array, Array, Array]:
    """Names of states, the first one, T [A, S, S'], O [A, S', O] and rewards [S, A]; they take a while."""
    each = itertools.product(CELLS, HEADINGS, CELLS, HEADINGS)
    places = [((one, heading), (two, other)) for one, heading, two, other in each if one < two]
    number = {pair: 4 + index for index, pair in enumerate(places)}
    size, actions = 4 + len(places), list(itertools.product(range(4), repeat=2))
    begin = number[((1, "E"), (4, "W"))]
    transition, observation = np.zeros((16, size, size)), np.zeros((16, size, 25))
    reward = np.zeros((size, 16))
    transition[:, :4, begin] = 1
    observation[:, :4, 5 * EMPTY + EMPTY] = 1
    for pair, state in number.items():
        fronts = _front(pair[0], pair[1][0]), _front(pair[1], pair[0][0])
        observation[:, state, 5 * fronts[0] + fronts[1]] = 1
        for index, joint in enumerate(actions):
            reward[state, index] = _paid(pair, fronts, joint)
            for works in itertools.product((True, False), repeat=2):
                share = np.prod([_share(action, one) for action, one in zip(joint, works, strict=True)])
                if share:
                    done = tuple(action if one else STAY for action, one in zip(joint, works, strict=True))
                    after = _after(pair, fronts, done)
                    transition[index, state, after if isinstance(after, int) else number[after]] += share
    names = (*GOALS, *(f"{one[0]}{one[1]}-{two[0]}{two[1]}" for one, two in places))
    return names, begin, transition, observation, reward


def _front(place: Place, other: int) -> int:
    """What an agent has before it."""
    cell, heading = place
    if heading == "N":
        return SMALL if cell in (1, 4) else LARGE
    ahead = _ahead(place)
    if ahead not in CELLS or heading == "S":
        return WALL
    return AGENT if ahead == other else EMPTY


def _ahead(place: Place) -> int:
    return place[0] + {"E": 1, "W": -1}.get(place[1], 0)


def _share(action: int, works: bool) -> float:
    """How probably an action works, or does not; staying always does."""
    if action == STAY:
        return float(works)
    return WORKS if works else 1 - WORKS


def _both_at_large(pair: tuple[Place, Place], joint: tuple[int, ...]) -> bool:
    return pair == ((2, "N"), (3, "N")) and joint == (FORWARD, FORWARD)


def _paid(pair: tuple[Place, Place], fronts: tuple[int, int], joint: tuple[int, ...]) -> float:
    total = -0.2
    if _both_at_large(pair, joint):
        return total + 100
    moving = [front for front, action in zip(fronts, joint, strict=True) if action == FORWARD]
    total += sum(10.0 if front == SMALL else -5.0 for front in moving if front != EMPTY)
    if moving == [EMPTY, EMPTY] and _ahead(pair[0]) == _ahead(pair[1]):
        total -= 10
    return total


def _after(pair: tuple[Place, Place], fronts: tuple[int, int], done: tuple[int, ...]) -> "int | tuple[Place, Place]":
    """Where it leads if exactly these actions work: a goal, or new places."""
    if _both_at_large(pair, done):
        return 3
    pushed = [pair[agent][0] for agent in (0, 1) if done[agent] == FORWARD and fronts[agent] == SMALL]
    if pushed:
        return 2 if len(pushed) == 2 else (0 if pushed == [1] else 1)
    cells = [
        _ahead(pair[agent]) if done[agent] == FORWARD and fronts[agent] == EMPTY else pair[agent][0] for agent in (0, 1)
    ]
    if cells[0] == cells[1]:
        cells = [pair[0][0], pair[1][0]]
    one, two = (_turned(pair[agent][1], done[agent]) for agent in (0, 1))
    return (cells[0], one), (cells[1], two)


def _turned(heading: str, action: int) -> str:
    return HEADINGS[(HEADINGS.index(heading) + {LEFT: -1, RIGHT: 1}.get(action, 0)) % 4]
