"""The tutorial and the pages on comparisons and assumptions: every command runs, and prints what the page shows.

A block ``text`` is a part of what the command before it printed: from its first line, or the title above a table, to
the next empty line.  A block ``yaml`` that begins with the name of a file is written there first.  Figures and single
events may differ in luck when the model changes; words and tables may not.
``UPDATE_TUTORIAL=1`` (``make tutorial``) writes the pages anew.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from sim.parameters import all_parameters

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL, READING = ROOT / "docs" / "tutorial.md", ROOT / "docs" / "how-to" / "reading-a-comparison.md"
SENSITIVITY = ROOT / "docs" / "how-to" / "sensitivity.md"
COMMANDS = {
    TUTORIAL: ["cp", "check", "reach", "compare", "compare", "explain", "explain"],
    READING: ["compare", "report"],
    SENSITIVITY: ["compare", "compare"],
}
BLOCK = re.compile(
    r"^```(?:console\n\$ (?P<command>[^\n]+)|text)\n(?P<shown>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
FILE = re.compile(r"^```yaml\n# (?P<name>\w+\.yaml)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
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


def blocks(page: Path) -> list[re.Match[str]]:
    """The blocks of commands and of parts of their outputs."""
    return list(BLOCK.finditer(page.read_text(encoding="utf-8")))


def part_of(output: str, first: str) -> str:
    """The part of an output that begins with a line, figures and spaces apart."""
    lines = output.splitlines()
    begin = next((at for at, line in enumerate(lines) if words_of(line) == words_of(first)), None)
    assert begin is not None, f"no line says {first.strip()!r} in\n{output}"
    end = next((at for at in range(begin, len(lines)) if not lines[at].strip()), len(lines))
    return "".join(f"{line}\n" for line in lines[begin:end])


def shortened(output: str, shown: str) -> str:
    """The output, and for a block that ends in ``…`` as many first lines of it as that shows."""
    if not shown.endswith("…\n"):
        return output
    return "\n".join([*output.splitlines()[: shown.count("\n") - 1], "…\n"])


@pytest.mark.parametrize("page", COMMANDS, ids=lambda page: page.stem)
def test_the_page_has_its_commands(page: Path) -> None:
    commands = [shlex.split(block["command"]) for block in blocks(page) if block["command"]]
    assert [words[0] if words[0] != "crmsim" else words[1] for words in commands] == COMMANDS[page]


@pytest.mark.slow
@pytest.mark.parametrize("page", COMMANDS, ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text, output, words = page.read_text(encoding="utf-8"), "", [""]
    for file in FILE.finditer(text):
        (tmp_path / file["name"]).write_text(file["text"], encoding="utf-8")
    for block in blocks(page):
        shown = block["shown"]
        if block["command"]:
            output, words = run(block["command"]), shlex.split(block["command"])
            printed = shortened(output, shown)
        else:
            printed = part_of(output, shown.splitlines()[0])
        if os.environ.get("UPDATE_TUTORIAL"):
            text = text.replace(block[0], f"{block[0].removesuffix(f'{shown}```')}{printed}```")
        elif words[0] == EXACT[0] or EXACT[1] in words[:2]:
            assert printed == shown, block["command"]
        else:
            alike = difflib.SequenceMatcher(None, words_of(printed), words_of(shown), autojunk=False).ratio()
            least = ALIKE / 2.0 if words[1] == "explain" else ALIKE
            assert alike >= least, f"{words} prints something else; make tutorial renews the page\n{printed}"
    if os.environ.get("UPDATE_TUTORIAL"):
        page.write_text(text, encoding="utf-8")


def test_the_numbers_that_are_worth_trying_are_assumptions_of_the_model() -> None:
    grades = {info.name: info.grade for info in all_parameters()}
    rows = re.findall(r"^\|.*\|(.*)\|$", SENSITIVITY.read_text(encoding="utf-8").partition("## 2.")[0], re.MULTILINE)
    named = re.findall(r"`(\w+\.\w+)`", "".join(rows))
    assert len(named) > 15
    assert {name: grades[name] for name in named if grades[name] != "D"} == {}


def test_the_base_that_bears_half_as_much_has_twice_the_default() -> None:
    defaults = {info.name: info.default for info in all_parameters()}
    told = re.findall(r"(\w+): \{fatigue: ([\d.]+)\}", SENSITIVITY.read_text(encoding="utf-8"))
    assert {name: float(value) for name, value in told} == {
        name: 2.0 * defaults[f"{name}.fatigue"] for name in ("response", "exits", "trust")
    }
