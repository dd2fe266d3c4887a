"""``quorate doctor``: is this installation sound?"""

from dataclasses import asdict

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import Seconds
from quorate.door.diagnosis import Finding, diagnose
from quorate.output import Once, json_option, print_json, say

_SIGNS = {"ok": ("ok", "green"), "skipped": ("--", "yellow"), "broken": ("XX", "red")}


@quorate_command(
    "doctor", examples=["quorate doctor", "quorate doctor --json", "quorate --manifest registry.yaml doctor"]
)
@json_option()
@click.option(
    "--timeout", type=Seconds(), default=120.0, show_default=True, help="Seconds for importing one component."
)
def command(app: App, as_json: bool, timeout: float) -> None:
    """Check this installation, every plugin and every component; exit code 1 where something is broken.

    Each component is really imported, in another process, and its settings are held against its row of the manifest. A
    component whose needs are not installed, or are in an interpreter of its own, is skipped.
    """
    findings, once = [], Once()
    for finding in diagnose(app, timeout):
        findings.append(finding)
        if not as_json:
            _print(finding, once)
    broken = sum(finding.state == "broken" for finding in findings)
    if as_json:
        print_json({"sound": not broken, "findings": [asdict(finding) for finding in findings]})
    else:
        say(f"\n{broken} broken." if broken else "\nEverything works.")
    click.get_current_context().exit(1 if broken else 0)


def _print(finding: Finding, once: Once) -> None:
    sign, colour = _SIGNS[finding.state]
    remark = once(finding.subject, finding.remark).replace("\n", "\n     ")
    say(f"  {finding.subject}{'  ' + remark if remark else ''}", sign=click.style(sign, fg=colour))
