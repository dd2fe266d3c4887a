"""Networks that settings choose, built."""

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
    """
    built: Network = network.build(spec)
    return built
