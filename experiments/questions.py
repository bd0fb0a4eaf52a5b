"""Questions that are asked of the contacts in a run's log, or of a short run of a scenario."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.commands import changes_of, find, run_arms, settings_of
from experiments.contact_log import ContactLog
from experiments.dialects import OWN_POLICY, compare_dialects, overrides_of, telling_customer, timeline
from experiments.dialects import as_markdown as page
from experiments.listing import Listing, listings_to_json
from experiments.options import RunOptions
from experiments.plan import Arm, PlanError, arm_names
from experiments.runfolder import open_complete
from experiments.screen import Screen
from experiments.tables import SILENT
from experiments.tasks import with_tasks
from strategies.language.dialects import dialects

View = Callable[[ContactLog, list[Listing], bool], list[Listing]]
"""(log, all listings, for JSON) → those that are told."""


def whole(log: ContactLog, listings: list[Listing], as_json: bool) -> list[Listing]:
    """All listings."""
    return listings


def at_least_a_week(days: int) -> None:
    """Raises PlanError for fewer days than a question about weeks needs."""
    if days < 7:
        raise PlanError(f"--days {days}: expected at least 7, a full week")


def _run_or_folder(target: str, options: RunOptions, given: Sequence[str], quiet: bool) -> Path:
    """The run folder that a question is asked of: the one named, or that of a short run of the scenario named.

    given: the options of a run that stand on the command line.  Raises PlanError where there are some beside a run
    folder, which is as it is.
    """
    settings, changed = settings_of(options), changes_of(options)
    folder = Path(target)
    if (folder / "manifest.json").is_file():
        if given:
            raise PlanError(
                f"{target} is the folder of a finished run, which {', '.join(given)} cannot change; leave out what "
                "belongs to a new run, or name a scenario"
            )
        return folder
    file = find(target)
    [arm] = arm_names([file], SILENT)
    return run_arms([Arm(arm, changed.load(file), changed.overrides)], settings, options, f"short-{arm}", quiet)


def run_dialects(target: str, options: RunOptions, quiet: bool = False) -> Path:
    """The run folder of a scenario under its own policy and under every shipped dialect, one arm each.

    A scenario whose policy is one of the dialects as it stands has no arm of its own.
    """
    settings, changed = settings_of(options), changes_of(options)
    file = find(target)
    arms = []
    for name in dialects():
        overrides = (*overrides_of(file, name), *changed.overrides)
        scenario = dataclasses.replace(changed, overrides=overrides).load(file)
        arms.append(Arm(name, scenario, changed.overrides))
    own = changed.load(file)
    if all(arm.scenario.policy != own.policy for arm in arms):
        arms.insert(0, Arm(OWN_POLICY, own, changed.overrides))
    return run_arms(arms, settings, options, f"dialects-{file.stem}", quiet)


def tell_dialects(folder: Path, as_json: bool, as_markdown: bool) -> None:
    """Prints the table of dialects, and one customer's contacts under each."""
    logs = [ContactLog.open(folder, entry.arm) for entry in open_complete(folder).arms]
    listing = compare_dialects(logs)
    shown = timeline(logs, *telling_customer(logs))
    if as_json:
        found = {
            "manifest": dict(logs[0].plain_manifest()),
            "dialects": listing.to_json(),
            "customer": shown.to_json(logs),
        }
        json.dump(found, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
        print()
    elif as_markdown:
        print(page(listing, shown, logs), end="")
    else:
        console = Screen(markup=False)
        listing.render(console)
        for line in shown.lines(logs):
            console.print(line, soft_wrap=True)


def ask_and_tell(
    target: str,
    arm: str | None,
    options: RunOptions,
    question: Callable[[ContactLog], list[Listing]],
    as_json: bool,
    given: Sequence[str] = (),
    view: View = whole,
) -> None:
    """Prints what a question finds in the log of one arm of a run folder, or of a short run of a scenario.

    given: the options of a run that stand on the command line.  view: which of the listings are told.  Raises
    PlanError where options of a run stand beside a run folder.
    """
    log = ContactLog.open(_run_or_folder(target, options, given, as_json), arm)
    listings = view(log, with_tasks(log, question(log)), as_json)
    if as_json:
        found = listings_to_json(log.plain_manifest(), log.arm, listings)
        json.dump(found, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
        print()
        return
    console = Screen(markup=False)
    who = f"{log.manifest.replications} × {log.manifest.customers:,} customers, {log.manifest.days} days"
    console.print(f"{log.arm}: {who}; 95 % intervals", soft_wrap=True)
    if log.other_arms:
        console.print(f"Other arms of the run (--arm): {', '.join(log.other_arms)}", soft_wrap=True)
    for listing in listings:
        if listing.optional and not listing.rows:
            continue
        console.print()
        listing.render(console)
