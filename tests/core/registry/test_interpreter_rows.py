import pytest

from quorate.errors import ManifestError, RegistryError
from quorate.registry import load_registry
from quorate.registry.manifest import parse_manifest

GOOD = """\
schema: 1
components: []
interpreters:
  - name: acme
    summary: The simulator of Acme.
    python: ">=3.12,<3.13"
    requirements: ["torch==2.11.0", "acme[sim]>=1,<2", "other @ git+https://example.org/other@v1"]
    no_dependencies: [acme-lab==3.0.0]
    modules: [acme_lab]
    size: 5 GB
"""


def test_it_is_read_as_it_is_written():
    (row,) = parse_manifest(GOOD, "their.yaml", distribution="acme-quorate").interpreters
    assert (row.name, row.python, row.size, row.host) == ("acme", ">=3.12,<3.13", "5 GB", True)
    assert row.requirements == ("torch==2.11.0", "acme[sim]>=1,<2", "other @ git+https://example.org/other@v1")
    assert (row.no_dependencies, row.modules) == (("acme-lab==3.0.0",), ("acme_lab",))
    assert (row.distribution, row.path) == ("acme-quorate", "their.yaml")


@pytest.mark.parametrize(
    "bad",
    [
        "--index-url=https://x",
        "-e .",
        "./folder",
        "/tmp/evil",
        "torch; rm",
        "a b",
        "x @ file:///tmp/evil",
        "",
        "-r x.txt",
    ],
)
def test_what_is_no_requirement_is_refused_so_that_pip_gets_no_options(bad):
    with pytest.raises(ManifestError, match="no requirement") as caught:
        parse_manifest(GOOD.replace("torch==2.11.0", bad), "their.yaml")
    assert "line 7" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('python: ">=3.12,<3.13"', "python: 3.12", "range of versions"),
        ("modules: [acme_lab]", "modules: [acme.lab]", "top-level modules"),
        ("    summary: The simulator of Acme.\n", "", "'summary' is missing"),
        ("size:", "sizes:", "Unknown key 'sizes'"),
        ("size: 5 GB", "host: perhaps", "true or false"),
    ],
)
def test_a_mistake_is_named(old, new, said):
    with pytest.raises(ManifestError, match=said):
        parse_manifest(GOOD.replace(old, new), "their.yaml")


def test_a_third_party_gives_names_of_its_own_only():
    assert parse_manifest(GOOD, namespace="acme").interpreters
    assert parse_manifest(GOOD.replace("name: acme", "name: acme/old"), namespace="acme").interpreters
    for other in ("acmes", "isaaclab", "other/acme"):
        with pytest.raises(ManifestError, match="outside the namespace"):
            parse_manifest(GOOD.replace("name: acme", f"name: {other}"), namespace="acme")


def test_the_registry_finds_it_and_its_rows_say_how_to_get_there(tmp_path):
    row = """\
components:
  - kind: environment
    name: acme/world-v1
    target: acme_nowhere.env:World
    summary: A world.
    needs: [acme_nowhere]
    interpreter: acme
    start_timeout: 3600
"""
    path = tmp_path / "registry.yaml"
    path.write_text(GOOD.replace("components: []\n", row))
    registry = load_registry([path])
    assert registry.interpreter("acme").summary == "The simulator of Acme."
    with pytest.raises(RegistryError, match="No plugin describes") as caught:
        registry.interpreter("acne")
    assert caught.value.choices == ("acme",)
    with pytest.raises(RegistryError, match="needs acme_nowhere") as caught:
        registry.find("environment", "acme/world-v1")
    assert caught.value.fix == (
        "Run: quorate interpreter create acme --for acme; then give the environment 'interpreter: acme'"
    )
    found = registry.find("environment", "acme/world-v1", installed=False)
    assert (found.interpreter, found.start_timeout) == ("acme", 3600)
