"""Linear programs, as stage games need them."""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from quorate.errors import QuorateError
from quorate_information_sharing.planning.beliefs import Floats


def least(cost: Floats, above: sparse.csr_array, totals: sparse.csr_array, free: int) -> tuple[Floats, Floats]:
    """Minimise cost x, where above x <= 0 and totals x = 1; all of x but the last ones is at least 0.

    Args:
        cost: [V].
        above: [C, V].
        totals: [T, V].
        free: how many of the last variables may have any sign.

    Returns:
        x [V], and what each of the C bounds costs, [C], at least 0.

    Raises:
        QuorateError: the solver (HiGHS) finds no solution.
    """
    bounds: list[tuple[float | None, None]] = [(0, None)] * (len(cost) - free) + [(None, None)] * free
    upper, ones = np.zeros(above.shape[0]), np.ones(totals.shape[0])
    found: Any = linprog(cost, above, upper, totals, ones, bounds)  # type: ignore[call-overload]  # it takes sparse ones
    if found.x is None:
        raise QuorateError(f"A stage game could not be solved: {found.message}", where="solution")
    return np.asarray(found.x), -np.asarray(found.ineqlin.marginals)
