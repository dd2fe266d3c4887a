import pytest

from quorate.config import resolver
from quorate.config.resolver import resolve
from quorate.documents import Places
from quorate.errors import ConfigError

PLACES = Places("x.yaml", ConfigError)


@pytest.mark.parametrize(
    ("tree", "key", "value"),
    [
        ({"a": 1, "b": "${a}"}, "b", 1),
        ({"a": True, "b": "x${a} ${ a }"}, "b", "xTrue True"),
        ({"a": None, "b": "${a}${a}"}, "b", "NoneNone"),
        ({"a": {"c": 1}, "b": "x${a}"}, "b", "x{'c': 1}"),
        ({"a": 1, "b": "\\\\${a} \\${a}"}, "b", "\\1 ${a}"),
        ({"a": {"c": 1, "d": "${.c}", "e": "${..f}"}, "f": 3}, "a", {"c": 1, "d": 1, "e": 3}),
        ({"a": [5, {"x": "${..[0]}"}]}, "a", [5, {"x": 5}]),
        ({"a": [5, 6], "b": "${a[1]} ${a.0} ${a[-1]}"}, "b", "6 5 6"),
        ({"a": {"c": 2}, "k": "c", "b": "${a.${k}}"}, "b", 2),
        ({"a": {"x": "${c}"}, "b": "${a.x.y}", "c": {"y": 7}}, "b", 7),
        ({"a": "${b}", "b": "\\${x}"}, "a", "${x}"),
    ],
)
def test_references_mean_what_they_mean_in_omegaconf(tree, key, value):
    assert resolve(tree, PLACES)[key] == value


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("whole", ["${x0}${x0}", {"l": "${x0}", "r": ["${x0}"]}])
def test_what_doubles_at_each_link_is_refused(whole, first, monkeypatch):
    calls = []
    filled = resolver.Resolver._filled
    monkeypatch.setattr(resolver.Resolver, "_filled", lambda *given: calls.append(given[1]) or filled(*given))
    links = range(1, 60) if first else range(59, 0, -1)
    tree = {f"x{n}": _numbered(whole, n - 1) for n in links}
    with pytest.raises(ConfigError, match="grow to more than 1,000,000 characters") as caught:
        resolve({**tree, "x0": "abc"}, PLACES)
    assert "x1" in caught.value.where
    assert len(calls) < 150


def _numbered(whole, number):
    if isinstance(whole, str):
        return whole.replace("x0", f"x{number}")
    return {"l": f"${{x{number}}}", "r": [f"${{x{number}}}"]}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"a": "${b}", "b": "${c}", "c": "${a}"}, "leads back to itself"),
        ({"a": {"x": "${a}"}}, "leads back to itself"),
        ({"a": "${b}", "b": "???"}, "a value that is missing"),
        ({"a": "${...b}"}, "'...b' not found"),
        ({"a": "${b.c}", "b": 1}, "'b.c' not found"),
        ({"a": {"b": 1}, "k": "b}", "c": "${a.${k}}"}, "can not be part of a key"),
        ({**{f"x{n}": f"${{x{n - 1}}}" for n in range(3000, 0, -1)}, "x0": 1}, "through too many others"),
    ],
)
def test_one_message_with_the_place(tree, words):
    with pytest.raises(ConfigError, match=words):
        resolve(tree, PLACES)
