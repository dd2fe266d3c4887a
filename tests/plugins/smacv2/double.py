"""A double of the program StarCraft II: its real protocol (protobuf over a websocket), and a toy of its battles.

    python double.py FOLDER    # makes FOLDER; where SC2PATH names it, pysc2 starts this file as if it were the game

It needs the standard library and s2clientprotocol. Files in FOLDER/faults make it fail: ``crash`` (a number: it dies at
that step, once), ``no-spawn`` (no unit appears), ``late`` (a number: units appear so many loops late), ``broken``.
"""

import base64
import hashlib
import math
import os
import random
import re
import shlex
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

from s2clientprotocol import sc2api_pb2 as sc

SIZE = 32  # of the map's sides
TYPES = 209  # unit types, of which the last nine are those that agents play
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MOVE, ATTACK, HEAL = 16, 23, 386

# name: (Blizzard's id, health, shield, damage, range, loops between two shots); numbers are near the game's.
TABLE = {
    "baneling": (9, 30, 0, 16, 2, 1),
    "colossus": (4, 200, 150, 20, 7, 24),
    "hydralisk": (107, 90, 0, 12, 5, 10),
    "marauder": (51, 125, 0, 10, 6, 25),
    "marine": (48, 45, 0, 6, 5, 15),
    "medivac": (54, 150, 0, 0, 4, 1),
    "stalker": (74, 80, 80, 13, 6, 35),
    "zealot": (73, 100, 50, 16, 2, 22),
    "zergling": (105, 35, 0, 5, 2, 11),
}
RULES = {ids: rules for n, rules in enumerate(TABLE.values()) for ids in (rules[0], TYPES - len(TABLE) + n)}


def install(folder: Path, python: str = sys.executable) -> Path:
    """Lay the folder out as an installation of the game is; returns it."""
    program = folder / "Versions" / "Base75689" / "SC2_x64"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} {shlex.quote(str(Path(__file__).resolve()))} "$@"\n')
    program.chmod(0o755)
    (folder / "Maps" / "SMAC_Maps").mkdir(parents=True, exist_ok=True)
    (folder / "Maps" / "SMAC_Maps" / "32x32_flat.SC2Map").write_bytes(b"double")
    return folder


class Unit:
    def __init__(self, tag, kind, owner, x, y):
        self.tag, self.kind, self.owner, self.x, self.y = tag, kind, owner, x, y
        _, self.health, self.shield, self.damage, self.range, self.pause = RULES[kind]
        self.health_max, self.shield_max, self.cooldown, self.energy = self.health, self.shield, 0, 50.0
        self.order = None, None  # ability; point or tag

    def distance(self, x, y):
        return math.hypot(x - self.x, y - self.y)

    def walk(self, x, y):
        part = min(0.2 / (self.distance(x, y) or 1), 1)
        self.x = min(max(self.x + part * (x - self.x), 0.0), SIZE)
        self.y = min(max(self.y + part * (y - self.y), 0.0), SIZE)

    def write(self, out):
        out.tag, out.unit_type, out.owner = self.tag, self.kind, self.owner
        out.pos.x, out.pos.y, out.pos.z = self.x, self.y, 0.0
        for name in ("health", "health_max", "shield", "shield_max", "energy"):
            setattr(out, name, getattr(self, name))
        out.weapon_cooldown, out.radius = self.cooldown, 0.5


class Battle:
    """A toy: units walk and shoot, and enemies are the stronger the higher the difficulty is."""

    def __init__(self, seed, difficulty):
        self.chance, self.strength = random.Random(seed), difficulty / 10
        self.units, self.waiting, self.loop, self.tags = {}, [], 0, 0

    def create(self, delay, *unit):
        self.tags += 1
        self.waiting.append((self.loop + 1 + delay, Unit(self.tags, *unit)))

    def step(self):
        self.loop += 1
        self.units.update({unit.tag: unit for when, unit in self.waiting if when <= self.loop})
        self.waiting = [(when, unit) for when, unit in self.waiting if when > self.loop]
        for unit in [*self.units.values()]:
            unit.cooldown = max(unit.cooldown - 1, 0)
            if unit.tag in self.units:
                self.act(unit)

    def act(self, unit):
        """An ally obeys; an enemy goes for the nearest ally."""
        allies = [other for other in self.units.values() if other.owner == 1]
        if unit.owner == 1 and unit.order[0] == MOVE:
            unit.walk(*unit.order[1])
        elif unit.owner == 1 and unit.order[0] in (ATTACK, HEAL) and unit.order[1] in self.units:
            self.reach(unit, self.units[unit.order[1]])
        elif unit.owner == 2 and allies and unit.damage:
            self.reach(unit, min(allies, key=lambda ally: unit.distance(ally.x, ally.y)))

    def reach(self, unit, target):
        if unit.distance(target.x, target.y) > unit.range:
            unit.walk(target.x, target.y)
        elif not unit.damage and unit.energy >= 1:  # a medivac
            target.health, unit.energy = min(target.health + 1, target.health_max), unit.energy - 1
        elif unit.damage and not unit.cooldown:
            unit.cooldown = unit.pause
            harm = unit.damage * self.chance.uniform(0.8, 1.2) * (1.0 if unit.owner == 1 else self.strength)
            absorbed = min(target.shield, harm)
            target.shield, target.health = target.shield - absorbed, target.health - harm + absorbed
            if target.health <= 0:
                self.units.pop(target.tag, None)
            if unit.kind in (9, TYPES - len(TABLE)):  # a baneling bursts
                self.units.pop(unit.tag, None)


class Game:
    """Answers requests; `None` where there is no answer."""

    def __init__(self, faults):
        self.faults, self.status, self.battle, self.acted = faults, sc.launched, None, 0

    def fault(self, name):
        return int((self.faults / name).read_text() or 1) if (self.faults / name).exists() else 0

    def answer(self, request):
        if (kind := request.WhichOneof("request")) == "quit":
            return None
        response = sc.Response(id=request.id)
        getattr(response, kind).SetInParent()
        getattr(self, f"on_{kind}")(getattr(request, kind), getattr(response, kind))
        response.status = self.status
        return response

    def on_ping(self, asked, told):
        told.game_version, told.base_build = "double", 75689

    def on_create_game(self, asked, told):
        level = next((player.difficulty for player in asked.player_setup if player.type == sc.Computer), 1)
        self.battle, self.status = Battle(asked.random_seed, level), sc.init_game

    def on_join_game(self, asked, told):
        told.player_id, self.status = 1, sc.in_game

    def on_game_info(self, asked, told):
        start = told.start_raw
        start.map_size.x = start.map_size.y = start.playable_area.p1.x = start.playable_area.p1.y = SIZE
        for grid, bits, byte in ((start.pathing_grid, 1, b"\xff"), (start.terrain_height, 8, b"\x7f")):
            grid.size.x, grid.size.y, grid.bits_per_pixel = SIZE, SIZE, bits
            grid.data = byte * (SIZE * SIZE * bits // 8)

    def on_data(self, asked, told):
        for number in range(TYPES):
            told.units.add(unit_id=number, name=f"unit {number}")

    def on_debug(self, asked, told):
        for command in asked.debug:
            which = command.WhichOneof("command")
            if which == "create_unit" and not self.fault("no-spawn"):
                new = command.create_unit
                self.battle.create(self.fault("late"), new.unit_type, new.owner, new.pos.x, new.pos.y)
            for tag in command.kill_unit.tag if which == "kill_unit" else ():
                self.battle.units.pop(tag, None)

    def on_action(self, asked, told):
        self.acted += 1
        if self.acted == self.fault("crash"):
            (self.faults / "crash").unlink()
            os._exit(1)
        told.result.extend([1] * len(asked.actions))
        for action in asked.actions:
            command = action.action_raw.unit_command
            aim = command.target_unit_tag or (command.target_world_space_pos.x, command.target_world_space_pos.y)
            for tag in self.battle.units.keys() & set(command.unit_tags):
                self.battle.units[tag].order = command.ability_id, aim

    def on_step(self, asked, told):
        for _ in range(asked.count):
            self.battle.step()

    def on_observation(self, asked, told):
        told.observation.game_loop = self.battle.loop
        for unit in self.battle.units.values():
            unit.write(told.observation.raw_data.units.add())

    def on_save_replay(self, asked, told):
        told.data = b"double"


def message(stream):
    """One message of the client, as bytes; it may come in several frames."""
    whole = b""
    while True:
        first, second = stream.read(2)  # ValueError: it is gone
        size = second & 127
        if size > 125:
            size = int.from_bytes(stream.read(2 if size == 126 else 8), "big")
        mask, data = stream.read(4), stream.read(size)
        if first & 15 == 8:  # it closes
            raise EOFError
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        whole += (int.from_bytes(data, "big") ^ key).to_bytes(size, "big")
        if first & 128:
            return whole


def frame(data):
    """A binary frame."""
    size = len(data)
    long = (">BH", 126) if size < 2**16 else (">BQ", 127)
    return b"\x82" + (bytes([size]) if size < 126 else struct.pack(*long, size)) + data


def serve(stream, game):
    """Shake hands, then answer until the client is gone."""
    asked = b"".join(iter(stream.readline, b"\r\n"))
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", asked)[1]
    stream.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    stream.write(b"Sec-WebSocket-Accept: %s\r\n\r\n" % base64.b64encode(hashlib.sha1(key + GUID).digest()))
    stream.flush()
    while (response := game.answer(sc.Request.FromString(message(stream)))) is not None:
        stream.write(frame(response.SerializeToString()))
        stream.flush()


def main(arguments):
    if len(arguments) == 1:
        return print(install(Path(arguments[0]).resolve()))
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    game = Game(Path(given["-dataDir"]) / "faults")
    if game.fault("broken"):
        sys.exit("the double is told not to start")
    with socket.create_server((given["-listen"], int(given["-port"]))) as server:
        while True:  # it outlives a client that does not say `quit`, as the game may
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rwb") as stream, suppress(EOFError, ValueError, ConnectionError):
                return serve(stream, game)


if __name__ == "__main__":
    main(sys.argv[1:])
