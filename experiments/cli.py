"""The command line ``crmsim``.

Exit codes: 0 done; 1 the question was answered with no (a scenario has errors); 2 bad input;
70 the run broke off (no memory, disk full, a killed worker, an error in crm-sandbox itself);
130 interrupted.  Heavy imports stand inside the commands, so that help answers at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.answers import answered, debugging
from experiments.one_target import OneTarget
from experiments.options import (
    SHORT,
    SIX_WEEKS,
    UNCHANGED,
    USUAL,
    ChangeOptions,
    RunOptions,
    ShortRunOptions,
    given,
    spread,
)
from experiments.streams import write_in_any_encoding

app = typer.Typer(
    help="Try a CRM communication strategy on synthetic customers before real ones get it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file or a shipped scenario.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
ScenarioOrRun = Annotated[
    str, typer.Argument(metavar="SCENARIO|RUN", help="A scenario, which is run for a short time, or a run folder.")
]
Arm = Annotated[str | None, typer.Option(help="Name of the arm in a run folder.  [default: the first]")]
Least = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE|AMOUNT",
        help="Least difference that matters: a share of the baseline's contribution, or an amount per customer.  "
        "[default: 0.1%]",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


def main() -> None:
    """Entry point of the script ``crmsim``."""
    write_in_any_encoding()
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"crmsim {version('crm-sandbox')}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
) -> None:
    """Try a CRM communication strategy on synthetic customers before real ones get it."""
    debugging.set(debug)


@app.command(cls=OneTarget)
@answered
@spread
def run(
    scenario: ScenarioArgument,
    options: RunOptions = USUAL,
    json_: Json = False,
) -> None:
    """Run one scenario against silence and write its report."""
    from experiments import commands

    commands.run_and_tell([scenario], [], options, json_)


@app.command()
@answered
@spread
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios; the first is the baseline.")
    ],
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="each|CHAIN", help="Add an arm: the first scenario without this chain (each: every)."),
    ] = None,
    options: RunOptions = USUAL,
    least: Least = None,
    json_: Json = False,
) -> None:
    """Compare scenarios over the same customers with the same luck and write the report.

    One scenario with --set is compared as it stands with the scenario as changed; with several scenarios, or with
    --without, --set changes all arms.
    """
    from experiments import commands

    limit = commands.least_difference(least)
    commands.run_and_tell(scenarios, without or [], options, json_, limit, compared=True)


@app.command(cls=OneTarget)
@answered
def explain(
    run: RunArgument,
    customer: Annotated[
        int | None, typer.Option(help="Number of the customer; without it, customers worth explaining are listed.")
    ] = None,
    replication: Annotated[
        int | None, typer.Option(help="Number of the replication.  [default: 0 for a story, all for the lists]")
    ] = None,
    arm: Arm = None,
    chain: Annotated[
        str | None, typer.Option(metavar="NAME", help="List those whom this chain or campaign wrote to or refused.")
    ] = None,
    event: Annotated[
        str | None, typer.Option(metavar="NAME", help="List those to whom this event happened, with --chain: of it.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Customers in each list.  [default: 3]")] = None,
    json_: Json = False,
) -> None:
    """Tell one customer's story: what happened, what was decided, and which chains did not reach him, and why.

    Without --customer: list customers worth explaining, who got most messages, left, ordered after a click, were held
    or refused most, or whose contribution differs most between arms.
    """
    from experiments.explain import explain as tell
    from experiments.plan import PlanError
    from experiments.worth_explaining import LIMIT, Filters, choose

    if customer is None:
        found = choose(run, arm, Filters(chain, event, replication, LIMIT if limit is None else limit))
        _print_json(found.to_json()) if json_ else print(found.to_text())
        return
    for name, value in (("--chain", chain), ("--event", event), ("--limit", limit)):
        if value is not None:
            raise PlanError(f"{name} chooses among customers; leave it out with --customer {customer}")
    story = tell(run, customer, replication or 0, arm)
    _print_json(story.to_json()) if json_ else print(story.to_text())


@app.command(cls=OneTarget)
@answered
@spread
def reach(
    context: typer.Context,
    target: ScenarioOrRun,
    arm: Arm = None,
    chain: Annotated[
        str | None, typer.Option(metavar="NAME", help="Tell everything of this chain or campaign, nothing of others.")
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Tell everything of all chains, where a summary would be told.")
    ] = False,
    options: ShortRunOptions = SHORT,
    json_: Json = False,
) -> None:
    """Tell who enters each chain, and who can be reached through which channel at which step.

    Of more than three chains and campaigns a summary is told; --chain and --details tell more, --json has everything.
    """
    from experiments import questions
    from experiments.reach import reach as listings
    from experiments.reach_summary import view

    asked = given(context, options)
    questions.ask_and_tell(target, arm, options.as_run(), listings, json_, asked, view(chain, details))


@app.command(cls=OneTarget)
@answered
@spread
def load(
    context: typer.Context,
    target: ScenarioOrRun,
    arm: Arm = None,
    options: ShortRunOptions = SHORT,
    json_: Json = False,
) -> None:
    """Tell how many contacts customers get in a week, who gets too many, and which chain eats the limits."""
    from experiments import questions
    from experiments.load import load as listings

    questions.at_least_a_week(options.days)
    questions.ask_and_tell(target, arm, options.as_run(), listings, json_, given(context, options))


@app.command(cls=OneTarget)
@answered
@spread
def ledger(
    context: typer.Context,
    target: ScenarioOrRun,
    arm: Arm = None,
    segments: Annotated[
        bool, typer.Option("--segments", help="Tell also which rules held or dropped the contacts of each segment.")
    ] = False,
    options: ShortRunOptions = SHORT,
    json_: Json = False,
) -> None:
    """Tell why contacts were not sent or late: by rule, chain, step, channel, segment, and what displaced them."""
    from experiments import questions
    from experiments.ledger import ledger as listings

    asked = given(context, options)
    questions.ask_and_tell(target, arm, options.as_run(), lambda log: listings(log, json_, segments), json_, asked)


@app.command(cls=OneTarget)
@answered
@spread
def dialects(
    scenario: ScenarioArgument,
    options: ShortRunOptions = SIX_WEEKS,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, as in the documentation.")] = False,
    json_: Json = False,
) -> None:
    """Put a scenario's chains under the limits of every vendor's dialect, and tell how they differ."""
    from experiments import questions

    questions.tell_dialects(questions.run_dialects(scenario, options.as_run(), json_), json_, markdown)


@app.command()
@answered
@spread
def check(
    files: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenario files or shipped scenarios.")],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print what the files amount to, and where each key comes from.")
    ] = False,
    options: ChangeOptions = UNCHANGED,
    json_: Json = False,
) -> None:
    """Check scenarios and print everything that is wrong; exit code 1 if anything is.

    With --resolved the findings go to standard error, so that what is printed is a scenario file.
    """
    from experiments import commands

    changed = commands.changes_of(options.as_run())
    checked = [commands.check(name, resolved, changed) for name in files]
    if json_:
        _print_json({"files": [found.to_json() for found in checked]})
    else:
        for found in checked:
            if found.resolved:
                print(found.resolved.to_text().rstrip("\n"), flush=True)
            print(found.to_text(), file=sys.stderr if resolved else sys.stdout, flush=True)
    if any(found.problems for found in checked):
        raise typer.Exit(1)


@app.command()
@answered
def model(json_: Json = False) -> None:
    """Print every parameter of the customer model: default, unit, grade, range, source."""
    from experiments.modelsheet import parameters, sheet

    rows = parameters()
    _print_json({"parameters": rows}) if json_ else print(sheet(rows))


@app.command(cls=OneTarget)
@answered
def report(run: RunArgument, least: Least = None, json_: Json = False) -> None:
    """Make report.html of a run folder again."""
    from experiments import commands

    commands.tell(run, json_, commands.least_difference(least))


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    print()
