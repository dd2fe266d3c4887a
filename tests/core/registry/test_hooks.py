import json
import logging

import pluggy
import pytest

from quorate.errors import QuorateError
from quorate.hookspecs import hookimpl
from quorate.registry.hooks import Hooks, load_hooks

HEAD = "from quorate.hookspecs import hookimpl\n"


def states(site, **environment):
    done = site.quorate("plugins", "--json", **environment)
    assert done.returncode == 0, done.stderr
    return {p["name"]: p for p in json.loads(done.stdout)["plugins"] if p["provides"] == "hooks"}


def second(site, text):
    site.distribution("beta", "[quorate.plugin]\nbeta = beta_hooks\n", {"beta_hooks.py": text})


@pytest.mark.parametrize(
    ("hooks", "words"),
    [
        ("import absent_module", ["absent_module"]),
        ("1 / 0", ["division by zero"]),
        ("raise SystemExit(3)", ["3"]),
        (HEAD + "@hookimpl\ndef quorate_run_stared(run): pass", ["quorate_run_stared", "'quorate_run_started'"]),
        (HEAD + "@hookimpl\ndef quorate_run_started(rum): pass", ["rum"]),
        (HEAD + "@hookimpl(wrapper=True)\ndef quorate_run_started(run): yield", ["wrapper"]),
    ],
)
def test_a_broken_hook_module_is_listed_and_others_go_on(acme, hooks, words):
    site = acme(hooks=hooks)
    second(site, HEAD + "@hookimpl\ndef quorate_run_started(run): pass")
    found = states(site)
    assert found["acme"]["state"] == "broken"
    assert "Traceback" in found["acme"]["traceback"]
    for word in words:
        assert word in found["acme"]["error"]
    assert found["beta"]["state"] == "loaded"
    assert site.quorate("plugins", QUORATE_STRICT="1").returncode != 0


class Good:
    def __init__(self, seen):
        self.seen = seen

    @hookimpl
    def quorate_run_ended(self, status):
        self.seen.append(status)
        return status


class Bad:
    def __init__(self, error):
        self.error = error

    @hookimpl
    def quorate_run_ended(self, run, status):
        raise self.error


def manager(error, seen):
    hooks = Hooks()
    hooks.register(Good(seen), "good")
    hooks.register(Bad(error), "bad")
    return hooks


def test_a_raising_plugin_is_reported_once_and_the_others_are_called(caplog):
    seen = []
    hooks = manager(ValueError("oh no"), seen)
    assert isinstance(hooks, pluggy.PluginManager)
    with caplog.at_level(logging.WARNING):
        assert hooks.call("quorate_run_ended", run=None, status="finished") == ["finished"]
        assert hooks.call_named("quorate_run_ended", run=None, status="stopped") == [("good", "stopped")]
    assert seen == ["finished", "stopped"]
    assert [record.getMessage().count("oh no") for record in caplog.records] == [1]
    assert "'bad'" in caplog.text


def test_errors_that_a_user_can_mend_pass_through():
    with pytest.raises(QuorateError, match="disk is full"):
        manager(QuorateError("The disk is full."), []).call("quorate_run_ended", run=None, status="finished")


class Asked:
    @hookimpl
    def quorate_commands(self):
        raise QuorateError("There is no licence.")


def test_no_error_passes_through_where_a_plugin_is_asked_what_it_has(caplog):
    hooks = Hooks()
    hooks.register(Asked(), "asked")
    assert hooks.call("quorate_commands") == []
    assert "There is no licence" in caplog.text
    assert "There is no licence" in hooks.failures["asked", "quorate_commands"]


def test_strict_raises(monkeypatch):
    monkeypatch.setenv("QUORATE_STRICT", "1")
    with pytest.raises(ValueError, match="oh no"):
        manager(ValueError("oh no"), []).call("quorate_run_ended", run=None, status="finished")


def test_a_logger_lives_for_one_run():
    seen = []
    hooks = load_hooks([])
    hooks.register(Good(seen), "tensorboard")
    hooks.call("quorate_run_ended", run=None, status="finished")
    hooks.unregister(name="tensorboard")
    hooks.call("quorate_run_ended", run=None, status="finished")
    assert seen == ["finished"]


SERVING = HEAD + (
    "@hookimpl\ndef quorate_find_component(kind, name):\n"
    "    if kind == 'policy' and name.endswith('/served'):\n"
    "        return {'target': 'acme_quorate.served:Served', 'summary': 'Served by a hook.'}\n"
)
SERVED = (
    "import dataclasses\n@dataclasses.dataclass\nclass S:\n    size: int = 4\nclass Served:\n    settings_class = S\n"
)


def test_components_that_can_not_be_enumerated(acme):
    site = acme(hooks=SERVING, served=SERVED)
    done = site.quorate("show", "acme/served")
    assert done.returncode == 0, done.stderr
    assert "size" in done.stdout
    foreign = site.quorate("show", "other/served")
    assert foreign.returncode == 2
    assert "no component 'other/served'" in foreign.stderr


def test_a_served_row_of_the_wrong_shape_is_a_readable_error(acme):
    site = acme(hooks=SERVING.replace("'summary'", "'sumary'"), served=SERVED)
    done = site.quorate("show", "acme/served", "--kind", "policy")
    assert done.returncode == 2
    assert "'sumary'" in done.stderr
    assert "quorate_find_component of plugin acme" in done.stderr
