"""How far a model with finite memory is from the game: its errors, computed, and what they bound (2308.08705)."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.beliefs import Floats, Ints
from quorate_information_sharing.planning.common import CommonModel, CommonNodes, common_nodes
from quorate_information_sharing.planning.effort import Effort, TooLargeError
from quorate_information_sharing.planning.finite import remembering_nodes
from quorate_information_sharing.planning.induction import Plan, plan, stage_payoffs, worth_of
from quorate_information_sharing.planning.prescriptions import Prescriptions, team
from quorate_information_sharing.planning.solutions import WAYS, Task, check_independent
from quorate_information_sharing.planning.windows import privacy

BLOCK = 1 << 22


@dataclass(frozen=True)
class Approximation:
    """What was planned with finite memory, and how good that is.

    Attributes:
        plan: in the model: its values are the model's own.
        values: [n] what the policy is worth in the game.
        gaps: [n] what each agent could gain there at most by deviating alone.
        reward_error: eps_r by step, [H]: expected, over what is common under the worst policy, the largest difference
            of an expected reward between the game and the model, over all decision rules.
        common_error: eps_z by step, [H]: likewise of the L1 distance of what becomes common; where more than one
            observation of an agent is private, a bound on it.
        bound: how far the model's value of any policy that remembers as much, and its optimum, is at most from the
            game's: the sum over steps of eps_r, and of eps_z times half of the range of the values that follow.
    """

    plan: Plan
    values: Floats
    gaps: Floats
    reward_error: Floats
    common_error: Floats
    bound: float


@dataclass(frozen=True)
class _Pairs:
    """What is common, and what is remembered of it.

    Attributes:
        nodes: pairs, with the beliefs of the game.
        kept: [N] of each pair the node of the model.
    """

    nodes: CommonNodes
    kept: Ints


def approximate_plan(task: Task, memory: int, effort: Effort, report: Report) -> Approximation:
    """Plan with finite memory, and compare with the game.

    Args:
        task: what to plan.
        memory: L, steps of what is common that are remembered.
        effort: how much may be kept.
        report: told how many steps are done, of how many.

    Raises:
        QuorateError: beliefs depend on strategies.
        TooLargeError: there is too much to remember, or to compare.
    """
    check_independent(task)
    memory = min(memory, task.horizon)
    model, horizon = CommonModel(task.game, privacy(task.game, task.structure, task.horizon)), task.horizon
    limit = effort.most(model.common)
    kept = remembering_nodes(model, memory, horizon, limit, report)
    solver, knows_its_action = WAYS[task.solution]
    found = plan(model, kept, solver, report, knows_its_action=knows_its_action)
    pairs = _paired(model, common_nodes(model, horizon, limit, report), kept, horizon, limit)
    true = _assessed(model, pairs, kept, found, knows_its_action)
    reward, common = _errors(model, pairs, kept, report)
    ranges = np.append(found.ranges[1:], 0.0)
    bound = float((reward + common * ranges / 2).sum())
    return Approximation(found, true[0], true[1] - true[0], reward, common, bound)


def _paired(model: CommonModel, exact: CommonNodes, kept: CommonNodes, horizon: int, limit: int) -> _Pairs:
    """All pairs that can be reached."""
    count = kept.beliefs.shape[0]
    _, roots, chance = exact.begin
    layer = roots * count + kept.begin[1]
    known = np.sort(layer)
    edges: list[tuple[Ints, Ints, Ints]] = []
    layers = [layer]
    for _ in range(horizon - 1):
        after = _after(model, exact, kept, layers[-1], count)
        edges.append(after)
        layers.append(np.unique(after[2]))
        known = np.union1d(known, layers[-1])
        if len(known) > limit:
            problem = f"{model.game.name} has more than {limit} pairs of what is common and what is remembered of it."
            raise TooLargeError(problem, where="memory", fix="Remember fewer steps, or give a shorter horizon.")
    none = np.zeros(0, np.int64)
    before, z, then = (np.concatenate([none, *(part[which] for part in edges)]) for which in range(3))
    cells, first = np.unique(np.stack([before, z]), axis=1, return_index=True)
    joined = np.searchsorted(known, cells[0]), cells[1], np.searchsorted(known, then[first])
    numbered = [np.searchsorted(known, part) for part in layers]
    begin = exact.begin[0], numbered[0], chance
    nodes = CommonNodes(exact.beliefs[known // count], joined, [np.sort(part) for part in numbered], begin)
    return _Pairs(nodes, known % count)


def _after(
    model: CommonModel, exact: CommonNodes, kept: CommonNodes, layer: Ints, count: int
) -> tuple[Ints, Ints, Ints]:
    """Edges of pairs: before, z, after."""
    one, other = _following(model, exact, layer // count), _following(model, kept, layer % count)
    row, z = np.nonzero(one >= 0)
    return layer[row], z, one[row, z] * count + other[row, z]


def _following(model: CommonModel, nodes: CommonNodes, rows: Ints) -> Ints:
    """[R, Z] of nodes that may be there more than once."""
    once, place = np.unique(rows, return_inverse=True)
    return nodes.following(once, model.common)[place]


def _assessed(
    model: CommonModel, pairs: _Pairs, kept: CommonNodes, found: Plan, knows_its_action: bool
) -> tuple[Floats, Floats]:
    """What agents have in the game by a policy of the model, and what each could have, [n] each."""
    agents, horizon = len(model.game.reward), len(pairs.nodes.layers)
    worth, reward = np.zeros((len(pairs.kept), 2 * agents)), np.concatenate([model.reward] * 2)
    starts = np.cumsum([0, *map(len, kept.layers)])
    policy = found.policy
    for step in range(horizon - 1, -1, -1):
        after = np.zeros_like(worth)
        for rows in _blocks(model, pairs.nodes.layers[step], 2 * agents):
            node = starts[step] + np.searchsorted(kept.layers[step], pairs.kept[rows])
            rules = Prescriptions(policy.weight[node], policy.first_rule[node], policy.second_rule[node])
            payoffs = stage_payoffs(model, pairs.nodes, rows, reward, worth if step < horizon - 1 else None)
            after[rows] = worth_of(rules, payoffs, agents, knows_its_action)
        worth = after
    _, roots, chance = pairs.nodes.begin
    had, could = (chance @ worth[roots]).reshape(2, agents)
    return had, could


def _errors(model: CommonModel, pairs: _Pairs, kept: CommonNodes, report: Report) -> tuple[Floats, Floats]:
    """eps_r and eps_z, [H] each."""
    horizon = len(pairs.nodes.layers)
    worst = np.zeros((2, horizon))
    for step in range(horizon):
        report(step + 1, horizon)
        here = np.zeros((len(pairs.kept), 2))
        for rows in _blocks(model, pairs.nodes.layers[step], model.game.agents):
            difference = pairs.nodes.beliefs[rows].toarray() - kept.beliefs[pairs.kept[rows]].toarray()
            here[rows] = np.stack([_reward_error(model, difference), _common_error(model, difference)], 1)
        worst[:, step] = _expected(model, pairs.nodes, here, step)
    return worst[0], worst[1]


def _expected(model: CommonModel, nodes: CommonNodes, worth: Floats, step: int) -> Floats:
    """[C] the most that is expected of a number [N, C] at a step, over all policies; each column has its own."""
    for before in range(step - 1, -1, -1):
        after = np.zeros_like(worth)
        for rows in _blocks(model, nodes.layers[before], worth.shape[1]):
            payoffs = stage_payoffs(model, nodes, rows, None, worth)
            after[rows] = np.stack([team(one[None]).values(one) for one in payoffs], 1)
        worth = after
    _, roots, chance = nodes.begin
    return np.asarray(chance @ worth[roots])


def _reward_error(model: CommonModel, difference: Floats) -> Floats:
    """[G] of differences of beliefs, [G, X]: the largest over agents and decision rules."""
    weighted = difference[None, :, :, None] * model.reward[:, None]
    apart = weighted.reshape(-1, len(difference), *model.shape, *model.actions).sum(2)
    signed = [team(sign * one[None]).values(sign * one) for one in apart for sign in (1, -1)]
    return np.asarray(np.max(signed, 0))


def _common_error(model: CommonModel, difference: Floats) -> Floats:
    """[G] likewise, of what becomes common."""
    _, *kinds = model.shape
    actions, private = model.game.joint_actions, int(np.prod(kinds))
    row, x = np.nonzero(difference)
    spread = (row * private + x % private, x)  # what is known alone does not add up
    shape = len(difference) * private, difference.shape[1]
    apart = sparse.csr_array(sparse.coo_array((difference[row, x], spread), shape=shape).tocsr() @ model.told_at_once)
    largest = np.zeros((shape[0], actions))
    cells = apart.tocoo()
    np.add.at(largest, (cells.row, cells.col // model.common), np.abs(cells.data))
    payoff = largest.reshape(1, len(difference), *kinds, *model.actions)
    return team(payoff).values(payoff[0])


def _blocks(model: CommonModel, layer: Ints, columns: int) -> list[Ints]:
    """A layer in parts that fit in memory."""
    size = max(1, BLOCK // (columns * int(np.prod(model.shape)) * model.game.joint_actions))
    return [layer[begin : begin + size] for begin in range(0, len(layer), size)]
