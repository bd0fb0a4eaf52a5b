"""A scenario file, and changes from the command line, to a :class:`~strategies.scenario.Scenario`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from strategies.action_steps import PauseChain, StartChain, StopChain
from strategies.brief import Brief
from strategies.chain_triggers import StartedTrigger
from strategies.changes import Sender
from strategies.contact_policy import ContactPolicy
from strategies.in_app_rules import InAppSlot
from strategies.language.actions import coupon_names
from strategies.language.base import CUSTOMERS, remark_missing_base, remark_other_base
from strategies.language.brief import BRIEF
from strategies.language.calendar import WORK_CALENDAR, beyond_the_list
from strategies.language.card import CARD_FIELD, field_names
from strategies.language.chains import CAMPAIGN, CHAIN
from strategies.language.changes import CHANGES, SENDER, check_changes
from strategies.language.circles import refuse_circles
from strategies.language.compose import EXTENDS, INCLUDE, Composed, IncompleteError, compose
from strategies.language.contents import (
    AT_START,
    CHANNEL_SETTINGS,
    CONTROL,
    ENGAGEMENT,
    OFFER,
    RULE,
    refuse_misplaced,
)
from strategies.language.data_faults import DATA_FAULTS
from strategies.language.dialects import expand_dialects
from strategies.language.external import rows_out_of_time
from strategies.language.in_app import IN_APP_SLOT
from strategies.language.loyalty import LOYALTY
from strategies.language.messages import MESSAGE_RECORD, PRODUCTION
from strategies.language.named_population import POPULATION_FILE, population_of
from strategies.language.nodes import Node
from strategies.language.overrides import apply_overrides, touches
from strategies.language.permissions import CHANNEL_LIST, PREFERENCE_CENTRE, remark_idle_requests
from strategies.language.policy import POLICY
from strategies.language.problems import InputError, Mark, Problem, ScenarioError, nearest, unknown
from strategies.language.reader import TEXT, Checked, ListOf, Reader, Reading, Schema, Value
from strategies.language.records import Keys, MapOf, Record
from strategies.language.scores import RFM
from strategies.language.segments import PREDICTIONS, SEGMENT, in_order_of_need
from strategies.language.shapes import Shape
from strategies.language.short_segments import remark_short_stays
from strategies.language.static_segments import is_static
from strategies.language.teams import TEAM, work_names
from strategies.language.units import DATE, HORIZON, NAME, TAIL, TOTAL
from strategies.language.words import CHANNEL
from strategies.limits import MAX_SOURCES
from strategies.remembered import asks_for
from strategies.run_limits import CONTACTS_OF_A_RUN, beyond_a_run, crowded_channels
from strategies.scenario import (
    AtStart,
    Chain,
    Control,
    Engagement,
    Notice,
    Rule,
    Scenario,
    WorkCalendar,
)
from strategies.step_tree import steps_within, without_steps
from strategies.vocabulary import CHANNELS, DAY

TextsOf = Callable[[Path], Mapping[str, tuple[str, ...]]]
"""Population file → the texts that its customers may have: ``category`` (also the jobs), ``city``, ``source``,
``device``, ``sex``."""


def load_scenario(path: str | Path, overrides: Sequence[str] = (), texts_of: TextsOf | None = None) -> Scenario:
    """Read and check a scenario file.

    overrides: changes such as ``contact_policy.caps[0].max=3``, as after ``--set``.  texts_of: who tells what texts
    the customers may have; without it they are not checked.

    Raises:
        ScenarioError: with every problem of the file.
    """
    try:
        composed = compose_scenario(path, overrides)
    except IncompleteScenarioError as error:
        raise IncompleteScenarioError([*error.problems, *_alone(error.composed)], error.composed) from None
    root = composed.root
    reading = Reading(str(path), composed.problems, names=_names(root), whole="the scenario")
    population = population_of(root, reading)
    if texts_of is not None and population is not None:
        reading.names |= texts_of(population)
    scenario = SCENARIO.read(Value(root, "", reading))
    if reading.problems or scenario is None:
        raise ScenarioError(composed.told(reading.problems))
    remarks = sorted({*reading.remarks, *composed.remarks})
    notices = tuple(Notice(remark.file, remark.line, remark.text) for remark in remarks)
    return replace(scenario, notices=notices)


class IncompleteScenarioError(ScenarioError):
    """Files that a scenario builds on are missing; ``composed`` holds what the others say."""

    def __init__(self, problems: Iterable[Problem], composed: Composed) -> None:
        super().__init__(problems)
        self.composed = composed


def _alone(composed: Composed) -> list[Problem]:
    """Problems that hold whatever the missing files say: unknown keys and words, values of another kind."""
    root = composed.root
    reading = Reading(root.mark.file, names=_names(root), whole="the scenario", partial=True)
    SCENARIO.read(Value(root, "", reading))
    return composed.told(reading.alone)


def compose_scenario(path: str | Path, overrides: Sequence[str] = ()) -> Composed:
    """The one tree of a scenario file, of the files that it builds on and of changes from the command line.

    Raises:
        ScenarioError: the file cannot be read.
        IncompleteScenarioError: a file that it builds on cannot be read.
    """
    try:
        composed = compose(path, _shape())
    except IncompleteError as error:
        raise IncompleteScenarioError(error.problems, error.composed) from None
    except InputError as error:
        raise ScenarioError(error.problems) from None
    if composed.root.kind == "mapping":
        before = replace(composed.root, entries=dict(composed.root.entries))
        composed.problems += apply_overrides(composed.root, overrides, _top_keys(), _shape())
        if base := Value(composed.root, "", Reading(remarks=composed.remarks)).child("base"):
            remark_other_base(before, base, base.reading, partial(touches, overrides))
        expand_dialects(composed.root)
    return composed


@cache
def _shape() -> Shape:
    """What a whole scenario may be."""
    definitions: Schema = {}
    return Shape((SCENARIO.schema(definitions),), definitions)


@cache
def _top_keys() -> frozenset[str]:
    """The keys that may stand at the top of a scenario."""
    definitions: Schema = {}
    SCENARIO.schema(definitions)
    return frozenset(definitions["scenario"]["properties"])


def _names(root: Node) -> dict[str, tuple[str, ...]]:
    """The names that the file defines, whatever else may be wrong with what they name."""

    def keys_of(key: str) -> tuple[str, ...]:
        entry = root.entries.get(key)
        return tuple(entry[1].entries) if entry else ()

    loyalty = root.entries["loyalty"][1].entries if "loyalty" in root.entries else {}
    messages = root.entries["messages"][1].entries if "messages" in root.entries else {}
    topics = [node.entries["topic"][1].value for _, node in messages.values() if "topic" in node.entries]
    return {
        "segment": keys_of("segments"),
        "team": keys_of("teams"),
        "task": work_names(root.entries["chains"][1]) if "chains" in root.entries else (),
        "static segment": _static_segments(root),
        **field_names(root),
        "offer": keys_of("offers"),
        "coupon": coupon_names(root.entries["chains"][1]) if "chains" in root.entries else (),
        "message": tuple(messages),
        "template": tuple(name for name, (_, node) in messages.items() if _is_true(node.entries.get("template"))),
        "chain": keys_of("chains"),
        "channel": tuple(name if name in CHANNELS else nearest(name, CHANNELS) or "" for name in keys_of("channels")),
        "chain or campaign": (*keys_of("chains"), *keys_of("campaigns")),
        **dict.fromkeys(("topic", "message_topic"), tuple(dict.fromkeys(str(topic) for topic in topics if topic))),
        "rfm": ("rfm",) if "rfm" in root.entries else (),
        "points": ("points",) if "points" in loyalty else (),
        "tier": tuple(loyalty["tiers"][1].entries) if "tiers" in loyalty else (),
        "rfm cell": _cells(root),
        "calendar": ("calendar",) if "calendar" in root.entries else (),
    }


def _static_segments(root: Node) -> tuple[str, ...]:
    entry = root.entries.get("segments")
    nodes = entry[1].entries if entry else {}
    return tuple(name for name, (_, node) in nodes.items() if is_static(node))


def _cells(root: Node) -> tuple[str, ...]:
    """Names of the scenario's own RFM cells; none where it keeps the usual ones."""
    rfm = root.entries["rfm"][1].entries if "rfm" in root.entries else {}
    return (*rfm["cells"][1].entries, "other") if "cells" in rfm and rfm["cells"][1].entries else ()


def _is_true(entry: tuple[Mark, Node] | None) -> bool:
    """Whether a key is written and says true."""
    return entry is not None and str(entry[1].value).lower() == "true"


def _rules(value: Value, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    if rules:
        value.remark(
            "rules: their form is checked; the search for counter-examples (crmsim prove) comes in a later version"
        )
    return rules


def _scenario(keys: Keys) -> Scenario:
    refuse_misplaced(keys)
    keys.get("extends", EXTENDS, None, "a base scenario; what stands here is written over it")
    keys.get("include", INCLUDE, None, "files whose messages, chains … belong to this scenario")
    segments = Checked(MapOf(SEGMENT, NAME), lambda value, named: in_order_of_need(value, tuple(named.values())))
    scenario = Scenario(
        name=keys.need("scenario", TEXT, "", "name of the scenario"),
        file=keys.value.reading.file,
        brief=keys.get("brief", BRIEF, Brief(), "goal, owner, budget, key figures with targets"),
        population=keys.need("population", POPULATION_FILE, "", "the population file"),
        horizon=keys.need("horizon", HORIZON, DAY, "how long the strategy runs"),
        tail=keys.get("tail", TAIL, 0, "how long the effect is watched afterwards"),
        start=keys.need("start", DATE, dt.date(2000, 1, 1), "first day"),
        at_start=keys.get("at_start", AT_START, AtStart(365 * DAY), "how customers got their past"),
        channels=keys.get("channels", MapOf(CHANNEL_SETTINGS, CHANNEL), {}, "the channels in use and their prices"),
        rfm=keys.get("rfm", RFM, None, "recency, frequency and monetary scores"),
        predictions=keys.get("predictions", PREDICTIONS, None, "the model behind segments that predict"),
        engagement=keys.get("engagement", ENGAGEMENT, None, "who answers lately and who does not"),
        policy=keys.get("contact_policy", POLICY, ContactPolicy(), "who may be written to, how often, when not"),
        in_app_slot=keys.get("in_app_slot", IN_APP_SLOT, InAppSlot(), "how in-app messages wait and are shown"),
        segments=keys.get("segments", segments, (), "groups of customers by condition"),
        fields=tuple(keys.get("fields", MapOf(CARD_FIELD, NAME), {}, "what the company writes down itself").values()),
        teams=tuple(keys.get("teams", MapOf(TEAM, NAME), {}, "people who take tasks").values()),
        loyalty=keys.get("loyalty", LOYALTY, None, "points and tiers"),
        offers=tuple(keys.get("offers", MapOf(OFFER, NAME), {}, "what messages promise").values()),
        messages=tuple(keys.get("messages", MapOf(MESSAGE_RECORD, NAME), {}, "what is sent").values()),
        chains=keys.get("chains", Checked(MapOf(CHAIN, NAME), _chains), (), "what happens after a trigger"),
        campaigns=tuple(keys.get("campaigns", MapOf(CAMPAIGN, NAME), {}, "mass mailings on a calendar").values()),
        control=keys.get("control", CONTROL, Control(0.0), "global control group"),
        sender=keys.get("sender", SENDER, Sender(), "the domain that e-mail is sent from"),
        changes=keys.get("changes", CHANGES, (), "what changes on a date in mid-run"),
        double_opt_in=keys.get("double_opt_in", CHANNEL_LIST, (), "channels whose subscriptions must be confirmed"),
        preference_centre=keys.get("preference_centre", PREFERENCE_CENTRE, None, "what customers may choose"),
        production=keys.get("production_cost", PRODUCTION, (), "what personalisation costs to make, by level"),
        platform_cost=keys.get("platform_cost", TOTAL, 0, "fixed platform and people cost for 30 days"),
        base=keys.get("base", CUSTOMERS, 0, "customers of the real base that budgets, costs and limits are meant for"),
        calendar=keys.get("calendar", WORK_CALENDAR, WorkCalendar(), "whose working days count"),
        data_faults=keys.get("data_faults", DATA_FAULTS, None, "what the strategies do not see as it happened"),
        rules=keys.get("rules", Checked(ListOf(RULE), _rules), (), "properties that must hold"),
    )
    if scenario.engagement is None and asks_for(scenario, "engagement"):
        scenario = replace(scenario, engagement=Engagement())
    _check_main_names(keys)
    remark_missing_base(keys, scenario)
    remark_idle_requests(keys.value, scenario)
    remark_short_stays(keys.value, scenario)
    if beyond := beyond_the_list(scenario.calendar, scenario.start, (scenario.horizon + scenario.tail) // DAY):
        keys.remark("calendar", beyond)
    scenario = check_changes(keys, scenario)
    for name, text in rows_out_of_time(scenario):
        keys.remark("chains", f"chains.{name}.trigger.external: {text}")
    return scenario


def _chains(value: Value, named: dict[str, Chain]) -> tuple[Chain, ...]:
    chains = tuple(named.values())
    refuse_circles(value, chains)
    started = {step.chain for chain in chains for step in steps_within(chain.steps) if isinstance(step, StartChain)}
    for chain in chains:
        child = value.child(chain.name)
        for channel in crowded_channels(chain.steps):
            text = (
                f"{value.where}.{chain.name}: found more than {CONTACTS_OF_A_RUN} contacts of one run by {channel}, "
                "expected fewer sends, or a second chain for the others"
            )
            value.complain(text, value.node.entries[chain.name][0])
        for text in beyond_a_run(chain.steps):
            value.complain(f"{value.where}.{chain.name}: {text}", value.node.entries[chain.name][0])
        if child is not None and isinstance(chain.trigger, StartedTrigger) and chain.name not in started:
            child.remark(f"{child.path}: no chain starts '{chain.name}'; it will never run")
    return chains


def _check_main_names(keys: Keys) -> None:
    """Chains and campaigns share one column of the log, so they share one set of names."""
    chains, campaigns = keys.value.child("chains"), keys.value.child("campaigns")
    total = sum(len(part.node.entries) for part in (chains, campaigns) if part)
    if total > MAX_SOURCES:
        text = f"found {total:,} chains and campaigns, expected at most {MAX_SOURCES:,}"
        keys.complain("chains" if chains else "campaigns", text)
    for name in campaigns.node.entries if campaigns and chains else ():
        if chains and campaigns and name in chains.node.entries:
            mark = campaigns.node.entries[name][0]
            campaigns.complain(f"campaigns: found the name '{name}' of a chain, expected a name of its own", mark)


SCENARIO: Reader[Scenario] = Record("scenario", _scenario, "a mapping of keys such as scenario, population, chains")


def _without_mention(chain: Chain, name: str) -> Chain:
    """The chain without the steps that start, pause or stop another one."""

    def names_it(step: object) -> bool:
        return isinstance(step, StartChain | PauseChain | StopChain) and step.chain == name

    return replace(chain, steps=without_steps(chain.steps, names_it))


def without_chain(scenario: Scenario, name: str) -> Scenario:
    """The scenario with one chain switched off; caps and key figures of this chain alone go with it.

    Raises:
        ScenarioError: the scenario has no chain of this name.
    """
    names = [chain.name for chain in scenario.chains]
    if name not in names:
        text = unknown("chain", name, scenario.name, names)
        raise ScenarioError([Problem(scenario.file, 1, 1, text)])
    return replace(
        scenario,
        chains=tuple(_without_mention(chain, name) for chain in scenario.chains if chain.name != name),
        policy=_without_rows_of(scenario.policy, name),
        brief=replace(scenario.brief, kpis=tuple(kpi for kpi in scenario.brief.kpis if kpi.chain != name)),
        changes=tuple(
            replace(change, policy=None if change.policy is None else _without_rows_of(change.policy, name))
            for change in scenario.changes
        ),
    )


def _without_rows_of(policy: ContactPolicy, chain: str) -> ContactPolicy:
    """The policy without the caps that speak of this chain alone, and without the chain in the others."""
    gone = {cap.name for cap in policy.caps if cap.scope.chains == (chain,)}
    return replace(
        policy,
        caps=tuple(
            replace(
                cap,
                scope=replace(cap.scope, chains=tuple(other for other in cap.scope.chains if other != chain)),
                instead_of=tuple(other for other in cap.instead_of if other not in gone),
            )
            for cap in policy.caps
            if cap.name not in gone
        ),
    )
