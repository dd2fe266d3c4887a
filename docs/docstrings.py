"""Docstrings as Markdown."""

import inspect
import re
import textwrap
from collections.abc import Iterator


def python_block(code: str) -> str:
    """Code in a fence."""
    return f"```python\n{code}\n```"


SECTIONS = {"Args:": "Arguments", "Attributes:": "Attributes", "Raises:": "Raises"}


def docstring(text: str) -> Iterator[str]:
    """A docstring as Markdown: indented blocks as code, the arguments as a list."""
    text = re.sub(r"(?m)^(    .*)\n\n(?=    )", r"\1\n    \n", text.replace("``", "`"))  # one block of code stays one
    for part in re.split(r"\n\n+", text):
        head, _, rest = part.partition("\n")
        if head == "Returns:":
            yield f"**Returns:** {' '.join(rest.split())}"
        elif head in SECTIONS:
            items = re.split(r"\n(?=\S)", textwrap.dedent(rest))
            named = [re.sub(r"^(\w+): ", r"`\1`: ", " ".join(item.split())) for item in items]
            yield "\n".join([f"**{SECTIONS[head]}:**", "", *(f"- {item}" for item in named)])
        elif part.startswith("- "):
            yield "\n".join(" ".join(item.split()) for item in re.split(r"\n(?=- )", part))
        elif part.startswith("    "):
            code = re.sub(r"\n\s*\n(?=@|def )", "\n\n\n", inspect.cleandoc(part))  # as `ruff format` has it
            yield python_block(code)
        else:
            yield " ".join(part.split())
