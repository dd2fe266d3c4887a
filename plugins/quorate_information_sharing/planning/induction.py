"""Backward induction over common beliefs, with a solver of stage games: values, the policy, and its gaps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quorate_information_sharing.planning.backward import Report
from quorate_information_sharing.planning.beliefs import Floats, Ints
from quorate_information_sharing.planning.common import CommonModel, CommonNodes
from quorate_information_sharing.planning.joint_policy import JointPolicy, Seats
from quorate_information_sharing.planning.prescriptions import Prescriptions

Solver = Callable[[Floats], Prescriptions]
"""From payoffs [n, G, K1, K2, A1, A2] of stage games."""

BLOCK = 1 << 22
"""Payoffs that are held at once."""


@dataclass(frozen=True)
class Plan:
    """What was planned.

    Attributes:
        values: [n] what agents expect of the policy, in the model.
        gaps: [n] what each could gain at most if it alone deviated, whatever it does from then on.
        policy: of both.
        ranges: [H] by step, how far the values of nodes are apart, of the agent of whom they are the furthest.
    """

    values: Floats
    gaps: Floats
    policy: JointPolicy
    ranges: Floats


def plan(
    model: CommonModel, nodes: CommonNodes, solver: Solver, report: Report, *, knows_its_action: bool = False
) -> Plan:
    """Solve all stage games, from the last step to the first.

    Args:
        model: of the game.
        nodes: what may be common, by step.
        solver: of stage games.
        report: told how many steps are done, of how many.
        knows_its_action: an agent that deviates has been told its action; else it decides before.
    """
    horizon, agents = len(nodes.layers), len(model.game.reward)
    worth = np.zeros((nodes.beliefs.shape[0], 2 * agents))  # of each agent what it has, and what it could have
    reward = np.concatenate([model.reward] * 2)
    parts: list[Prescriptions] = []
    ranges = np.zeros(horizon)
    for step in range(horizon - 1, -1, -1):
        report(horizon - step, horizon)
        layer, found, after = nodes.layers[step], [], np.zeros_like(worth)
        size = max(1, BLOCK // (2 * agents * int(np.prod(model.shape)) * model.game.joint_actions))
        for begin in range(0, len(layer), size):
            rows = layer[begin : begin + size]
            payoffs = stage_payoffs(model, nodes, rows, reward, worth if step < horizon - 1 else None)
            rules = solver(payoffs[:agents])
            after[rows] = worth_of(rules, payoffs, agents, knows_its_action)
            found.append(rules)
        worth = after
        ranges[step] = np.ptp(after[layer, :agents], axis=0).max()
        parts.append(_joined(found))
    _, roots, chance = nodes.begin
    had, could = (chance @ worth[roots]).reshape(2, agents)
    return Plan(had, could - had, _policy(model, nodes, parts[::-1]), ranges)


def stage_payoffs(
    model: CommonModel, nodes: CommonNodes, rows: Ints, reward: Floats | None, worth: Floats | None
) -> Floats:
    """[C, G, K1, K2, A1, A2] of what is known alone and of actions: their chance times what they bring.

    Args:
        model: of the game.
        nodes: what may be common.
        rows: [G] of them.
        reward: [C, X, A] now; None: nothing.
        worth: [N, C] of what follows; None: nothing does.
    """
    states, actions, total = int(np.prod(model.shape)), model.game.joint_actions, np.zeros((1, 1, 1, 1))
    if reward is not None:
        total = reward[:, None]
    if worth is not None:
        following = nodes.following(rows, model.common)
        then = np.where(following[..., None] >= 0, worth[following], 0).transpose(2, 0, 1)  # [C, G, Z]
        expected = (model.told @ then.reshape(-1, model.common).T).T
        total = total + expected.reshape(-1, len(rows), states, actions)
    weighted = nodes.beliefs[rows].toarray()[None, :, :, None] * total
    return np.asarray(weighted.reshape(-1, len(rows), *model.shape, *model.actions).sum(2))


def worth_of(rules: Prescriptions, payoffs: Floats, agents: int, knows_its_action: bool) -> Floats:
    """[G, 2 n] what agents have by these rules, and what each could have by the best others of its own."""
    had = [rules.values(payoffs[agent]) for agent in range(agents)]
    if agents > 2:
        return np.stack([*had, *had], 1)
    told = "r" if knows_its_action else ""
    own = "gmkr," if knows_its_action else ""
    first = [rules.first] if knows_its_action else []
    second = [rules.second] if knows_its_action else []
    could = np.einsum(f"gm,{own}gmlb,gklab->gk{told}a", rules.weight, *first, rules.second, payoffs[2], optimize=True)
    own = "gmlr," if knows_its_action else ""
    other = np.einsum(f"gm,{own}gmka,gklab->gl{told}b", rules.weight, *second, rules.first, payoffs[3], optimize=True)
    best = [part.max(-1).reshape(len(part), -1).sum(1) for part in (could, other)]
    return np.stack([*had, *best], 1)


def _joined(parts: list[Prescriptions]) -> Prescriptions:
    """Of several blocks, padded to as many pairs of rules."""
    width = max(part.weight.shape[1] for part in parts)
    return Prescriptions(
        *(
            np.concatenate([_padded(getattr(part, name), width) for part in parts])
            for name in ("weight", "first", "second")
        )
    )


def _padded(table: Floats, width: int) -> Floats:
    return np.concatenate([table, np.zeros((len(table), width - table.shape[1], *table.shape[2:]))], 1)


def _policy(model: CommonModel, nodes: CommonNodes, parts: list[Prescriptions]) -> JointPolicy:
    """Nodes of all steps, one step after the other."""
    rules = _joined(parts)
    starts = np.cumsum([0, *map(len, nodes.layers)])
    following = np.full((starts[-1], model.common), -1)
    for step, layer in enumerate(nodes.layers[:-1]):
        after = nodes.following(layer, model.common)
        place = starts[step + 1] + np.searchsorted(nodes.layers[step + 1], after)
        following[starts[step] : starts[step + 1]] = np.where(after >= 0, place, -1)
    begin = np.full(model.common, -1)
    begin[nodes.begin[0]] = np.searchsorted(nodes.layers[0], nodes.begin[1])
    seats = Seats.of(model.privacy.windows, model.game.observes_at_start)
    return JointPolicy.of((rules.weight, rules.first, rules.second), (following, begin), seats, model.sizes)
