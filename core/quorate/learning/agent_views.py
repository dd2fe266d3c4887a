"""One agent of a policy as a policy of its own: to update agents one after another, or to let each go its way."""

from collections.abc import Callable

from quorate.errors import QuorateError
from quorate.interfaces import Policy, PolicySpec


def agent_views(policy: Policy, build: Callable[[PolicySpec], Policy], spec: PolicySpec) -> list[Policy]:
    """Policies of one agent each whose parameters lie in the memory of the stacked policy's.

    An optimiser of a view's parameters trains that agent in the stacked policy, and no other.

    Args:
        policy: of n agents, where it will stay; where they share all parameters, each view does too.
        build: builds a policy of the same class and settings.
        spec: of the stacked policy.

    Raises:
        QuorateError: a parameter of the class is not stacked by agent.
    """
    return [_view(policy, build(spec.agent(agent)), agent, spec) for agent in range(spec.agents)]


def _view(policy: Policy, view: Policy, agent: int, spec: PolicySpec) -> Policy:
    agents, stacked = spec.agents, dict(policy.named_parameters())
    for name, parameter in view.named_parameters():
        whole = stacked[name].data
        if spec.shared and whole.shape == parameter.shape:
            parameter.data = whole
            continue
        if whole.shape != (agents, *parameter.shape[1:]):
            problem = f"the parameter {name} of {type(policy).__name__} is not stacked by agent"
            raise QuorateError(problem, where="the policy", fix="update agents at once, or choose another policy class")
        parameter.data = whole[agent : agent + 1]
    buffers = dict(policy.named_buffers())
    for name, buffer in view.named_buffers():
        whole = buffers[name]
        by_agent = whole.dim() > 0 and whole.shape == (agents, *buffer.shape[1:])
        buffer.data = whole[agent : agent + 1] if by_agent else whole
    return view
