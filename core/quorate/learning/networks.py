"""Networks that settings choose, built."""

from quorate.errors import QuorateError
from quorate.interfaces.network import Network, NetworkSpec
from quorate.settings import Component


def build_network(network: Component, spec: NetworkSpec) -> Network:
    """The network that a setting chose (`quorate.learning.settings.network` declares one).

    Its initial weights come from where `quorate.learning.initialisation` says.

    Args:
        network: the component.
        spec: its sizes.

    Raises:
        RegistryError: it can not be built, or is none.
        QuorateError: it has no parameters.
    """
    built: Network = network.build(spec)
    if not any(True for _ in built.parameters()):
        problem = f"the network '{network.name}' has no parameters, so that nothing of it can be trained"
        raise QuorateError(problem, fix="Choose another network, such as mlp.")
    return built
