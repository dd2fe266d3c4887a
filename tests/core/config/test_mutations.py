"""Whatever is in a file: it composes, or there is one readable error."""

import copy
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from quorate.config import compose
from quorate.errors import QuorateError

FILE = Path(__file__).parents[1] / "run" / "toy" / "example.yaml"
VALID = yaml.safe_load(FILE.read_text())
JUNK = [
    None, True, 0, -1, 1.5, 10**30, float("nan"), float("inf"), "", "x", "toy/net", "toy/line-v1", "???", "${seed}",
    "${nope}", "${", "}", "${a:b}", "\\${x}", "${algorithm}", "${algorithm.net}", "${.}", "${..name}", "\0", "名",
    [], [[]], {}, {"name": "toy/net"}, {"name": None}, {"name": []}, {"": 1}, {"a.b": {"c[0]": 1}}, [None, {}],
    "a" * 5000,
]  # fmt: skip
pytestmark = pytest.mark.usefixtures("toy_registry")


def nodes(tree, found=None):
    found = [] if found is None else found
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        found.append((tree, key))
        nodes(value, found)
    return found


def mutate(generator):
    tree = copy.deepcopy(VALID)
    for _ in range(generator.randint(1, 3)):
        if not (places := nodes(tree)):
            break
        parent, key = generator.choice(places)
        action = generator.choice(["delete", "rename", "retype", "insert", "move"])
        if action == "delete":
            del parent[key]
        elif action == "rename" and isinstance(parent, dict):
            parent[generator.choice(["nme", "name", "", "x", str(key)[:-1], "seed"])] = parent.pop(key)
        elif action == "insert" and isinstance(parent, dict):
            parent[generator.choice(["x", "net", "width", "probes", "name"])] = copy.deepcopy(generator.choice(JUNK))
        elif action == "move":
            parent[key] = copy.deepcopy(generator.choice(places)[0])
        else:
            parent[key] = copy.deepcopy(generator.choice(JUNK))
    return tree


def explained(error):
    assert error.problem
    assert error.where
    return False


def composes_or_explains(text, tmp_path, registry, overrides=()):
    path = tmp_path / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        run = compose(path, overrides, registry)
    except QuorateError as error:
        return explained(error)
    path.write_text(run.to_yaml())
    assert compose(path, (), registry) == run
    return True


relaxed = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@relaxed
@given(st.integers(0, 2**32))
def test_mutated_trees(tmp_path, toy_registry, seed):
    text = yaml.safe_dump(mutate(random.Random(seed)), allow_unicode=True)
    composes_or_explains(text, tmp_path, toy_registry)


@relaxed
@given(st.integers(0, 2**32))
def test_mutated_text(tmp_path, toy_registry, seed):
    generator, text = random.Random(seed), FILE.read_text()
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(text))
        lines = text.splitlines(keepends=True)
        text = (
            generator.choice(
                [
                    text[:at] + text[at + generator.randint(1, 8) :],
                    text[:at]
                    + generator.choice(["\t", ":", "- ", "{", "[", "&a ", "*a", "!!int ", "#", "'", "${", "\n"])
                    + text[at:],
                    "".join([*lines, generator.choice(lines or ["a: 1\n"])]),
                ]
            )
            or "a"
        )
    composes_or_explains(text, tmp_path, toy_registry)


@relaxed
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60)))
@example("a: !!float x")
@example("a: !!int ''")
@example("!!timestamp 2020-99-99")
@example("? {a: b}\n: c")
@example("a: !!bool x")
@example("seed: 1" + "0" * 5000)
@example("{" * 3000)
def test_random_text(tmp_path, toy_registry, text):
    assert not composes_or_explains(text, tmp_path, toy_registry)


@relaxed
@given(
    st.lists(
        st.text(max_size=20) | st.sampled_from(["seed=", "a[0].b=1", "algorithm.net.width={", "seed=${x}"]), max_size=3
    )
)
def test_random_overrides(tmp_path, toy_registry, overrides):
    composes_or_explains(FILE.read_text(), tmp_path, toy_registry, overrides)


@pytest.mark.parametrize("value", JUNK, ids=repr)
def test_junk_everywhere(tmp_path, toy_registry, value):
    succeeded = 0
    for index in range(len(nodes(VALID))):
        tree = copy.deepcopy(VALID)
        parent, key = nodes(tree)[index]
        parent[key] = copy.deepcopy(value)
        succeeded += composes_or_explains(yaml.safe_dump(tree, allow_unicode=True), tmp_path, toy_registry)
    assert succeeded < index


def test_the_valid_file_composes(tmp_path, toy_registry):
    assert composes_or_explains(FILE.read_text(), tmp_path, toy_registry)
