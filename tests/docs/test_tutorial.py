"""The tutorial: every command runs, and prints what the page shows.

Figures and single events may differ in luck when the model changes; words and tables may not.  ``UPDATE_TUTORIAL=1``
(``make tutorial``) writes the page anew.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```console\n\$ (?P<command>[^\n]+)\n(?P<shown>.*?)^```$", re.MULTILINE | re.DOTALL)
FIRST = 8
"""So many lines are shown of an output that ends in ``…``."""

EXACT = ("cp", "check")
"""Commands whose output hangs on nothing but the files."""

ALIKE = 0.7
"""So much of the lines of other commands, figures apart, must be as shown; of single customers a part."""


def run(command: str) -> str:
    """What a command of the page prints; the test's folder is the clone."""
    words = shlex.split(command)
    if words[0] == "cp":
        shutil.copy(words[1], words[2])
        return ""
    assert words[0] == "crmsim", command
    done = CliRunner().invoke(app, words[1:], env={"COLUMNS": "80"}, catch_exceptions=False)
    assert done.exit_code == 0, f"{command}\n{done.output}"
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.replace("\u00a0", " ").splitlines())


RULES = re.compile(r"[\s─━┃│┏┓┗┛┡┩┳┻╇└┘┴┬├┤]+")
FIGURES = re.compile(r"[+−<±]?\d[\d ,.]*")


def words_of(text: str) -> list[str]:
    """Lines without their figures, spaces and rules."""
    bare = (RULES.sub(" ", FIGURES.sub("#", line)).strip() for line in text.splitlines())
    return [line for line in bare if line]


def blocks() -> Iterator[re.Match[str]]:
    yield from BLOCK.finditer(PAGE.read_text(encoding="utf-8"))


def test_the_page_has_its_commands() -> None:
    commands = [shlex.split(block["command"]) for block in blocks()]
    assert [words[0] if words[0] != "crmsim" else words[1] for words in commands] == [
        "cp", "check", "reach", "compare", "compare", "explain", "explain",
    ]  # fmt: skip


@pytest.mark.slow
def test_commands_print_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    page = PAGE.read_text(encoding="utf-8")
    for block in list(blocks()):
        printed = run(block["command"])
        if block["shown"].endswith("…\n"):
            printed = "\n".join([*printed.splitlines()[:FIRST], "…\n"])
        words = shlex.split(block["command"])
        if os.environ.get("UPDATE_TUTORIAL"):
            page = page.replace(block[0], f"```console\n$ {block['command']}\n{printed}```")
        elif EXACT[0] == words[0] or EXACT[1] in words[:2]:
            assert printed == block["shown"], block["command"]
        else:
            alike = difflib.SequenceMatcher(None, words_of(printed), words_of(block["shown"]), autojunk=False).ratio()
            least = ALIKE / 2.0 if words[1] == "explain" else ALIKE
            assert alike >= least, f"{block['command']} prints something else; make tutorial renews the page\n{printed}"
    if os.environ.get("UPDATE_TUTORIAL"):
        PAGE.write_text(page, encoding="utf-8")
