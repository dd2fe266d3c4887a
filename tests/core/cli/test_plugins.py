import json

from quorate.cli.main import main


def test_the_host_is_a_plugin_like_others(capsys):
    assert main(["plugins", "--json"]) == 0
    first, *others = json.loads(capsys.readouterr().out)["plugins"]
    assert (first["name"], first["distribution"], first["state"]) == ("quorate", "quorate", "loaded")
    assert "gaussian" in first["components"]
    assert ("ray", ["ray"]) in [(one["name"], one["components"]) for one in others]


def test_the_place_of_a_broken_plugin_is_shown_and_with_debug_the_traceback(acme):
    site = acme(hooks="def f():\n    raise RuntimeError('no licence')\nf()\n")
    text = site.quorate("plugins").stdout
    assert "acme-quorate 1.0" in text
    assert "acme is broken" in text
    assert "hooks.py, line 2" in text
    assert "RuntimeError: no licence" in text
    assert "Traceback" not in text
    assert "Traceback" in site.quorate("plugins", "--debug").stdout


def test_blocked_plugins_are_listed(acme):
    text = acme(hooks="1 / 0").quorate("plugins", "--no-plugins").stdout
    assert text.count("acme is blocked") == 2
    assert "ZeroDivisionError" not in text
