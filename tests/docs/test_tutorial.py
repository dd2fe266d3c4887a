"""Every command and file of the tutorials and the how-to pages is tried, in order; see `conftest`."""

from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = (
    "compare",
    "configure",
    "command-line",
    "information-sharing",
    "interpreters",
    "isaaclab",
    "longer",
    "mamujoco",
    "memory",
    "pettingzoo",
    "plugins",
    "policies",
    "reproduce",
    "runs",
    "shadow-hands",
    "smacv2",
    "smax",
)
PAGES = ["tutorial.md", "ten-minutes.md", "common-information.md", *(f"how-to/{name}.md" for name in HOW_TO)]

EXTRAS = {
    "how-to/mamujoco.md": "gymnasium_robotics",
    "how-to/shadow-hands.md": "gymnasium_robotics",
    "how-to/smax.md": "jaxmarl",
}
"""Pages that need what an extra installs, and a module of it."""


@pytest.mark.parametrize("page", PAGES)
def test_the_page_works_as_it_says(page, follow):
    pytest.importorskip(EXTRAS.get(page, "quorate"), reason="the extra that the page is about is not installed")
    assert follow((DOCS / page).read_text(encoding="utf-8")) >= 3


def test_the_page_of_python_works_as_it_says(follow):
    assert follow((DOCS / "how-to/python.md").read_text(encoding="utf-8"), python=True) >= 10


def page(*blocks):
    return "\n\n".join(f"{head}\n{body}\n```" for head, body in blocks) + "\n"


def test_words_are_added_to_the_last_command(follow):
    assert follow(page(("<!-- test: also two -->\n```bash", "true\necho one"), ("```text", "one two"))) == 1


def test_files_are_written_and_used(follow):
    assert follow(page(('```yaml title="a/b.yaml"', "key: 1"), ("```bash", "cat a/b.yaml"), ("```text", "key: 1"))) == 1


def test_python_is_run_in_one_process(follow):
    blocks = [("```python", "a = 1\nprint(a)"), ("```text", "1"), ("```python", "print(a + 1)"), ("```text", "2")]
    assert follow(page(*blocks), python=True) == 2
    with pytest.raises(AssertionError, match="raised"):
        follow(page(("```python", "nothing")), python=True)


@pytest.mark.parametrize(
    "blocks",
    [
        [("```bash", "false")],
        [("```bash", "false\ntrue")],
        [("<!-- test: exit 2 -->\n```bash", "true")],
        [("```bash", "echo one"), ("```text", "two")],
        [("```bash", "echo 1.5"), ("```text", "1.6")],
        [("```bash", "printf 'a\\nb\\n'"), ("```text", "a\n...\nc")],
        [("```bash", "echo psnr 1"), ("<!-- test: numbers vary -->\n```text", "rnsp 2")],
        [("```text", "no command")],
        [("<!-- test: skip -->\n```bash", "false")],
    ],
)
def test_a_page_that_is_wrong_fails(blocks, follow):
    with pytest.raises(AssertionError):
        follow(page(*blocks))


@pytest.mark.parametrize(
    "blocks",
    [
        [("<!-- test: exit 2 -->\n```bash", "echo bad >&2; exit 2"), ("```text", "bad")],
        [("```bash", "echo psnr 1"), ("<!-- test: numbers vary -->\n```text", "psnr 22.5")],
        [("```bash", "seq 5"), ("```text", "1\n...\n5")],
        [("```bash", "echo runs/a/20261121T025925Z-seed0"), ("```text", "runs/a/20260101T000000Z-seed0")],
        [("<!-- test: skip, it needs a GPU -->\n```bash", "false")],
    ],
)
def test_what_may_differ_differs(blocks, follow):
    follow(page(*blocks))
