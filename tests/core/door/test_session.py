import pytest
from rich.console import Console

import quorate
from quorate import terminal
from quorate.door import session
from quorate.run.progress import LiveDisplay, PlainDisplay, make_display


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    yield
    monkeypatch.undo()
    quorate.configure()


def watched(monkeypatch, **how):
    monkeypatch.setattr("rich.console.Console", lambda **_: Console(**how))
    monkeypatch.setattr("quorate.run.progress.Console", lambda **_: Console(**how))


def test_progress_is_for_who_watches(monkeypatch):
    assert session.is_quiet(None)  # standard error is captured here, as of a script that nobody watches
    assert not session.is_quiet(True)
    watched(monkeypatch, force_terminal=True)
    assert not session.is_quiet(None)
    assert session.is_quiet(False)
    watched(monkeypatch, force_jupyter=True)
    assert not session.is_quiet(None)
    quorate.configure(progress=False)
    assert session.is_quiet(None)
    assert not session.is_quiet(True)


@pytest.mark.parametrize(("widgets", "kind"), [(object(), LiveDisplay), (None, PlainDisplay)])
def test_notebooks_have_bars_where_rich_can_draw_them(monkeypatch, widgets, kind):
    watched(monkeypatch, force_jupyter=True)
    monkeypatch.setattr(terminal, "find_spec", lambda name: widgets)
    assert type(make_display(quiet=False)) is kind


def test_what_was_allowed_once_holds_for_later_calls():
    run = {"environment": {"name": "pettingzoo", "id": "door_acme.world"}, "algorithm": "mappo"}
    run["budget"] = {"train_steps": 1}
    with pytest.raises(quorate.QuorateError, match="in no package that may be imported"):
        quorate.compose(run)
    quorate.configure(allow_import=["door_acme"])
    assert quorate.compose(run).settings.environment.settings.id == "door_acme.world"
