"""Checks of algorithms, in a tiny world whose best play is known."""

from quorate.testing.algorithm.acting import check_actions, check_undeclared
from quorate.testing.algorithm.form import check_closes, check_conventions, check_metrics
from quorate.testing.algorithm.learning import check_learns
from quorate.testing.algorithm.state import (
    check_budget,
    check_evaluation,
    check_generator,
    check_resumes,
    check_state,
    check_weights,
)
from quorate.testing.framework import Check

CHECKS: tuple[Check, ...] = (
    Check("algorithm", "metrics", "Training and evaluation return finite numbers by name.", check_metrics),
    Check("algorithm", "conventions", "Its conventions say what a reader must know, as plain data.", check_conventions),
    Check("algorithm", "state", "Its state is what a checkpoint can hold.", check_state),
    Check("algorithm", "resumes", "It goes on bit for bit from its state.", check_resumes),
    Check("algorithm", "weights", "It begins with the weights of another run, and no more.", check_weights),
    Check("algorithm", "budget", "It says what of it depends on the budget.", check_budget),
    Check("algorithm", "evaluation", "Evaluating repeats itself, and changes nothing of training.", check_evaluation),
    Check("algorithm", "generator", "The global generators are not used.", check_generator),
    Check("algorithm", "actions", "Its actions are valid in the environment.", check_actions),
    Check("algorithm", "undeclared", "Policies see nothing that they are not said to see.", check_undeclared),
    Check("algorithm", "learns", "It learns a tiny known problem.", check_learns),
    Check("algorithm", "closes", "It can be closed twice.", check_closes),
)
