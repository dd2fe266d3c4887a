"""The page on the architecture names files that are there, and every plugin. That its parts are current: test_site."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WRITTEN_BY_RUNS = {"config.yaml"}


def missing_files(text):
    """Files and folders in code marks that are neither in the repository nor in the core."""
    named = set(re.findall(r"`([a-z_0-9/.]+(?:\.(?:py|yaml|yml|toml)|/))`", text)) - WRITTEN_BY_RUNS
    homes = [ROOT, ROOT / "core" / "quorate", ROOT / "plugins"]
    return sorted(name for name in named if not any((home / name).exists() for home in homes))


def test_every_file_that_is_named_is_there():
    assert missing_files(PAGE) == []
    assert missing_files("`run/loop.py` and `run/gone.py`, `gone/`, `docs/`") == ["gone/", "run/gone.py"]


def test_every_plugin_is_on_it():
    plugins = [path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py")]
    assert len(plugins) > 5
    assert [name for name in plugins if f"| `{name}/` |" not in PAGE] == []
