"""A policy under any information structure, as a machine of tables: played, stored, and evaluated exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy import sparse

from quorate_information_sharing.planning.beliefs import Floats, Ints, joint_kernel, split_columns
from quorate_information_sharing.planning.windows import Window
from quorate_information_sharing.posg import TabularPOSG


class Seats(NamedTuple):
    """Of both agents: the next kinds, what becomes common, and the first kinds (see `JointPolicy`)."""

    kinds: tuple[Ints, Ints]
    tells: tuple[Ints, Ints]
    starts: tuple[Ints, Ints]

    @classmethod
    def of(cls, windows: tuple[Window, Window], observes_at_start: bool) -> "Seats":
        """Of agents that remember windows of observations."""
        first, second = windows
        starts = [window.following[0] * int(observes_at_start) for window in windows]
        return cls((first.following, second.following), (first.revealed, second.revealed), (starts[0], starts[1]))


@dataclass(frozen=True, eq=False)
class JointPolicy:
    """What two agents do, by what is common (a node) and by what each one knows alone (its kind), with time in both.

    Of more than two agents who share all, the second stands for all others. At each step one of M pairs of decision
    rules is drawn, which correlates the agents; M is 1 where nothing needs to be drawn. What then becomes common is z:
    the numbers that both tell of their kinds and observations, and their actions where these are told
    (2308.08705, Assumption 1).

    Attributes:
        weight: float64 [N, M] of the pairs of rules.
        first_rule: float64 [N, M, K1, A1] probabilities of actions.
        second_rule: float64 [N, M, K2, A2].
        following: int64 [N, Z] the next node; -1 where z can not come. Z counts what the first one tells, the second
            one, the first one's action, the second one's, the last the fastest.
        begin: int64 [Z] the node at the beginning, after the first observations.
        first_kind: int64 [K1, O1] the next kind.
        second_kind: int64 [K2, O2].
        first_tells: int64 [K1, O1] what becomes common of the kind when something is seen.
        second_tells: int64 [K2, O2].
        first_start: int64 [O1] the kind after a first observation; all zero where there is none.
        second_start: int64 [O2].
        sizes: int64 [4] the factors of Z; 1 where an action is not told.
    """

    weight: Floats
    first_rule: Floats
    second_rule: Floats
    following: Ints
    begin: Ints
    first_kind: Ints
    second_kind: Ints
    first_tells: Ints
    second_tells: Ints
    first_start: Ints
    second_start: Ints
    sizes: Ints

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Its tables, for a checkpoint."""
        return {part.name: torch.as_tensor(getattr(self, part.name)) for part in fields(self)}

    @classmethod
    def of(
        cls, rules: tuple[Floats, Floats, Floats], nodes: tuple[Ints, Ints], seats: "Seats", sizes: Sequence[int]
    ) -> "JointPolicy":
        """From its parts.

        Args:
            rules: `weight`, `first_rule` and `second_rule`.
            nodes: `following` and `begin`.
            seats: how what each one knows alone goes on.
            sizes: of z.
        """
        (one, other), (tells, answers), (start, second_start) = seats
        return cls(*rules, *nodes, one, other, tells, answers, start, second_start, np.asarray(sizes))

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "JointPolicy":
        """What `state_dict` returned."""
        return cls(**{part.name: state[part.name].cpu().numpy() for part in fields(cls)})

    def chances(self, node: Ints, first: Ints, second: Ints) -> Floats:
        """Of joint actions: [R] nodes and kinds -> [R, A]."""
        one, other = self.first_rule[node, :, first], self.second_rule[node, :, second]
        found = np.einsum("rm,rma,rmb->rab", self.weight[node], one, other)
        return np.asarray(found.reshape(len(node), -1))

    def common(self, told: tuple[Ints, Ints], actions: Ints | None = None) -> Ints:
        """Numbers z of what both tell, [R], and of joint actions, [R]; None: before the first ones."""
        other = self.second_rule.shape[3]
        acted = (0, 0) if actions is None else (actions // other, actions % other)
        z = told[0] * self.sizes[1] + told[1]
        for size, action in zip(self.sizes[2:], acted, strict=True):
            z = z * size + (action if size > 1 else 0)
        return np.asarray(z)


def evaluate(game: TabularPOSG, policy: JointPolicy, horizon: int) -> Floats:
    """The exact value of a policy, from the game itself.

    Args:
        game: whose agents play.
        policy: theirs.
        horizon: steps of an episode.

    Returns:
        [n] expected returns.
    """
    others = game.joint_observations // len(game.observations[0])
    kernel, states = joint_kernel(game), len(game.states)
    where, belief = _beginning(game, policy, others)
    value = np.zeros(game.agents)
    for step in range(horizon):
        chances = policy.chances(*where)
        value += np.einsum("rs,nsa,ra->n", belief.toarray(), game.reward, chances)
        if step == horizon - 1:
            break
        moved = (belief @ kernel).tocoo()
        row = moved.row
        action, seen, state = split_columns(moved.col, game.joint_observations, states)
        weight = moved.data * chances[row, action]
        kept = weight > 0
        row, action, seen, state, weight = (part[kept] for part in (row, action, seen, state, weight))
        node, first, second = (part[row] for part in where)
        one, other = seen // others, seen % others
        told = policy.first_tells[first, one], policy.second_tells[second, other]
        after = policy.following[node, policy.common(told, action)]
        where, belief = _gathered(
            (after, policy.first_kind[first, one], policy.second_kind[second, other]), state, weight, states
        )
    return value


Where = tuple[Ints, Ints, Ints]
"""[R] nodes, and kinds of both."""


def _beginning(game: TabularPOSG, policy: JointPolicy, others: int) -> tuple[Where, sparse.csr_array]:
    """Before the first action: where agents may be, and the chances of states then."""
    joint = game.start[:, None]
    if game.observes_at_start and game.initial_observation is not None:
        joint = joint * game.initial_observation
    state, seen = np.nonzero(joint)
    one, other = seen // others, seen % others
    zeros = np.zeros_like(one)
    told = policy.first_tells[zeros, one], policy.second_tells[zeros, other]
    node = policy.begin[policy.common(told)]
    place = (node, policy.first_start[one], policy.second_start[other])
    return _gathered(place, state, joint[state, seen], len(game.states))


def _gathered(where: Where, state: Ints, weight: Floats, states: int) -> tuple[Where, sparse.csr_array]:
    """Each place once, with the chances of all its states."""
    places, row = np.unique(np.stack(where), axis=1, return_inverse=True)
    belief = sparse.coo_array((weight, (row.ravel(), state)), shape=(places.shape[1], states)).tocsr()
    return (places[0], places[1], places[2]), sparse.csr_array(belief)
