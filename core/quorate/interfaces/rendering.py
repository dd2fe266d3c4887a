"""Pictures of an environment: drawn from its state, or taken by the simulator itself."""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@runtime_checkable
class Renderable(Protocol):
    """An environment that can draw a state, what agents do in it, and an estimate of it.

    The pictures of an episode make a film: limits, sizes and the legend depend on which arguments are given, and not
    on their values.
    """

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw on axes that are empty.

        Args:
            axes: of matplotlib.
            state: [s].
            estimate: [s], drawn beside the state in a way that tells them apart.
            actions: int64 [n] or float32 [n, a], what the agents do in this state. Who has a negative number or NaNs
                does nothing: the agent has left, or the episode is over.
        """
        ...


@runtime_checkable
class Filmable(Protocol):
    """A batch whose simulator makes pictures of its own, as long as it was built to (``render_mode``)."""

    @property
    def render_mode(self) -> str | None:
        """``"rgb_array"`` where there are pictures, else None."""
        ...

    def render(self, *, final: bool = False) -> Any:
        """The first environment as it is, or (`final`) as its last episode ended: uint8 [height, width, 3]."""
        ...
