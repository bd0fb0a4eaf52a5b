"""Dialects and changes on a date as the auditor reads them: the rules that hold in each stretch of the run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from tests.audit.words import DAY, Raw

BUNDLES = Path(__file__).parents[2] / "configs" / "dialects"


@dataclass(frozen=True)
class Phase:
    """A stretch from ``begin`` (seconds) on: policy, channels and slot as written, what the change did."""

    begin: int
    policy: Raw
    channels: Raw
    slot: Raw
    resets: bool = False
    ends_runs: bool = False


def phases(raw: Raw, start: dt.date) -> list[Phase]:
    """All stretches of a scenario, in order."""
    policy, channels = _whole(raw.get("contact_policy") or {}, {}), raw.get("channels", {})
    slot = raw.get("in_app_slot") or {}
    found = [Phase(0, policy, channels, slot)]
    for change in raw.get("changes", ()):
        on = change["on"] if isinstance(change["on"], dt.date) else dt.date.fromisoformat(change["on"])
        if "contact_policy" in change:
            policy = _whole(change["contact_policy"], policy)
        channels = {**channels, **change.get("channels", {})}
        slot = change.get("in_app_slot", slot)
        resets, ends_runs = change.get("counters") == "reset", change.get("runs") == "end"
        found.append(Phase((on - start).days * DAY, policy, channels, slot, resets, ends_runs))
    return found


def _whole(own: Raw, before: Raw) -> Raw:
    """A policy with the bundle that it names under its own keys."""
    name = own.get("like")
    below = {} if name is None else before if name == "before" else _bundle(name)
    return {key: value for key, value in {**below, **own}.items() if key != "like"}


def _bundle(name: str) -> Raw:
    files = [path for path in BUNDLES.glob("*.yaml") if path.stem == name or path.stem.partition("@")[0] == name]
    policy: Raw = YAML(typ="safe").load(max(files))["contact_policy"]
    return policy


def sender_starts(raw: Raw, start: dt.date) -> list[tuple[int, Raw]]:
    """(first second, sender as written) of every domain, in order."""
    found = [(0, raw["sender"])] if "sender" in raw else []
    for change in raw.get("changes", ()):
        if "sender" in change:
            on = change["on"] if isinstance(change["on"], dt.date) else dt.date.fromisoformat(change["on"])
            found.append(((on - start).days * DAY, change["sender"]))
    return found
