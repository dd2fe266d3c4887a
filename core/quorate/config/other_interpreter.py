"""Components that live in another Python interpreter: they are composed there, by the registry that is found there."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from quorate.config.resolved import protected
from quorate.documents import KeyPath, Places
from quorate.interpreters import Interpreter
from quorate.registry import Registry, Row
from quorate.registry.this_process import refuse_elsewhere, rows_here
from quorate.settings import Component


@dataclass
class OtherInterpreter:
    """One component in another interpreter.

    Attributes:
        name: of the interpreter.
        python: its executable.
        registry: of this interpreter; what it was made of is used there too.
        places: where values come from.
        path: of the component.
    """

    name: str
    python: str
    registry: Registry
    places: Places
    path: KeyPath

    def expand(self, value: dict[str, Any], given: dict[str, Any]) -> tuple[dict[str, Any], Row]:
        """Every setting as plain data, references left as they are, and the row there.

        Args:
            value: the component's mapping, with its name.
            given: the whole configuration as far as the user gave it.

        Raises:
            QuorateError: as of `Walk.component` there, or the interpreter can not be used.
        """
        refuse_elsewhere((row for row in rows_here() if row.name == value["name"]), "other interpreters")
        self._ask(value, given, final=False)
        for path, place in self._answer["places"]:
            self.places.known.setdefault(tuple(path), place)
        name, settings = value["name"], {key: item for key, item in self._answer["tree"].items() if key != "name"}
        return {"name": name, "interpreter": self.name, **settings}, self._row()

    def component(self, tree: dict[str, Any]) -> Component:
        """The component, of a tree without references.

        Raises:
            QuorateError: its settings do not fit, or name modules that may not be imported.
        """
        if "settings" not in self._answer:
            value = protected({key: item for key, item in tree.items() if key != "interpreter"})
            self._ask(value, {}, final=True)
        answer, row = self._answer, self._row()
        interpreter = Interpreter(self.name, self.python, row, self._versions, self._origin())
        settings = frozen(answer["settings"])
        return Component("environment", row.name, settings, row.target, answer["tags"], interpreter=interpreter)

    def _ask(self, value: dict[str, Any], given: dict[str, Any], *, final: bool) -> None:
        from quorate.interpreters.process import Worker

        worker = Worker(self.name, self.python)
        try:
            self._answer: dict[str, Any]
            self._answer, _ = worker.ask(
                "describe",
                timeout=worker.start_timeout,
                origin=self._origin(),
                given=given,
                value=value,
                path=list(self.path),
                file=self.places.file,
                known=[[list(path), place] for path, place in self.places.known.items()],
                final=final,
            )
            row = self._row()
            self._versions = worker.versions | ({row.distribution: row.version} if row.version else {})
        finally:
            worker.close()

    def _origin(self) -> dict[str, Any]:
        return {**self.registry.origin, "interpreters": {}}

    def _row(self) -> Row:
        data = self._answer["row"]
        tuples = {key: None if data[key] is None else tuple(data[key]) for key in ("needs", "allow")}
        return Row(**{**data, **tuples})


def frozen(values: dict[str, Any]) -> Any:
    """Settings whose dataclass this interpreter does not have: a frozen dataclass of the same fields."""
    cls = dataclasses.make_dataclass("Settings", [(name, Any) for name in values], frozen=True)
    return cls(**values)
