import copy
import string
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from quorate.documents import grammar
from quorate.errors import ManifestError
from quorate.registry import load_registry
from quorate.registry.manifest import Manifest, load_manifest, parse_manifest

GOOD = """\
schema: 1
requires: "quorate>=0.1,<1"
components:
  - kind: environment
    name: acme/warehouse-v1
    target: acme.env:Warehouse
    settings: acme.settings:Warehouse
    summary: Robots in aisles.
    defaults: {aisles: [3, 4], noise: {level: 0.5}}
    tags: {agents: 8}
    extra: sim
    needs: [mujoco]
    install: null
    paper: arXiv:2410.13953
  - kind: policy
    name: acme/greedy
    target: acme.policy:Greedy
    summary: Takes the best.
"""


def fail(text: str) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(text, "their.yaml")
    return caught.value


def test_good_manifest():
    first, second = parse_manifest(GOOD, "their.yaml", distribution="acme-quorate", version="2.0").rows
    assert (first.kind, first.name, first.target) == ("environment", "acme/warehouse-v1", "acme.env:Warehouse")
    assert first.defaults == {"aisles": [3, 4], "noise": {"level": 0.5}}
    assert (first.extra, first.needs, first.install, first.tags) == ("sim", ("mujoco",), None, {"agents": 8})
    assert (first.distribution, first.version, first.where) == ("acme-quorate", "2.0", "their.yaml, line 4")
    assert (second.where, second.settings, second.needs, second.defaults) == ("their.yaml, line 15", None, (), {})


def test_read_leniently_only_the_row_with_the_mistake_is_lost():
    text = GOOD.replace("kind: policy", "kind: policies")
    found = parse_manifest(text, "their.yaml", namespace="acme", lenient=True, distribution="acme-quorate")
    assert [row.name for row in found.rows] == ["acme/warehouse-v1"]
    (disabled,) = found.disabled
    assert (disabled.kind, disabled.name) == ("policies", "acme/greedy")
    assert "acme-quorate" in disabled.reason
    assert "their.yaml, line 15" in disabled.reason
    other = parse_manifest(GOOD, namespace="else", lenient=True)
    assert (other.rows, len(other.disabled)) == ((), 2)
    with pytest.raises(ManifestError, match="outside the namespace"):
        parse_manifest(GOOD, namespace="else")


def test_the_built_in_manifests_are_valid():
    registry = load_registry([], plugins=False)
    assert not registry.problems()
    assert {"environment", "denoiser", "algorithm"} <= {row.kind for row in registry.rows()}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            "    target: acme.policy:Greedy",
            "    tarqet: acme.policy:Greedy",
            17,
            ["'tarqet'", "'target'", "acme/greedy"],
        ),
        ("kind: policy", "kind: policies", 15, ["'policies'", "'policy'"]),
        ("name: acme/greedy", "name: Acme Greedy", 16, ["lower case", "'name'"]),
        ("acme.policy:Greedy", "acme.policy.Greedy", 17, ["'target'", "module:attribute"]),
        ("acme.policy:Greedy", "os:system('x')", 17, ["'target'"]),
        ("    summary: Takes the best.", "", 15, ["'summary'", "missing", "acme/greedy"]),
        ("summary: Takes the best.", "summary: 3", 18, ["'summary'", "text"]),
        ("tags: {agents: 8}", "tags: [agents]", 10, ["'tags'", "mapping"]),
        ("tags: {agents: 8}", "tags: {agents: !!timestamp 2020-01-01}", 10, ["plain data"]),
        ("needs: [mujoco]", "needs: mujoco", 12, ["'needs'", "list"]),
        ("needs: [mujoco]", "needs: [mujoco.sub]", 12, ["'needs'", "top-level"]),
        ("arXiv:2410.13953", "2410.13953", 14, ["'paper'", "arXiv"]),
        ("warehouse-v1", "warehouse", 5, ["-v1"]),
        ("    tags: {agents: 8}", "    tags: {agents: 8}\n    tags: {}", 11, ["'tags'", "twice"]),
        ("aisles: [3, 4]", "aisles: 3, aisles: 4", 9, ["'aisles'", "twice"]),
        ("requires:", "requirse:", 2, ["'requirse'", "'requires'"]),
        ('"quorate>=0.1,<1"', "banana split", 2, ["'requires'", "banana split"]),
        ('"quorate>=0.1,<1"', '"numpy>=1"', 2, ["numpy"]),
        ("schema: 1", "schema: one", 1, ["'schema'"]),
        ("  - kind: policy", "  - kind: [policy", 16, ["YAML"]),
        ("kind: policy", "kind: !!python/object/apply:os.system [id]", 15, ["no valid"]),
    ],
)
def test_shape_errors_name_line_key_and_fix(old, new, line, words):
    assert old in GOOD
    error = fail(GOOD.replace(old, new))
    assert error.where is not None
    assert error.where.startswith(f"their.yaml, line {line}"), error
    for word in words:
        assert word in str(error)


def test_not_a_mapping_and_missing_list():
    assert "mapping" in str(fail("[1, 2]"))
    assert "mapping" in str(fail(""))
    assert "'components'" in str(fail("schema: 1"))
    assert "list" in str(fail("schema: 1\ncomponents: {}"))
    assert "row 1" in str(fail("schema: 1\ncomponents: [3]")).lower()


def test_other_hosts_manifests_are_not_for_this_one():
    newer = parse_manifest("schema: 2\nwhatever: true\n")
    assert newer.rows == ()
    assert "schema is 2" in str(newer.incompatible)
    outside = parse_manifest(GOOD.replace("<1", "<0.1"))
    assert outside.rows == ()
    assert "requires quorate" in str(outside.incompatible)


def test_a_file_is_read_again_once_it_has_changed(tmp_path: Path):
    path = tmp_path / "registry.yaml"
    path.write_text(GOOD)
    first = load_manifest(path)
    assert load_manifest(path) is first
    other = load_manifest(path, distribution="somebody")
    assert {row.distribution for row in other.rows} == {"somebody"} != {row.distribution for row in first.rows}
    path.write_text(GOOD.replace("schema: 1", "schema: 99"))
    assert load_manifest(path).incompatible is not None


def test_unreadable_files(tmp_path: Path):
    with pytest.raises(ManifestError, match="can not be read"):
        load_manifest(tmp_path / "absent.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00schema")
    with pytest.raises(ManifestError):
        load_manifest(tmp_path / "binary.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]",
        "a: &a {b: *a}",
        "[" * 200_000,
        "- " * 50_000,
        "schema: 1\ncomponents: " + "[" * 3000 + "]" * 3000,
        "schema: !!int ''",
        "schema: !!bool x",
        "schema: !!timestamp x",
        "schema: 2020-99-99",
        "{[1]: 2}",
        "<<: {schema: 1}",
        "schema: 0b",
        "\x00",
        "a: \ud800",
        "--- 1\n--- 2",
        "a: &x [1]\n" + "".join(f"b{n}: &y{n} [{', '.join(['*x'] * 9)}]\n" for n in range(3)),
    ],
)
def test_hostile_yaml_is_a_manifest_error(text):
    fail(text)


def test_aliases_that_blow_up_are_refused():
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "aliases" in str(fail("\n".join(lines)))


def outcome(text: str) -> None:
    """Any text is a manifest or a ManifestError that says where; no other exception."""
    for lenient in (False, True):
        try:
            parsed: Manifest | ManifestError = parse_manifest(text, "their.yaml", lenient=lenient)
        except ManifestError as error:
            parsed = error
        assert isinstance(parsed, Manifest) or "their.yaml" in str(parsed)


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(string.printable, max_size=6))
@settings(max_examples=150)
def test_mutated_text(start, length, inserted):
    outcome(GOOD[:start] + inserted + GOOD[start + length :])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


@given(st.data())
@settings(max_examples=150)
def test_mutated_values(data):
    tree = copy.deepcopy(yaml.safe_load(GOOD))
    place = tree if data.draw(st.booleans()) else tree["components"][data.draw(st.integers(0, 1))]
    key = data.draw(st.sampled_from(sorted(place)) | st.text(max_size=5))
    place[key] = data.draw(VALUES)
    outcome(yaml.safe_dump(tree))


def test_many_rows_are_read_and_too_many_are_refused_for_what_they_are(monkeypatch):
    rows = "".join(f"- {{kind: noise, name: n{number}, target: 'm:A', summary: S.}}\n" for number in range(20_000))
    manifest = parse_manifest("schema: 1\ncomponents:\n" + rows)
    assert len(manifest.rows) == 20_000
    assert manifest.rows[-1].line == 20_002
    monkeypatch.setattr(grammar, "MOST", 100)
    error = fail("schema: 1\ncomponents:\n" + rows)
    assert "more than 100 values" in error.problem
    assert "line 1" in error.where
    assert "aliases" not in str(error)
