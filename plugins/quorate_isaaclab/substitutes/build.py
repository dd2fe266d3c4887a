"""Run by the interpreter that has the converter: writes the assets that two tasks of Isaac Lab 3 ask for.

It imports nothing of Quorate: `python build.py HAND.xml CART.xml FOLDER`, and prints a line for each file.
"""

import os
import sys
from pathlib import Path

import mujoco_usd_converter
from pxr import Sdf, Usd, UsdGeom, UsdPhysics

GROUND = "Isaac/IsaacLab/Environments/Grid/default_ground_plane_checker_v1/default_ground_plane.usda"
HAND = "Isaac/Robots_Multiphysics/ShadowRobot/ShadowHandMultiPhysics_v0/right_hand/right_hand.usda"
CART = "Isaac/IsaacLab/Robots/Classic/CartDoublePendulum/cart_double_pendulum.usd"


def main(hand: str, cart: str, folder: str) -> None:
    """Write all three below a folder."""
    root = Path(folder)
    ground(root / GROUND)
    converted_cart = convert(cart, root / "converted" / "cart")
    refer(root / CART, converted_cart)
    converted_hand = convert(hand, root / "converted" / "hand")
    without_joint_motors(converted_hand)
    refer(root / HAND, converted_hand)


def convert(source: str, folder: Path) -> Path:
    """An MJCF file as USD."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(mujoco_usd_converter.Converter().convert(source, str(folder)).path)


def without_joint_motors(hand: Path) -> None:
    """Keep the motors of tendons: Isaac Lab drives joints by itself, and would hold those of joints at zero."""
    layer = Sdf.Layer.FindOrOpen(str(hand.parent / "Payload" / "Physics.usda"))
    scope = layer.GetPrimAtPath("/right_shadow_hand/Physics")
    for child in list(scope.nameChildren):
        if child.typeName != "MjcActuator":
            continue
        paths = child.relationships["mjc:target"].targetPathList
        target = (list(paths.explicitItems) + list(paths.prependedItems))[0]
        if "/Physics/" not in str(target):
            del scope.nameChildren[child.name]
    layer.Save()


def refer(path: Path, target: Path) -> None:
    """A stage that has another one as its content, by a relative path."""
    stage = new_stage(path)
    prim = UsdGeom.Xform.Define(stage, "/" + path.stem).GetPrim()
    prim.GetReferences().AddReference(os.path.relpath(target, path.parent))
    stage.SetDefaultPrim(prim)
    stage.GetRootLayer().Save()
    print(path, flush=True)


def ground(path: Path) -> None:
    """A plane that collides."""
    stage = new_stage(path)
    root = UsdGeom.Xform.Define(stage, "/ground").GetPrim()
    stage.SetDefaultPrim(root)
    plane = UsdGeom.Plane.Define(stage, "/ground/plane")
    plane.CreateAxisAttr("Z")
    plane.CreatePurposeAttr("guide")
    UsdPhysics.CollisionAPI.Apply(plane.GetPrim())
    stage.GetRootLayer().Save()
    print(path, flush=True)


def new_stage(path: Path) -> Usd.Stage:
    """An empty stage, metres, Z up."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    return stage


if __name__ == "__main__":
    main(*sys.argv[1:])
