"""Battles that tests share, in the batch of the conformance checks, as compiling takes long.

Without jaxmarl, tests are skipped.
"""

import os
from importlib.util import find_spec

import pytest
import warm

from quorate.testing.environment.play import BATCH
from quorate_smax.settings import SMAXSettings

TEAMS = {
    "scenario": None,
    "units": ["zergling", "hydralisk"],
    "weights": [1.0, 3.0],
    "sight": 9.0,
    "allies": 2,
    "enemies": 4,
}
"""Generated ones, two against four."""


@pytest.fixture(scope="session", autouse=True)
def _jax(tmp_path_factory):
    """A folder for the session, so that tests neither need nor leave anything in the user's; compiling is quick."""
    if find_spec("jax") is None:
        return
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {warm.QUICKLY_COMPILED}"
    folder = str(tmp_path_factory.getbasetemp().parent / "jax")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder  # of the processes that checks start
    import jax

    jax.config.update("jax_compilation_cache_dir", folder)


def make(**settings):
    """A new environment with these settings; what is compiled is shared by all that have the same ones."""
    from quorate_smax.environment import SMAX

    return SMAX(SMAXSettings(**settings), batch=BATCH)
