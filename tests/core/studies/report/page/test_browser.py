"""The page of a report in a real browser: on a desk and on a phone, without errors and without sideways scrolling."""

import html
import json
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from quorate.studies.report.document import build_report
from quorate.studies.report.page import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--enable-logging=stderr"),
]
DESKTOP, PHONE = (1200, 6400), (390, 9800)
"""Pixels; high enough for most of the page, whose screenshots are to be looked at."""

# Runs after the page's own script and tells the page around it what it finds.
PROBE = """<script>
addEventListener("load", () => {
  const inside = (element) => element.closest(".scroll, svg, .skip, script, style, head");
  const out = [...document.body.querySelectorAll("*")].filter(
    (element) => !inside(element) && element.getBoundingClientRect().right > innerWidth + 1);
  const letters = [...document.querySelectorAll("figure svg text")].map(
    (text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a);
  const dimmed = () => document.querySelectorAll("figure .dimmed").length;
  const item = document.querySelector(".legend .item");
  item.click();
  const pressed = dimmed();
  item.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  const shown = [...document.querySelectorAll("#differences :is(.state, code), #conventions code")];
  parent.postMessage({
    verdicts: document.querySelectorAll("#differences .state").length,
    right: Math.max(...shown.map((element) => element.getBoundingClientRect().right)),
    narrowest: Math.min(...shown.map((element) => element.closest("td, th").getBoundingClientRect().width)),
    scrolls: document.documentElement.scrollWidth, inner: innerWidth, letters: Math.min(...letters),
    out: out.map((element) => element.tagName + "." + element.className), legend: pressed > 0 && dimmed() === 0,
  }, "*");
});
</script>"""

# A window is never narrower than 500 pixels, a frame may be.
FRAME = """<!doctype html><title>frame</title><body style="margin: 0"><script>
addEventListener("message", (event) => { document.body.dataset.found = JSON.stringify(event.data); });
</script><iframe src="index.html" style="width: %dpx; height: %dpx; border: 0"></iframe>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome is installed")


@dataclass(frozen=True)
class Seen:
    """What a page measures at a size, what the console says, and how it looks."""

    found: dict[str, Any]
    console: list[str]
    picture: bytes


def browse(folder: Path, text: str, size: tuple[int, int]) -> Seen:
    (folder / "index.html").write_text(text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    frame, picture = folder / "frame.html", folder / "page.png"
    frame.write_text(FRAME % size, encoding="utf-8")
    flags = [f"--user-data-dir={folder / 'profile'}", f"--window-size={size[0]},{size[1]}", "--dump-dom"]
    command = [str(CHROMIUM), *FLAGS, *flags, f"--screenshot={picture}", frame.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    found = re.search(r'data-found="([^"]*)"', done.stdout)
    assert found, done.stdout[:2000] + done.stderr
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Seen(json.loads(html.unescape(found[1])), console, picture.read_bytes())


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_fits_its_window_and_has_no_errors(report, tmp_path, size):
    seen = browse(tmp_path, render(report), size)
    assert (seen.found["scrolls"], seen.found["inner"], seen.found["out"]) == (size[0], size[0], [])
    assert seen.found["legend"]
    assert seen.found["letters"] >= 9
    assert seen.console == []
    assert struct.unpack(">II", seen.picture[16:24]) == size
    assert len(seen.picture) > 100_000  # an empty page has a few thousand bytes


def test_the_report_of_a_comparison_fits_a_phone(comparison, tmp_path):
    seen = browse(tmp_path, render(build_report(comparison)), PHONE)
    assert (seen.found["scrolls"], seen.found["out"], seen.console) == (PHONE[0], [], [])


@pytest.mark.parametrize("width", [390, 1280])
def test_differences_and_conventions_of_six_variants_are_in_sight(document, tmp_path, width):
    report = document(6)
    for index, row in enumerate(report["conventions"].values()):
        row["return"] = f"the discounted sum of the rewards of {index} agents over an episode, from the first step"
    seen = browse(tmp_path, render(report), (width, 4000))
    assert seen.found["verdicts"] == len(report["differences"])
    assert seen.found["right"] <= width
    assert seen.found["narrowest"] >= 90


def test_many_long_names_fit_a_phone(document, tmp_path):
    names = [f"variant_with_a_very_long_name_that_has_no_space_{index}" for index in range(10)]
    report = document(names, 3, 2, {f"{names[0]}/mpe-simple-spread-v3/seed-1": "failed"})
    report["runs"][3]["error"] = "x" * 500
    report["problems"][0]["text"] = "y" * 500
    report["title"] = "title_" * 20
    seen = browse(tmp_path, render(report), PHONE)
    assert seen.found["out"] == []
    assert seen.found["scrolls"] == PHONE[0]


def test_what_is_wrong_is_seen(report, tmp_path):
    wrong = '<p style="width: 600px">wide</p><script>console.error("wrong")</script></main>'
    seen = browse(tmp_path, render(report).replace("</main>", wrong), PHONE)
    assert seen.found["scrolls"] > PHONE[0]
    assert seen.found["out"] == ["P."]
    assert len(seen.console) == 1
