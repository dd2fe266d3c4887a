"""Plain data that JSON can hold."""

import math
from typing import Any

import numpy as np


def jsonable(value: Any) -> Any:
    """Numbers, text, lists and mappings; NaN and infinities become None."""
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, (np.generic, np.ndarray)):
        return jsonable(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
