"""Values of all joint actions, for games that are small enough to list them."""

import torch
from torch import Tensor

from quorate_value_decomposition.decomposition import Decomposition


@torch.no_grad()
def value_tables(decomposition: Decomposition, inputs: Tensor, state: Tensor) -> Tensor:
    """What was learned of every joint action.

    Args:
        decomposition: of n agents, which remember nothing.
        inputs: [R, n, f], what agents see.
        state: [R, s].

    Returns:
        [R, a, ..., a, v], the actions of the first agent first; NaN where one is padding.
    """
    choices = decomposition.policy.features
    agents, size = choices.shape
    joint = torch.cartesian_prod(*[torch.arange(size, device=state.device)] * agents).reshape(-1, agents)
    rows = len(state), len(joint)
    utilities = decomposition.policy.outputs(inputs)[:, None].expand(*rows, -1, -1)
    values = decomposition.values(utilities, joint.expand(*rows, -1), state[:, None].expand(*rows, -1), None)
    real = choices.gather(1, joint.T).all(0)
    tables: Tensor = values.masked_fill(~real[:, None], torch.nan).unflatten(1, (size,) * agents)
    return tables
