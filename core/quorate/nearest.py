"""The names nearest to one that does not exist, for messages."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The names most like one that does not exist, best first; also those whose last part is that name."""
    known = sorted(set(names))
    close = get_close_matches(name, known, n=count, cutoff=0.6)
    tails = {other.rpartition("/")[2]: other for other in known}
    by_tail = [tails[tail] for tail in get_close_matches(name.rpartition("/")[2], tails, n=count, cutoff=0.7)]
    return tuple(dict.fromkeys([*close, *by_tail]))[:count]
