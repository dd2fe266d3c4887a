"""Entering an interpreter in the user's settings, with everything else in the file as it was."""

from pathlib import Path
from typing import Any

from quorate.documents import parse_document, read_document
from quorate.errors import ConfigError
from quorate.folders.files import write_bytes
from quorate.interpreters import settings_file, user_settings


def prepare() -> None:
    """See to it that `enter` will do: that the user's settings have no mistake, and that a file named for them exists.

    Raises:
        ConfigError: they have one.
    """
    file = settings_file()
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    user_settings()


def enter(name: str, path: Path) -> Path:
    """Write an interpreter's path into the user's settings.

    Args:
        name: of the interpreter; what the file says of it already is replaced.
        path: of the virtual environment.

    Returns:
        The file.

    Raises:
        ConfigError: the file is malformed, or such that a line can not be added to it.
    """
    file = settings_file()
    before: dict[str, Any] = {}
    text = ""
    if file.exists():
        data, _ = read_document(file, ConfigError)
        before, text = data or {}, file.read_text("utf-8-sig")
    known = before.get("interpreters") or {}
    said = known.get(name)
    wanted = {
        **before,
        "interpreters": {**known, name: {**said, "path": str(path)} if isinstance(said, dict) else str(path)},
    }
    after = _edited(text, name, str(path), said)
    if _read(after, file) != wanted:
        fix = f"Write there yourself, below 'interpreters:', the line '  {name}: {path}'."
        raise ConfigError("The user's settings can not be added to by a line.", where=str(file), fix=fix)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(file, after.encode())
    return file


def _read(text: str, file: Path) -> Any:
    try:
        return parse_document(text, str(file), ConfigError)[0]
    except ConfigError:
        return None


def _edited(text: str, name: str, path: str, said: Any) -> str:
    """The text with the line; whether it says what is wanted is seen afterwards."""
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines) if line.split("#")[0].rstrip() == "interpreters:"]
    if not heads:
        return "\n".join([*lines, "interpreters:", f"  {name}: {_quoted(path)}", ""])
    own = [number for number, line in enumerate(lines) if number > heads[0] and line.strip().startswith(f"{name}:")]
    if isinstance(said, str) and own:
        indent = lines[own[0]][: -len(lines[own[0]].lstrip())]
        lines[own[0]] = f"{indent}{name}: {_quoted(path)}"
    elif isinstance(said, dict) and own:
        at = next((n for n in range(own[0] + 1, len(lines)) if lines[n].strip().startswith("path:")), own[0])
        lines[at] = f"{lines[at][: -len(lines[at].lstrip())]}path: {_quoted(path)}"
    else:
        after = lines[heads[0] + 1] if len(lines) > heads[0] + 1 else ""
        indent = after[: -len(after.lstrip())] if after.lstrip() and after[0] == " " else "  "
        lines.insert(heads[0] + 1, f"{indent}{name}: {_quoted(path)}")
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return text if all(c.isalnum() or c in "/._-+" for c in text) else "'" + text.replace("'", "''") + "'"
