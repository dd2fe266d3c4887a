"""What a dataclass of settings declares: the one reading of its fields, for whoever shows, checks or fills them."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from quorate.errors import RegistryError
from quorate.foreign import Foreign, cause, told
from quorate.settings import REQUIRED, Component, RunReference


@dataclass(frozen=True)
class Slot:
    """One field of a dataclass of settings: its annotation, and the kind of component that it chooses, if it does."""

    field: "dataclasses.Field[Any]"
    hint: Any
    name: str
    metadata: Mapping[str, Any]
    kind: str | None

    @property
    def default(self) -> Any:
        """A new one each time; `REQUIRED` where there is none."""
        if self.field.default is not dataclasses.MISSING:
            return self.field.default
        return self.field.default_factory() if self.field.default_factory is not dataclasses.MISSING else REQUIRED

    @cached_property
    def shape(self) -> tuple[type[Any] | None, bool, bool]:
        """The dataclass in the annotation (or None), whether it is in a list, and whether null is allowed."""
        hint, optional = self.hint, self.hint in (Any, object)
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            arms = [arm for arm in typing.get_args(hint) if arm is not type(None)]
            optional = len(arms) < len(typing.get_args(hint))
            hint = arms[0] if len(arms) == 1 else None
        many = hint is list or typing.get_origin(hint) is list
        inner = next(iter(typing.get_args(hint)), None) if many else hint
        return (inner if isinstance(inner, type) and dataclasses.is_dataclass(inner) else None), many, optional


def slots_of(cls: type[Any]) -> list[Slot]:
    """The fields that are settings.

    Raises:
        RegistryError: the annotations of the dataclass can not be read.
    """
    try:
        with Foreign():
            hints = typing.get_type_hints(cls)
    except Exception as error:
        problem = f"the annotations of {cls.__qualname__} can not be read: {told(error)}."
        raise RegistryError(problem, fix="Its author must import or define what they name.") from cause(error)
    given = (field for field in dataclasses.fields(cls) if field.init)
    return [Slot(one, hints[one.name], one.name, one.metadata, one.metadata.get("kind")) for one in given]


def nested_of(hint: Any) -> type[Any] | None:
    """The dataclass that an annotation is, and whose keys are settings; components and runs are none."""
    is_class = isinstance(hint, type) and dataclasses.is_dataclass(hint)
    return hint if is_class and not issubclass(hint, (Component, RunReference)) else None
