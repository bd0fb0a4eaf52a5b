"""Every command that a page shows can be given: it names files and options that there are, and comes to its run."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments import runner
from experiments.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
COMMAND = re.compile(r"^\s*(?:\$ )?crmsim ([^`|\n]*(?:\\\n[^`|\n]*)*)", re.MULTILINE)
INLINE = re.compile(r"`crmsim ([^`\n]*)`")
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHIPPED = re.compile(r"(run|compare|reach|load|ledger|dialects) [a-z_]+( |$)")
OWN = ("my.yaml", "tired.yaml", "runs/")
"""What a reader of the page has made himself."""


class Reached(BaseException):
    """The command has come to its run."""


def commands() -> list[str]:
    """Commands of all pages that simulate something that is shipped."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    in_blocks = (found for text in texts for block in BLOCK.findall(text) for found in COMMAND.findall(block))
    in_lines = (found for text in texts for found in INLINE.findall(BLOCK.sub("", text)))
    shown = (found.replace("\\\n", " ").partition("#")[0] for found in (*in_blocks, *in_lines))
    told = {" ".join(one.split()) for one in shown}
    return sorted(one for one in told if SHIPPED.match(one) and "…" not in one and not any(own in one for own in OWN))


def test_there_are_such_commands() -> None:
    assert {one.split()[0] for one in commands()} >= {"run", "compare", "reach", "load", "ledger"}


@pytest.mark.parametrize("command", commands())
def test_a_command_comes_to_its_run(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def reached(*given: object, **named: object) -> None:
        raise Reached

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(runner, "run_plan", reached)
    words = [*shlex.split(command), "--out", str(tmp_path / "run")]
    with pytest.raises(Reached):
        pytest.fail(CliRunner().invoke(app, words).output)
