"""One example of each hook; a module like this is what an entry point of the group `quorate.plugin` names.

A test installs it as the plugin `acme` and holds each example to what the reference page says (docs/generate.py puts
them there). Where environment variable ACME_BACKUP names a folder, checkpoints are copied to it.
"""

import json
import os
import re
import shutil
from pathlib import Path

import click

from quorate.errors import QuorateError
from quorate.hookspecs import hookimpl


@hookimpl
def quorate_find_component(kind, name):
    """Sensor networks of any size: `environment: acme/sensors-7x9-v1`."""
    found = re.fullmatch(r"acme/sensors-(\d+)x(\d+)-v1", name)
    if kind != "environment" or found is None:
        return None
    return {
        "target": "quorate_sensor_network.environment:SensorNetwork",
        "settings": "quorate_sensor_network.settings:SensorNetworkSettings",
        "defaults": {"grid": [int(found[1]), int(found[2])]},
        "summary": f"A grid of {found[1]} x {found[2]} sensors.",
        "tags": {"observability": "collective", "actions": "discrete"},
    }


@hookimpl
def quorate_run_started(run):
    """A line in the run's folder for each process that has worked on it."""
    with (run.directory / "processes.txt").open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} from training step {run.first_step}\n")


@hookimpl
def quorate_metrics_logged(run, step, metrics):
    """The latest value of each metric in one file, for a page that shows how runs are doing."""
    file = run.directory / "latest.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps({**before, "step": step, **metrics}), encoding="utf-8")


@hookimpl
def quorate_checkpoint_written(run, path):
    """A copy of each checkpoint on another disk; without that disk, a run that asked for copies shall not go on."""
    if place := os.environ.get("ACME_BACKUP"):
        try:
            shutil.copy(path, Path(place) / f"{run.directory.name}-{path.name}")
        except OSError as error:
            raise QuorateError(f"{place} takes no copies: {error.strerror}.", fix="Mend it; then resume.") from error


@hookimpl
def quorate_run_ended(run, status):
    """A message, here on the standard error; it could be a mail."""
    click.echo(f"acme: {run.directory} is {status}", err=True)


@hookimpl
def quorate_health_checks():
    """Whether the folder of copies is there; `quorate doctor` prints what is returned or raised."""

    def backup():
        place = os.environ.get("ACME_BACKUP")
        if place and not os.access(place, os.W_OK):
            raise QuorateError(f"{place} is no folder to write in.", fix="Make it, or unset ACME_BACKUP.")
        return place or "not asked for"

    return [("backup", backup)]


@hookimpl
def quorate_commands():
    """`quorate copies` lists the copies."""

    @click.command("copies", short_help="List the copies of checkpoints.")
    def copies():
        for file in sorted(Path(os.environ["ACME_BACKUP"]).iterdir()):
            click.echo(file.name)

    return [copies]
