"""References with OmegaConf 2.3, which hydra asks for: a simulator's interpreter may hold both."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
OLDER = Path(sys.prefix) / "omegaconf-2.3"
"""Where `make setup` puts it."""
PROGRAM = """
import sys, omegaconf, pytest
assert omegaconf.__version__.startswith("2.3."), omegaconf
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""


def test_versions_from_2_3_are_accepted():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = [one for one in map(Requirement, project["dependencies"]) if one.name == "omegaconf"]
    assert [version in wanted.specifier for version in ("2.2.3", "2.3.0", "2.4.0", "2.5.0")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.skipif(
    not OLDER.is_dir(), reason=f"{OLDER} is missing; run: pip install --target {OLDER} 'omegaconf==2.3.*'"
)
def test_references_mean_the_same_in_2_3():
    tests = [str(Path(__file__).with_name(name)) for name in ("test_resolver.py", "test_source.py")]
    variables = {**os.environ, "PYTHONPATH": str(OLDER)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *tests], env=variables, cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert " passed" in done.stdout
