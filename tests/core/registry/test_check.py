import json

PROBE = """
import json, sys
from quorate.registry import load_registry
from quorate.registry.check import check_rows
rows = [row for row in load_registry().rows() if row.name.startswith("acme/")]
print(json.dumps([[answer.name, answer.error] for answer in check_rows(rows, timeout=5.0)]))
"""
LIGHT = """
from dataclasses import dataclass

@dataclass
class Settings:
    size: int = 1

def make(settings: Settings):
    return settings.size
"""


def test_a_hanging_import_is_given_up_and_the_rest_goes_on(acme):
    rows = "".join(
        f"- {{kind: logger, name: acme/{name}, target: 'acme_quorate.{module}:make', summary: S.}}\n"
        for name, module in [("first", "light"), ("hang", "hang"), ("last", "light")]
    )
    done = acme(rows, light=LIGHT, hang="import time\ntime.sleep(600)\n").python("-c", PROBE, WARM="")
    answers = dict(json.loads(done.stdout))
    assert answers["acme/first"] is answers["acme/last"] is None
    assert "did not finish within 5 s" in answers["acme/hang"]


def test_settings_that_the_target_does_not_take(acme):
    settings = "settings: 'acme_quorate.o:Other'"
    row = f"- {{kind: logger, name: acme/a, target: 'acme_quorate.light:make', summary: S, {settings}}}"
    other = "from dataclasses import dataclass\n@dataclass\nclass Other: pass\n"
    done = acme(row, light=LIGHT, o=other).python("-c", PROBE, WARM="")
    assert json.loads(done.stdout) == [["acme/a", "the row's settings are Other, but the target takes Settings"]]
