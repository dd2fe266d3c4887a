"""Checks with a number of rows that the caller chooses."""

import pytest

from quorate.registry import load_registry
from quorate.settings import Component
from quorate.testing.environment.play import opened, standard_play
from quorate.testing.framework import Subject

REGISTRY = load_registry()


@pytest.mark.parametrize(("batch", "rows"), [(None, 4), (1, 1), (7, 7)])
def test_more_rows_than_one_are_as_many_as_the_caller_says(batch, rows):
    from quorate.config import compose_component

    component: Component = compose_component("environment", "matrix-game/table-v1", REGISTRY)
    subject = Subject(component, REGISTRY, batch)
    assert standard_play(subject).steps[0].state.shape[0] == rows
    with opened(subject, 1) as one:
        assert one.batch == 1
