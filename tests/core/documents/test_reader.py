"""One grammar for manifests and configurations, the same with and without PyYAML's C parser."""

import random
from pathlib import Path

import pytest
import yaml

from quorate.config.source import read_source
from quorate.documents import Places, grammar, parse_document, read_document, reader
from quorate.errors import ConfigError, ManifestError, QuorateError
from quorate.registry.manifest import load_manifest

ROOT = Path(__file__).parents[3]
SCALARS = [
    "1e-3",
    "1E5",
    ".5",
    "-1.",
    "+7",
    "010",
    "0x1f",
    "0o17",
    "0b1",
    "1_000",
    "1:30",
    "2024-01-01",
    ".inf",
    "-.Inf",
    ".NaN",
    "no",
    "on",
    "Yes",
    "true",
    "False",
    "null",
    "~",
    "''",
    '"1"',
    "'no'",
    "=",
    "a:b",
    "!!str&1",
    "<<x",
    "${a.b}",
    "???",
    "-x",
    "%x'",
    "café",
]
SNIPPETS = [
    "\t",
    ":",
    "- ",
    "{",
    "[",
    "]",
    "}",
    "&a ",
    "*a",
    "!!int ",
    "#",
    "'",
    '"',
    "\n",
    ", ",
    "? ",
    "|",
    "1e-3",
    "no",
]


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request, monkeypatch):
    """Either parser in place of the one that was chosen at import."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(reader, "Loader", grammar.loader(getattr(yaml, request.param)))


def outcome(text, parser, monkeypatch):
    """The data and the lines of a text, or None where it is refused."""
    with monkeypatch.context() as patched:
        patched.setattr(reader, "Loader", grammar.loader(parser))
        try:
            data, places = parse_document(text, "x.yaml", ManifestError)
        except QuorateError:
            return None
    return repr(data), places.known


def refused(text, **options):
    with pytest.raises(ConfigError) as caught:
        parse_document(text, "x.yaml", ConfigError, **options)
    return caught.value


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="PyYAML was built without libyaml")
class TestParsersAgree:
    """The C parser and the Python parser give the same data and the same lines."""

    @pytest.mark.parametrize("scalar", SCALARS)
    def test_scalars(self, scalar, monkeypatch):
        for text in (scalar, f"a: {scalar}\n", f"[{scalar}]", f"- {scalar}\n- b\n"):
            assert outcome(text, yaml.CSafeLoader, monkeypatch) == outcome(text, yaml.SafeLoader, monkeypatch)

    def test_the_files_of_this_repository(self, monkeypatch):
        files = [ROOT / "registry.yaml", *ROOT.glob("plugins/*/*.yaml"), *sorted((ROOT / "examples").rglob("*.yaml"))]
        for text in (path.read_text() for path in files):
            result = outcome(text, yaml.CSafeLoader, monkeypatch)
            assert result is not None
            assert result == outcome(text, yaml.SafeLoader, monkeypatch)

    def test_mutated_text(self, monkeypatch):
        generator, valid = random.Random(0), "a: 1\nb: &x [1e-3, no]\nc:\n  - d: {e: 'f'}\n    g: *x\n"
        both = 0
        for _ in range(300):
            at = generator.randrange(len(valid))
            text = valid[:at] + generator.choice(SNIPPETS) + valid[at + generator.randint(0, 3) :]
            fast, slow = (outcome(text, loader, monkeypatch) for loader in (yaml.CSafeLoader, yaml.SafeLoader))
            if fast is not None and slow is not None:
                assert fast == slow, text
                both += 1
        assert both > 50


@pytest.mark.usefixtures("parser")
class TestEitherParser:
    """What holds with both."""

    def test_lines(self):
        data, places = parse_document("a: 1\nb:\n  - c: 2\n    d: 1e-3\n", "x.yaml", ConfigError)
        assert data == {"a": 1, "b": [{"c": 2, "d": 1e-3}]}
        assert (places.of(("b", 0, "d")), places.line(("b", 0, "d", "deeper"))) == ("x.yaml, line 4", 4)

    @pytest.mark.parametrize("text", ["[" * 200_000, "- " * 50_000, "{a: " * 3000, "[" * 42 + "]" * 42])
    def test_deep_nesting_is_refused_before_it_overflows(self, text):
        error = refused(text)
        assert "nested more than 40 levels" in error.problem
        assert "line 1" in error.where
        assert error.fix == "Nest it less deeply."

    def test_some_nesting_is_allowed(self):
        data, _ = parse_document("[" * 40 + "1" + "]" * 40, "x.yaml", ConfigError)
        assert repr(data) == "[" * 40 + "1" + "]" * 40

    def test_aliases_do_not_nest_more_deeply(self):
        rows = [f"a{n}: &a{n} " + "[" * 30 + (f"*a{n - 1}" if n else "1") + "]" * 30 for n in range(100)]
        assert "aliases" in refused("\n".join(rows)).problem

    def test_aliases_that_explode(self):
        rows = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
        assert "aliases" in refused("\n".join(rows)).problem

    def test_aliases_of_a_long_text(self):
        rows = [f"a: &a {'x' * 100_000}", *[f"b{n}: *a" for n in range(2000)]]
        assert "aliases" in refused("\n".join(rows)).problem

    @pytest.mark.parametrize(
        ("text", "problem", "where"),
        [
            ("a: 1\na: 2\n", "'a' is given twice; the first is at x.yaml, line 1", "x.yaml, line 2"),
            ("a: &x {}\nb:\n  <<: *x\n", "Merge keys", "x.yaml, line 3"),
            ("no: 1\n1: 2\n", "must be text, not 1", "x.yaml, line 2"),
            ("a: !!timestamp 2020-01-01\n", "tag timestamp", "x.yaml, line 1"),
            ("a: !!python/object/apply:os.system [id]\n", "tag python/object/apply:os.system", "x.yaml, line 1"),
            ("a: !mine 1\n", "tag !mine", "x.yaml, line 1"),
            ("a: !!int ''\n", "no valid int", "x.yaml, line 1"),
            ("a: 1\n---\nb: 2\n", "Malformed", "x.yaml, line 2, column 1"),
            ("\0", "Malformed", "x.yaml"),
            ("a: \ud800", "Malformed", "x.yaml"),
        ],
    )
    def test_one_message_with_the_place(self, text, problem, where):
        error = refused(text)
        assert problem in error.problem
        assert error.where == where
        assert error.fix

    def test_tabs(self):
        assert refused("a:\n\tb: 1\n").fix == "Indent with spaces, not tabs."
        assert "tabs" not in refused("a: [\n").fix

    def test_text_that_is_no_file_has_no_lines(self):
        for text in ("{a: 1, a: 2}", "[", "!!set {x}", "[" * 100):
            assert refused(text, lines=False).where == "x.yaml"


def test_manifests_and_configurations_mean_the_same(tmp_path):
    defaults = "{rate: 1e-3, mode: no, when: 2024-01-01}"
    row = f"{{kind: policy, name: a, target: 'a:A', summary: S., defaults: {defaults}}}"
    (tmp_path / "registry.yaml").write_text(f"schema: 1\ncomponents: [{row}]\n")
    (tmp_path / "run.yaml").write_text(f"algorithm: {defaults}\n")
    expected = {"rate": 1e-3, "mode": "no", "when": "2024-01-01"}
    assert load_manifest(tmp_path / "registry.yaml").rows[0].defaults == expected
    assert read_source(tmp_path / "run.yaml")[0]["algorithm"] == expected


@pytest.mark.parametrize("raises", [ManifestError, ConfigError])
def test_files_that_can_not_be_read(tmp_path, raises):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name, words in (("absent.yaml", "no such file"), ("", "can not be read"), ("binary.yaml", "UTF-8")):
        with pytest.raises(raises, match=words) as caught:
            read_document(tmp_path / name, raises)
        assert caught.value.where == str(tmp_path / name)
        assert caught.value.fix


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    (tmp_path / "x.yaml").write_text("a: 1\r\nb: 2\r\n", encoding="utf-8-sig", newline="")
    data, places = read_document(tmp_path / "x.yaml", ConfigError)
    assert (data, places.line(("b",))) == ({"a": 1, "b": 2}, 2)


def test_a_place_from_elsewhere_has_no_line():
    places = Places("x.yaml", ConfigError, {("a",): 3})
    places.put(("a", 0), "command line: a[0]=1")
    assert (places.of(("a", 0, "b")), places.line(("a", 0))) == ("command line: a[0]=1", None)
    assert str(places.error("Wrong.", ("a", 1)).where) == "a[1] (x.yaml, line 3)"
