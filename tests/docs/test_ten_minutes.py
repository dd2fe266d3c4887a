"""What a newcomer needs, as the page has it: no more than ten commands and forty lines of their own code."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "ten-minutes.md"
FENCE = re.compile(r"^```(\w+)( title=\"[^\"]+\")?[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDED = ("new", "list", "check", "run", "compare", "report")


def count(text):
    """The commands that the reader types, and the lines that are not blank in files that the reader writes."""
    commands, own = [], []
    for language, title, body in FENCE.findall(text):
        lines = [line for line in body.splitlines() if line.strip()]
        if title:
            own += lines
        elif language == "bash":
            commands += [part for line in lines for part in re.split(r"&&|;", line)]
    return commands, own


def test_ten_commands_and_forty_lines_are_enough():
    commands, own = count(PAGE.read_text(encoding="utf-8"))
    assert len(commands) <= 10
    assert len(own) <= 40
    assert max(map(len, own)) <= 120
    assert all(any(line.startswith(f"quorate {word} ") for line in commands) for word in NEEDED)


def test_the_page_says_how_many_lines():
    text = PAGE.read_text(encoding="utf-8")
    commands, own = count(text)
    assert len(commands) == 10
    assert f"ten\ncommands, {len(own)} lines of your code" in text


def test_what_is_typed_is_counted():
    text = '```bash\na && b\nc\n```\n\n```python title="x.py"\n1\n\n2\n```\n\n```text\nn\n```\n'
    assert count(text) == (["a ", " b", "c"], ["1", "2"])
