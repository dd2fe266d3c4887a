import json

MODULES = {
    "good": """
        from dataclasses import dataclass
        from quorate.interfaces import InferenceScheme
        from quorate.settings import setting

        @dataclass
        class Settings:
            size: int = setting(1, "Size.")

        class Good(InferenceScheme):
            def __init__(self, settings: Settings): ...
            def infer(self, *a, **k): ...
            def calls(self, agents): return 0
        """,
    "crash": "import os\nos._exit(41)\n",
    "raising": "raise RuntimeError('no licence')\n",
    "noisy": "print('quorate'); raise SystemExit(0)\n",
}


def row(name, target, defaults="{}", kind="inference"):
    return (
        f"- {{kind: {kind}, name: acme/{name}, target: 'acme_quorate.{target}', defaults: {defaults}, summary: S.}}\n"
    )


ROWS = "".join(
    [
        row("good", "good:Good", "{size: 2}"),
        row("typo", "good:Good", "{sise: 2}"),
        row("wrong", "good:Good", kind="denoiser"),
        row("crash", "crash:A"),
        row("raising", "raising:A"),
        row("noisy", "noisy:A"),
        row("absent", "good:Absent"),
        row("last", "good:Good"),
        "- {kind: inference, name: acme/needy, target: 'x:y', summary: S., needs: [ghost]}\n",
        "- {kind: inference, name: acme/lodger, target: 'x:y', summary: S., needs: [ghost], interpreter: acme/sim}\n",
        "- {kind: inference, name: acme/homeless, target: 'x:y', summary: S., needs: [ghost], interpreter: acme/hut}\n",
    ]
)


HOOKS = """
from quorate.hookspecs import hookimpl

def sick():
    raise OSError("no display")

@hookimpl
def quorate_health_checks():
    return [("screen", sick), ("heart", lambda: "beats")]
"""


def test_every_component_is_really_imported_and_health_is_checked(acme, tmp_path):
    (tmp_path / "quorate-interpreter.json").write_text('{"for": "acme/sim"}')
    done = acme(ROWS, hooks=HOOKS, **MODULES).quorate("--interpreter", f"mine={tmp_path}", "doctor", "--json")
    assert done.returncode == 1, done.stderr
    found = {finding["subject"]: finding for finding in json.loads(done.stdout)["findings"]}
    states = {subject.split("/")[-1]: f["state"] for subject, f in found.items() if "acme/" in subject}
    skipped = dict.fromkeys(["needy", "lodger", "homeless"], "skipped")
    broken = dict.fromkeys(["typo", "wrong", "crash", "raising", "noisy", "absent"], "broken")
    assert states == {"good": "ok", "last": "ok", **skipped, **broken}
    assert "sise" in found["inference acme/typo"]["remark"]
    assert "Denoiser" in found["denoiser acme/wrong"]["remark"]
    assert "exit code 41" in found["inference acme/crash"]["remark"]
    assert "no licence" in found["inference acme/raising"]["remark"]
    assert "pip install ghost" in found["inference acme/needy"]["remark"]
    assert "write 'interpreter: mine'" in found["inference acme/lodger"]["remark"]
    assert "quorate interpreter create hut --for acme/hut" in found["inference acme/homeless"]["remark"]
    assert found["interpreter mine"]["state"] == "broken"
    assert found["device"]["state"] == found["runs"]["state"] == "ok"
    assert found["plugin acme (hooks)"]["state"] == "ok"
    assert found["health of acme_quorate.hooks: heart"]["state"] == "ok"
    assert "no display" in found["health of acme_quorate.hooks: screen"]["remark"]
