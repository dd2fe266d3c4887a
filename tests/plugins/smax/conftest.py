"""Battles whose compiled functions are shared by all tests of a session; without jaxmarl, tests are skipped."""

import os
from importlib.util import find_spec

import pytest

from quorate_smax.settings import SMAXSettings

BATCH = 8
_MADE = {}


@pytest.fixture(scope="session", autouse=True)
def _jax(tmp_path_factory):
    """A folder for the session, so that tests neither need nor leave anything in the user's; and half the time."""
    if find_spec("jax") is None:
        return
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_backend_optimization_level=0"
    folder = str(tmp_path_factory.getbasetemp().parent / "jax")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder  # of the processes that checks start
    import jax

    jax.config.update("jax_compilation_cache_dir", folder)


def make(**settings):
    """An environment with these settings; the same one for the same settings, as compiling takes long."""
    from quorate_smax.environment import SMAX

    key = repr(sorted(settings.items()))
    if key not in _MADE:
        _MADE[key] = SMAX(SMAXSettings(**settings), batch=BATCH)
    return _MADE[key]
