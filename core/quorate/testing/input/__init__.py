"""Checks of policy inputs, in a tiny world whose episodes end at different times."""

from quorate.testing.framework import Check
from quorate.testing.input.episodes import check_beginnings, check_endings, check_shapes
from quorate.testing.input.sight import check_generator, check_own, check_resumes, check_rows, check_state

CHECKS: tuple[Check, ...] = (
    Check("input", "shapes", "Inputs have the size that is declared, and are finite.", check_shapes),
    Check("input", "endings", "What follows an action is of its own episode.", check_endings),
    Check("input", "beginnings", "Nothing is left of an old episode where a new one begins.", check_beginnings),
    Check("input", "rows", "The rows of a batch do not influence each other.", check_rows),
    Check("input", "state", "The state is not seen where that is not declared.", check_state),
    Check("input", "own", "Others' observations are not seen where that is not declared.", check_own),
    Check("input", "resumes", "Trackers go on bit for bit from their state.", check_resumes),
    Check("input", "generator", "The global generators are not used.", check_generator),
)
