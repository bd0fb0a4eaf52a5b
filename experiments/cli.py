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
FewCustomers = Annotated[int, typer.Option(help="Customers per replication of the short run.")]
FewDays = Annotated[int, typer.Option(help="Days of the short run.")]
FewReplications = Annotated[int, typer.Option(help="Replications of the short run.")]
Customers = Annotated[int, typer.Option(help="Customers per replication.")]
Replications = Annotated[int, typer.Option(help="Customer bases, each with its own luck.")]
Seed = Annotated[int, typer.Option(help="Seed of all luck.")]
Days = Annotated[int | None, typer.Option(help="Days of the horizon, instead of the scenario's.")]
Tail = Annotated[int | None, typer.Option(help="Days after the horizon, instead of the scenario's.")]
Population = Annotated[Path | None, typer.Option(help="A population file, instead of the scenario's.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a value of the scenarios.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Run folder.  [default: runs/SCENARIO-HASH]")]
Jobs = Annotated[int | None, typer.Option(help="Processes.  [default: one per processor]")]
Log = Annotated[str | None, typer.Option(help="Event log: all, contacts, none, or a share of customers such as 0.1.")]
Bucket = Annotated[str | None, typer.Option(help="Time bucket such as 1h; changes speed, never results.")]
Shared = Annotated[Path | None, typer.Option(metavar="FILE", help="Replay shared/path.npz of another run.")]
Least = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE|AMOUNT",
        help="Least difference that matters: a share of the baseline's contribution, or an amount per customer.  "
        "[default: 0.1%]",
    ),
]
Latent = Annotated[bool, typer.Option("--latent", help="Also write the hidden truth about customers.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


def main() -> None:
    """Entry point of the script ``crmsim``."""
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


@app.command()
@answered
def run(
    scenario: ScenarioArgument,
    customers: Customers = 5_000,
    days: Days = None,
    tail: Tail = None,
    replications: Replications = 20,
    seed: Seed = 1,
    population: Population = None,
    set_: Set = None,
    out: Out = None,
    jobs: Jobs = None,
    log: Log = None,
    bucket: Bucket = None,
    shared: Shared = None,
    latent: Latent = False,
    json_: Json = False,
) -> None:
    """Run one scenario against silence and write its report."""
    from experiments import commands

    asked = commands.asked(customers, replications, seed, log, bucket, latent, shared)
    changes = commands.changes(days, tail, population, set_ or [])
    commands.run_and_tell([scenario], [], asked, changes, out, jobs, json_)


@app.command()
@answered
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios; the first is the baseline.")
    ],
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="each|CHAIN", help="Add an arm: the first scenario without this chain (each: every)."),
    ] = None,
    customers: Customers = 5_000,
    days: Days = None,
    tail: Tail = None,
    replications: Replications = 20,
    seed: Seed = 1,
    population: Population = None,
    set_: Set = None,
    out: Out = None,
    jobs: Jobs = None,
    log: Log = None,
    bucket: Bucket = None,
    shared: Shared = None,
    latent: Latent = False,
    least: Least = None,
    json_: Json = False,
) -> None:
    """Compare scenarios over the same customers with the same luck and write the report.

    One scenario with --set is compared as it stands with the scenario as changed; with several scenarios, or with
    --without, --set changes all arms.
    """
    from experiments import commands

    asked = commands.asked(customers, replications, seed, log, bucket, latent, shared)
    changes = commands.changes(days, tail, population, set_ or [])
    limit = commands.least_difference(least)
    commands.run_and_tell(scenarios, without or [], asked, changes, out, jobs, json_, limit, compared=True)


@app.command()
@answered
def explain(
    run: RunArgument,
    customer: Annotated[int, typer.Option(help="Number of the customer.")],
    replication: Annotated[int, typer.Option(help="Number of the replication.")] = 0,
    arm: Arm = None,
    json_: Json = False,
) -> None:
    """Tell one customer's story: what happened, what was decided, and why not."""
    from experiments.explain import explain as tell

    story = tell(run, customer, replication, arm)
    _print_json(story.to_json()) if json_ else print(story.to_text())


@app.command()
@answered
def reach(
    target: ScenarioOrRun,
    arm: Arm = None,
    customers: FewCustomers = 2_000,
    days: FewDays = 28,
    replications: FewReplications = 5,
    seed: Seed = 1,
    population: Population = None,
    set_: Set = None,
    out: Out = None,
    jobs: Jobs = None,
    json_: Json = False,
) -> None:
    """Tell who enters each chain, and who can be reached through which channel at which step."""
    from experiments import commands
    from experiments.contact_log import ContactLog
    from experiments.reach import reach as listings

    asked = commands.asked(customers, replications, seed, "contacts", None, False, None)
    changes = commands.changes(days, 0, population, set_ or [])
    log = ContactLog.open(commands.run_or_folder(target, asked, changes, out, jobs), arm)
    commands.list_and_tell(log, listings(log), json_)


@app.command()
@answered
def load(
    target: ScenarioOrRun,
    arm: Arm = None,
    customers: FewCustomers = 2_000,
    days: FewDays = 28,
    replications: FewReplications = 5,
    seed: Seed = 1,
    population: Population = None,
    set_: Set = None,
    out: Out = None,
    jobs: Jobs = None,
    json_: Json = False,
) -> None:
    """Tell how many contacts customers get in a week, who gets too many, and which chain eats the limits."""
    from experiments import commands
    from experiments.contact_log import ContactLog
    from experiments.load import load as listings

    commands.at_least_a_week(days)
    asked = commands.asked(customers, replications, seed, "contacts", None, False, None)
    changes = commands.changes(days, 0, population, set_ or [])
    log = ContactLog.open(commands.run_or_folder(target, asked, changes, out, jobs), arm)
    commands.list_and_tell(log, listings(log), json_)


@app.command()
@answered
def ledger(
    target: ScenarioOrRun,
    arm: Arm = None,
    customers: FewCustomers = 2_000,
    days: FewDays = 28,
    replications: FewReplications = 5,
    seed: Seed = 1,
    population: Population = None,
    set_: Set = None,
    out: Out = None,
    jobs: Jobs = None,
    json_: Json = False,
) -> None:
    """Tell why contacts were not sent or late: by rule, chain, step, channel, segment, and what displaced them."""
    from experiments import commands
    from experiments.contact_log import ContactLog
    from experiments.ledger import ledger as listings

    asked = commands.asked(customers, replications, seed, "contacts", None, False, None)
    changes = commands.changes(days, 0, population, set_ or [])
    log = ContactLog.open(commands.run_or_folder(target, asked, changes, out, jobs), arm)
    commands.list_and_tell(log, listings(log, detailed=json_), json_)


@app.command()
@answered
def dialects(
    scenario: ScenarioArgument,
    customers: FewCustomers = 2_000,
    days: FewDays = 42,
    replications: FewReplications = 5,
    seed: Seed = 1,
    population: Population = None,
    set_: Set = None,
    out: Out = None,
    jobs: Jobs = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, as in the documentation.")] = False,
    json_: Json = False,
) -> None:
    """Put a scenario's chains under the limits of every vendor's dialect, and tell how they differ."""
    from experiments import commands

    asked = commands.asked(customers, replications, seed, "contacts", None, False, None)
    changes = commands.changes(days, 0, population, set_ or [])
    folder = commands.run_dialects(scenario, asked, changes, out, jobs)
    commands.tell_dialects(folder, json_, markdown)


@app.command()
@answered
def check(
    files: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenario files or shipped scenarios.")],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print what the files amount to, and where each key comes from.")
    ] = False,
    json_: Json = False,
) -> None:
    """Check scenarios and print everything that is wrong; exit code 1 if anything is."""
    from experiments import commands

    checked = [commands.check(name, resolved) for name in files]
    if json_:
        _print_json({"files": [found.to_json() for found in checked]})
    else:
        print("\n".join(found.to_text() for found in checked))
    if any(found.problems for found in checked):
        raise typer.Exit(1)


@app.command()
@answered
def model(json_: Json = False) -> None:
    """Print every parameter of the customer model: default, unit, grade, range, source."""
    from experiments.modelsheet import parameters, sheet

    rows = parameters()
    _print_json({"parameters": rows}) if json_ else print(sheet(rows))


@app.command()
@answered
def report(run: RunArgument, least: Least = None, json_: Json = False) -> None:
    """Make report.html of a run folder again."""
    from experiments import commands

    commands.tell(run, json_, commands.least_difference(least))


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    print()
