"""The names nearest to one that does not exist, for messages."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def nearest(name: str, names: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The names most like one that does not exist, best first; also those whose last part is that name.

    Of the first part of names, such as ``mpe`` of ``mpe/simple-spread``, these. Where there is none, those whose parts
    before the last are like it: ``mapo`` is near ``mappo/simple-spread``.
    """
    known = sorted(set(names))
    if family := [other for other in known if name and other.startswith(f"{name.rstrip('/')}/")]:
        return tuple(dict.fromkeys([*(other for other in known if other == name.rstrip("/")), *family]))[:count]
    close = get_close_matches(name, known, n=count, cutoff=0.6)
    tails = {other.rpartition("/")[2]: other for other in known}
    by_tail = [tails[tail] for tail in get_close_matches(name.rpartition("/")[2], tails, n=count, cutoff=0.7)]
    if close or by_tail:
        return tuple(dict.fromkeys([*close, *by_tail]))[:count]
    heads = {other.rpartition("/")[0] for other in known if "/" in other}
    like = get_close_matches(name.rpartition("/")[0] or name, heads, n=count, cutoff=0.8)
    return tuple(other for head in like for other in known if other.rpartition("/")[0] == head)[:count]


def few(names: Sequence[str], command: str, count: int = 5) -> tuple[str, ...]:
    """The first of many choices, how many more there are, and the command that lists them."""
    if len(names) <= count:
        return tuple(names)
    return (*names[:count], f"and {len(names) - count} more: {command}")
