import json

from quorate.cli.main import main
from quorate.registry.kinds import KINDS

NEEDY = (
    "- {kind: policy, name: acme/needy, target: 'acme_quorate.a:A', summary: Needs much., needs: [ghost], extra: sim}"
)


def test_grouped_by_kind(capsys):
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == [kind.plural.capitalize() for kind in KINDS.values()]
    assert "  composite           The agents' denoisers take turns on one estimate." in text


def test_one_kind(capsys):
    assert main(["list", "denoiser"]) == 0
    text = capsys.readouterr().out
    assert "mlp" in text
    assert "composite" not in text


def test_json(capsys):
    assert main(["list", "--json", "noise"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert next((row["kind"], row["name"], row["available"]) for row in rows) == ("noise", "fixed", True)


def test_what_is_not_installed_says_how_to_install_it(acme):
    site = acme(NEEDY)
    assert "[not installed: pip install 'acme-quorate[sim]']" in site.quorate("list", "policy").stdout
    row = next(r for r in json.loads(site.quorate("list", "--json").stdout) if r["name"] == "acme/needy")
    assert (row["available"], row["missing"], row["install"]) == (False, ["ghost"], "pip install 'acme-quorate[sim]'")


def test_an_unknown_kind_gets_the_nearest(capsys):
    assert main(["list", "denoisr"]) == 2
    text = capsys.readouterr().err
    assert "There is no kind 'denoisr'." in text
    assert "choices: denoiser" in text
    assert "Usage" not in text
