"""The double itself: the websocket everywhere, the game's messages where s2clientprotocol is installed."""

import importlib.util
import io
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

MASK = b"\x01\x02\x03\x04"


@pytest.fixture
def double(monkeypatch):
    """The module; where the game's messages are not installed, with nothing in their place."""
    if importlib.util.find_spec("s2clientprotocol") is None:
        request = SimpleNamespace(FromString=bytes)
        monkeypatch.setitem(
            sys.modules, "s2clientprotocol", SimpleNamespace(sc2api_pb2=SimpleNamespace(Request=request))
        )
    spec = importlib.util.spec_from_file_location("double", Path(__file__).parent / "double.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sent(data, first=0x81):
    """A frame as a client sends it, which masks."""
    size = len(data)
    if size < 126:
        head = bytes([size | 128])
    else:
        head = struct.pack(">BH", 254, size) if size < 2**16 else struct.pack(">BQ", 255, size)
    return bytes([first]) + head + MASK + bytes(byte ^ MASK[i % 4] for i, byte in enumerate(data))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_frames_of_all_lengths(double, size):
    data = bytes(i % 251 for i in range(size))
    assert double.message(io.BytesIO(sent(data))) == data
    answered = double.frame(data)
    assert answered[0] == 0x82
    assert answered[1] < 128
    assert answered[len(answered) - size :] == data
    assert len(answered) - size == (2 if size < 126 else 4 if size < 65536 else 10)


def test_a_message_in_parts_and_the_end(double):
    stream = io.BytesIO(sent(b"one ", 0x01) + sent(b"two", 0x80) + sent(b"", 0x88))
    assert double.message(stream) == b"one two"
    with pytest.raises(EOFError):
        double.message(stream)
    with pytest.raises(ValueError):
        double.message(io.BytesIO())


def test_the_handshake_is_that_of_rfc_6455(double):
    asked = b"GET /sc2api HTTP/1.1\r\nHost: here\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" + sent(
        b"", 0x88
    )
    answered = io.BytesIO()
    stream = SimpleNamespace(
        readline=(source := io.BytesIO(asked)).readline, read=source.read, write=answered.write, flush=lambda: None
    )
    with pytest.raises(EOFError):
        double.serve(stream, SimpleNamespace(answer=None))
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" in answered.getvalue()


def test_an_installation(double, tmp_path):
    double.install(tmp_path / "game", "/a python")
    program = tmp_path / "game" / "Versions" / "Base75689" / "SC2_x64"
    assert program.stat().st_mode & 0o111
    assert "exec '/a python' " in program.read_text()
    assert (tmp_path / "game" / "Maps" / "SMAC_Maps" / "32x32_flat.SC2Map").is_file()


def test_it_is_small():
    assert len((Path(__file__).parent / "double.py").read_text().splitlines()) <= 250


def test_a_battle_in_messages(double, tmp_path):
    """As SMACv2 asks: create, join, spawn, shoot; who is shot loses health, and nobody else."""
    sc = pytest.importorskip("s2clientprotocol.sc2api_pb2", reason="s2clientprotocol is not installed")
    game = double.Game(tmp_path)

    def ask(**request):
        response = game.answer(sc.Request.FromString(sc.Request(id=7, **request).SerializeToString()))
        assert response.id == 7
        return response

    create = sc.RequestCreateGame(random_seed=1)
    create.player_setup.add(type=sc.Computer, difficulty=sc.VeryEasy)
    assert ask(create_game=create).status == sc.init_game
    assert ask(join_game=sc.RequestJoinGame()).status == sc.in_game
    assert len(ask(data=sc.RequestData()).data.units) == double.TYPES
    spawn = sc.RequestDebug()
    for kind, owner, x in ((double.TYPES - 5, 1, 10), (48, 2, 14)):  # marines
        new = spawn.debug.add().create_unit
        new.unit_type, new.owner, new.pos.x, new.pos.y = kind, owner, x, 16
    ask(debug=spawn)
    ask(step=sc.RequestStep(count=1))
    ally, enemy = ask(observation=sc.RequestObservation()).observation.observation.raw_data.units
    act = sc.RequestAction()
    command = act.actions.add().action_raw.unit_command
    command.ability_id, command.target_unit_tag = double.ATTACK, enemy.tag
    command.unit_tags.append(ally.tag)
    assert list(ask(action=act).action.result) == [1]
    ask(step=sc.RequestStep(count=1))
    _, enemy = ask(observation=sc.RequestObservation()).observation.observation.raw_data.units
    assert 0 < enemy.health < enemy.health_max
    kill = sc.RequestDebug()
    kill.debug.add().kill_unit.tag.extend([ally.tag, enemy.tag])
    ask(debug=kill)
    assert not ask(observation=sc.RequestObservation()).observation.observation.raw_data.units
    assert game.answer(sc.Request(quit=sc.RequestQuit())) is None
