"""What a component raises, told with its name, the cause and the place; it imports no torch."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from quorate.errors import QuorateError, RunError
from quorate.foreign import Foreign, cause, text_of, told

_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")
_LIBRARIES = {"torch", "numpy", "importlib"}


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the CPU or on a GPU; torch's CPU allocator raises a plain `RuntimeError`."""
    text = text_of(error).lower()
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(part in text for part in _MEMORY))


def out_of_memory(doing: str = "", where: str | None = None) -> RunError:
    """The error of a computation that does not fit."""
    fix = "Lower what is computed at once: the batch, width, samples or grid settings; or use a larger machine."
    return RunError(f"Out of memory{' ' if doing else ''}{doing}.", where=where, fix=fix)


@contextmanager
def told_as(doing: str, raises: type[QuorateError], fix: str, *, about: str | None = None) -> Iterator[None]:
    """Turn what is raised inside into an error for the user; a `QuorateError` passes as it is.

    Args:
        doing: what failed, such as ``building the denoiser 'mlp'``.
        raises: the class of the error.
        fix: what the user can do.
        about: further words for the place.
    """
    try:
        with Foreign():
            yield
    except QuorateError:
        raise
    except Exception as raised:
        error = cause(raised)
        where = f"{place(error)}; {about}" if about else place(error)
        if is_out_of_memory(error):
            raise out_of_memory(f"during {doing}", where) from error
        raise raises(f"{doing[0].upper()}{doing[1:]} failed: {told(error)}", where=where, fix=fix) from error


def place(error: BaseException) -> str:
    """The innermost line that is not a library's: where torch raises says little about whose mistake it is."""
    frames = traceback.extract_tb(error.__traceback__)[1:] or traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _LIBRARIES.intersection(Path(frame.filename).parts)]
    last = (own or frames)[-1]
    return f"{last.filename}:{last.lineno} in {last.name}"


def place_of(trace: TracebackType | None) -> str | None:
    """The line that raised, unless it is one of this package: then it says nothing about a plugin's mistake."""
    last = traceback.extract_tb(trace)[-1]
    own = Path(__file__).parent in Path(last.filename).parents
    return None if own else f"{last.filename}:{last.lineno} in {last.name}"
