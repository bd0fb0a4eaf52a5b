"""Options that several commands share: declared once, spread over each command."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable

import typer
from typer.testing import CliRunner

from experiments import cli
from experiments.options import SHORT, SIX_WEEKS, USUAL, RunOptions, ShortRunOptions, spread


def app_of(usual: ShortRunOptions) -> tuple[typer.Typer, list[tuple[str, ShortRunOptions]]]:
    """A command line of one command, and what it was called with."""
    app, told = typer.Typer(), []

    @app.command()
    @spread
    def ask(target: str, options: ShortRunOptions = usual) -> None:
        told.append((target, options))

    return app, told


def test_a_command_gets_its_options_as_one_group() -> None:
    app, told = app_of(SHORT)
    arguments = ["calm", "--customers", "70", "--set", "a=1", "--set", "b=2", "--seed", "9"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert told == [("calm", dataclasses.replace(SHORT, customers=70, set_=["a=1", "b=2"], seed=9))]


def test_days_may_be_said_as_in_a_file() -> None:
    app, told = app_of(SHORT)
    for text in ("42", "42d", "6w"):
        assert CliRunner().invoke(app, ["calm", "--days", text]).exit_code == 0
    assert [options.days for _, options in told] == [42, 42, 42]
    refused = CliRunner().invoke(app, ["calm", "--days", "6 weeks"])
    assert refused.exit_code == 2
    words = " ".join(refused.output.replace("│", " ").split())
    assert "found '6 weeks', expected a whole number of days such as 90 or 90d" in words


def test_the_instance_that_stands_as_default_gives_the_defaults() -> None:
    for usual in (SHORT, SIX_WEEKS):
        app, told = app_of(usual)
        assert CliRunner().invoke(app, ["calm"]).exit_code == 0
        assert told == [("calm", usual)]


def test_a_short_run_has_no_tail_and_logs_its_contacts() -> None:
    short = dataclasses.replace(SHORT, customers=70, days=9, set_=["a=1"])
    assert short.as_run() == RunOptions(
        customers=70, days=9, tail=0, replications=5, seed=1, set_=["a=1"], log="contacts"
    )
    assert USUAL.log is None


def test_commands_of_one_group_offer_the_same_options() -> None:
    def options(command: Callable[..., None]) -> list[str]:
        shared = ("context", "scenario", "scenarios", "target", "arm", "json_")
        own = (*shared, "without", "least", "markdown", "chain", "details", "segments")
        return [name for name in inspect.signature(command).parameters if name not in own]

    assert options(cli.run) == options(cli.compare) == [field.name for field in dataclasses.fields(RunOptions)]
    short = [field.name for field in dataclasses.fields(ShortRunOptions)]
    assert all(options(command) == short for command in (cli.reach, cli.load, cli.ledger, cli.dialects))
