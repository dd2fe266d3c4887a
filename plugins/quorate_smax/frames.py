"""From observations in the global frame to SMAX's own."""

import torch
from torch import Tensor


def relative(seen: Tensor, units: int, reach: Tensor, area: Tensor) -> Tensor:
    """What SMAX would show the same agents; units must be told apart by type.

    Args:
        seen: [B, n, o], see `quorate_smax.layout.Layout.seen`.
        units: u, all of them.
        reach: [t], how far each type sees.
        area: [2], width and height of the map.

    Returns:
        [B, n, (u - 1)(7 + t) + 4 + t].
    """
    agents = seen.shape[1]
    marks, health, place, cooldown, kinds, deeds = seen.unflatten(-1, (units, -1)).split(
        [1, 1, 2, 1, len(reach), 3], dim=-1
    )
    here = torch.arange(agents)
    mine = [part[:, here, here] for part in (health, place, cooldown, kinds)]  # [B, n, .]
    away = (place - mine[1][:, :, None]) * area / (mine[3] @ reach).clamp(min=1e-6)[:, :, None, None]
    told = torch.cat([health, away, deeds, cooldown, kinds], dim=-1) * marks
    others = torch.tensor([[unit for unit in range(units) if unit != agent] for agent in range(agents)])
    return torch.cat([told[:, here[:, None], others].flatten(2), *mine], dim=-1)
