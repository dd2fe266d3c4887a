"""A double of the program StarCraft II: its real protocol (protobuf over a websocket), and a toy of its battles.

    python double.py FOLDER    # makes FOLDER; where SC2PATH names it, pysc2 starts this file as if it were the game

It needs the standard library and s2clientprotocol. Files in FOLDER/faults make it fail: ``crash`` (a number: it dies at
that step of a battle, once), ``no-spawn`` (no unit appears), ``late`` (a number: units appear so many loops late),
``broken`` (it does not start).
"""

import base64
import hashlib
import math
import os
import random
import shlex
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

from s2clientprotocol import sc2api_pb2 as sc

SIZE = 32  # of the map's sides
MAPS = ("32x32_flat", "10gen_zerg", "10gen_terran", "10gen_protoss")
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
    for name in MAPS:
        (folder / "Maps" / "SMAC_Maps" / f"{name}.SC2Map").write_bytes(b"double")
    return folder


class Unit:
    def __init__(self, tag, kind, owner, x, y):
        self.tag, self.kind, self.owner, self.x, self.y = tag, kind, owner, x, y
        _, self.health, self.shield, self.damage, self.range, self.pause = RULES[kind]
        self.health_max, self.shield_max, self.cooldown, self.energy = self.health, self.shield, 0, 50.0
        self.order = None  # (ability, point or tag)

    def distance(self, other):
        return math.hypot(other.x - self.x, other.y - self.y)

    def walk(self, x, y):
        length = math.hypot(x - self.x, y - self.y)
        part = min(0.2, length) / (length or 1)
        self.x = min(max(self.x + part * (x - self.x), 0.0), SIZE)
        self.y = min(max(self.y + part * (y - self.y), 0.0), SIZE)

    def write(self, out):
        out.tag, out.unit_type, out.owner = self.tag, self.kind, self.owner
        out.pos.x, out.pos.y, out.pos.z = self.x, self.y, 0.0
        out.health, out.health_max = self.health, self.health_max
        out.shield, out.shield_max = self.shield, self.shield_max
        out.energy, out.weapon_cooldown = self.energy, self.cooldown


class Battle:
    """Allies obey; enemies go for the nearest ally, and are the stronger the higher the difficulty is."""

    def __init__(self, seed, difficulty):
        self.chance, self.strength = random.Random(seed), difficulty / 10
        self.units, self.waiting, self.loop, self.tags = {}, [], 0, 0

    def create(self, kind, owner, x, y, delay):
        self.tags += 1
        self.waiting.append((self.loop + 1 + delay, Unit(self.tags, kind, owner, x, y)))

    def step(self):
        self.loop += 1
        self.units.update({unit.tag: unit for when, unit in self.waiting if when <= self.loop})
        self.waiting = [(when, unit) for when, unit in self.waiting if when > self.loop]
        for unit in list(self.units.values()):
            unit.cooldown = max(unit.cooldown - 1, 0)
            if unit.tag in self.units:
                self.command(unit) if unit.owner == 1 else self.chase(unit)

    def command(self, unit):
        ability, target = unit.order or (None, None)
        if ability == MOVE:
            unit.walk(*target)
        elif ability in (ATTACK, HEAL) and target in self.units:
            self.reach(unit, self.units[target])

    def chase(self, unit):
        foes = [other for other in self.units.values() if other.owner != unit.owner]
        if foes and unit.damage:
            self.reach(unit, min(foes, key=unit.distance))

    def reach(self, unit, target):
        if unit.distance(target) > unit.range:
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
        file = self.faults / name
        return int(file.read_text() or 1) if file.exists() else 0

    def answer(self, request):
        kind = request.WhichOneof("request")
        if kind == "quit":
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
        start.playable_area.p0.x = start.playable_area.p0.y = 0
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
                self.battle.create(new.unit_type, new.owner, new.pos.x, new.pos.y, self.fault("late"))
            for tag in command.kill_unit.tag if which == "kill_unit" else ():
                self.battle.units.pop(tag, None)

    def on_action(self, asked, told):
        self.acted += 1
        if self.acted == self.fault("crash"):
            (self.faults / "crash").unlink()
            os._exit(1)
        for action in asked.actions:
            told.result.append(1)
            command = action.action_raw.unit_command
            aim = command.target_unit_tag or (command.target_world_space_pos.x, command.target_world_space_pos.y)
            for tag in command.unit_tags:
                if tag in self.battle.units:
                    self.battle.units[tag].order = (command.ability_id, aim)

    def on_step(self, asked, told):
        for _ in range(asked.count):
            self.battle.step()
        told.simulation_loop = self.battle.loop

    def on_observation(self, asked, told):
        told.observation.game_loop = self.battle.loop
        for unit in self.battle.units.values():
            unit.write(told.observation.raw_data.units.add())

    def on_save_replay(self, asked, told):
        told.data = b"double"


def read(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def message(stream):
    """One message of the client, as bytes; it may come in several frames."""
    whole = b""
    while True:
        first, second = read(stream, 2)
        size = second & 127
        if size > 125:
            size = int.from_bytes(read(stream, 2 if size == 126 else 8), "big")
        mask = read(stream, 4)
        data = read(stream, size)
        if first & 15 == 8:  # it closes
            raise EOFError
        if first & 15 < 3:
            key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
            whole += (int.from_bytes(data, "big") ^ key).to_bytes(size, "big")
            if first & 128:
                return whole


def frame(data):
    """A binary frame."""
    size = len(data)
    head = bytes([size]) if size < 126 else struct.pack(">BH", 126, size)
    return b"\x82" + (head if size < 2**16 else struct.pack(">BQ", 127, size)) + data


def serve(stream, game):
    """Shake hands, then answer until the client is gone."""
    lines = iter(lambda: stream.readline().strip(), b"")
    headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(b":") for line in lines)}
    accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + GUID).digest())
    words = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    stream.write(words + accept + b"\r\n\r\n")
    stream.flush()
    while (response := game.answer(sc.Request.FromString(message(stream)))) is not None:
        stream.write(frame(response.SerializeToString()))
        stream.flush()


def main(arguments):
    if len(arguments) == 1:
        print(install(Path(arguments[0]).resolve()))
        return
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    game = Game(Path(given["-dataDir"]) / "faults")
    if game.fault("broken"):
        sys.exit("the double is told not to start")
    with socket.create_server((given["-listen"], int(given["-port"]))) as server:
        connection, _ = server.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection.makefile("rwb") as stream, suppress(EOFError, ConnectionError):
        serve(stream, game)


if __name__ == "__main__":
    main(sys.argv[1:])
