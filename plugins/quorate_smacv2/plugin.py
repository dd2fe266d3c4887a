"""The hooks of this plugin: what ``quorate doctor`` says of SMACv2, where it is installed."""

from collections.abc import Callable, Sequence

from quorate.hookspecs import hookimpl
from quorate_smacv2 import installation


@hookimpl
def quorate_health_checks() -> Sequence[tuple[str, Callable[[], str]]]:
    """The package, the protocol, the game and its maps."""
    if not installation.installed():
        return []
    return [
        ("package", installation.package),
        ("protobuf", installation.protocol),
        ("StarCraft II", installation.game),
        ("maps", installation.maps),
    ]
