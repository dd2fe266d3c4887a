"""The schemes that settings choose: by which names they are reported, and whether they fit."""

from collections.abc import Mapping

import torch

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, HistoryLayout, InferenceScheme
from quorate.settings import Component
from quorate_state_inference.schemes.product_of_experts import ProductOfExperts
from quorate_state_inference.schemes.regression import RegressionProduct
from quorate_state_inference.schemes.trial import try_scheme
from quorate_state_inference.settings import StateInferenceSettings


def try_schemes(
    settings: StateInferenceSettings,
    schemes: Mapping[str, InferenceScheme],
    denoiser: Denoiser,
    layout: HistoryLayout,
    device: torch.device,
) -> None:
    """Infer from nothing once with each scheme, so that one that does not fit is told before hours of training.

    Raises:
        QuorateError: one does not; it names the scheme's place in the settings.
    """
    learned = next(denoiser.parameters(), None) is not None
    for index, (part, scheme) in enumerate(zip(settings.inference, schemes.values(), strict=True)):
        where = f"algorithm.inference[{index}] ({part.name})"
        try_scheme(scheme, denoiser, layout, device, where)
        if isinstance(scheme, ProductOfExperts | RegressionProduct) and learned and settings.null_history == 0:
            problem = f"{part.name} needs a network that has learned to answer the null history"
            raise QuorateError(problem, where=where, fix="set `algorithm.null_history` above 0, such as 0.3")


def label_schemes(components: list[Component]) -> dict[str, InferenceScheme]:
    """The schemes by name; where one recurs, also by the settings in which it differs from the first of that name."""
    if not components:
        problem = "there is no inference scheme to evaluate"
        raise QuorateError(problem, where="algorithm.inference", fix="list at least one, such as `[composite]`")
    schemes: dict[str, InferenceScheme] = {}
    first: dict[str, Component] = {}
    for part in components:
        label = part.name + _difference(part, first.setdefault(part.name, part))
        if label in schemes:
            raise QuorateError(
                f"the inference scheme {label} is listed twice",
                where="algorithm.inference",
                fix="remove one of the two, or give them different settings",
            )
        schemes[label] = part.build()
    return schemes


def _difference(part: Component, first: Component) -> str:
    """``(setting=value,...)``, or nothing where the settings are the same."""
    common = vars(first.settings)
    changed = [f"{name}={value}" for name, value in vars(part.settings).items() if value != common[name]]
    return f"({','.join(changed)})" if changed else ""
