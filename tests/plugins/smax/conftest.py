"""SMAX with and without jaxmarl around it; what jax compiles is shared by all tests of a session."""

import os

import pytest

pytest.importorskip("jaxmarl", reason="the extra smax is not installed")
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_backend_optimization_level=0"
)  # compiles twice as fast

from quorate_smax.environment import SMAX
from quorate_smax.settings import SMAXSettings

BATCH = 8
_MADE: dict[str, SMAX] = {}


@pytest.fixture(scope="session", autouse=True)
def compile_cache(tmp_path_factory):
    """A folder for the session, so that tests neither need nor leave anything in the user's."""
    import jax

    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.getbasetemp().parent / "jax"))


def make(**settings):
    """An environment with these settings; the same one for the same settings, as compiling takes long."""
    key = repr(sorted(settings.items()))
    if key not in _MADE:
        _MADE[key] = SMAX(SMAXSettings(**settings), batch=BATCH)
    return _MADE[key]
