"""The commands ``quorate isaaclab ...``. Imports nothing heavy before one runs."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.output import say


@quorate_command(
    "assets",
    short_help="Build a folder of substitute assets, for tasks without NVIDIA's servers.",
    examples=["quorate isaaclab assets ~/isaac-assets", "quorate isaaclab assets assets --python python3.12"],
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--python", metavar="PATH", help="The Python to convert files with; else one that is found.")
def assets(app: App, directory: Path, python: str | None) -> None:
    """Build a folder with a ground, a Shadow hand and a cart, from packages of the package index.

    Both tasks for several agents run on it without NVIDIA's servers. The hand is that of MuJoCo Menagerie, and not
    NVIDIA's; the cart is made for this. A run says so, and is not compared with runs on NVIDIA's assets unasked.
    """
    from quorate_isaaclab.substitutes import build_substitutes

    root = build_substitutes(app.registry.interpreter("isaaclab-assets"), directory.absolute(), python)
    say(f"The assets are in {root}.")
    say(f"Use them with asset_root: {root} and assets: substitute in the environment's settings.")


@click.group("isaaclab", short_help="What Isaac Lab needs.", commands=[assets])
def isaaclab() -> None:
    """Isaac Lab: what its tasks need besides the interpreter that `quorate interpreter create` makes."""
