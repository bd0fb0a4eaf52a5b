"""A resolved scenario back to YAML: canonical, defaults filled in, loadable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from strategies.in_app_rules import InAppSlot
from strategies.language.brief import brief_tree
from strategies.language.card import field_tree, format_members
from strategies.language.data_faults import faults_tree
from strategies.language.dump_chain import campaign_tree, chain_tree
from strategies.language.dump_changes import change_tree, channel_tree, sender_tree
from strategies.language.dump_policy import policy_tree
from strategies.language.emit import Tree, duration, filled, to_yaml
from strategies.language.format_condition import format_condition
from strategies.language.in_app import slot_tree
from strategies.language.load import load_scenario
from strategies.language.loyalty import loyalty_tree
from strategies.language.messages import message_tree, production_tree
from strategies.language.schedules import format_day
from strategies.language.signs import sign_tree
from strategies.language.teams import team_tree
from strategies.language.units import format_duration, format_money, format_share
from strategies.scenario import AtMostRule, Engagement, Offer, Rule, Scenario, WorkCalendar
from strategies.schedules import Day
from strategies.segments import Deed, Happening, Prediction, Predictions, RfmSettings, Segment
from strategies.vocabulary import IN_APP


def resolve_to_yaml(scenario_path: str | Path, overrides: Sequence[str] = ()) -> str:
    """The resolved configuration of a scenario file as YAML.

    Raises:
        ScenarioError: with every problem of the file.
    """
    return scenario_to_yaml(load_scenario(scenario_path, overrides))


def scenario_to_yaml(scenario: Scenario, population: str | None = None) -> str:
    """A scenario as YAML that loads to an equal scenario.

    population: written in place of the absolute path of the population file, so that the text (and
        its hash) is the same on every machine.
    """
    return to_yaml(scenario_tree(scenario, population))


def scenario_tree(scenario: Scenario, population: str | None = None) -> Tree:
    """A scenario as the plain data that :func:`scenario_to_yaml` writes."""
    in_app = IN_APP in scenario.channels
    tree: Tree = {
        "scenario": scenario.name,
        "brief": brief_tree(scenario.brief),
        "population": population or scenario.population,
        "horizon": format_duration(scenario.horizon),
        "tail": format_duration(scenario.tail),
        "start": scenario.start.isoformat(),
        "at_start": {
            "history": format_duration(scenario.at_start.history),
            "under": scenario.at_start.under,
            "backlog": scenario.at_start.backlog,
        },
        "channels": {name: channel_tree(name, settings) for name, settings in scenario.channels.items()},
        "rfm": _rfm(scenario.rfm) if scenario.rfm else None,
        "predictions": scenario.predictions and _predictions(scenario.predictions),
        "engagement": _engagement(scenario.engagement) if scenario.engagement else None,
        "contact_policy": policy_tree(scenario.policy, in_app),
        "in_app_slot": slot_tree(scenario.in_app_slot) if in_app or scenario.in_app_slot != InAppSlot() else None,
        "segments": {segment.name: _segment(segment) for segment in scenario.segments},
        "fields": {field.name: field_tree(field) for field in scenario.fields},
        "loyalty": loyalty_tree(scenario.loyalty) if scenario.loyalty else None,
        "teams": {team.name: team_tree(team) for team in scenario.teams},
        "offers": {offer.name: _offer(offer) for offer in scenario.offers},
        "messages": {message.name: message_tree(message) for message in scenario.messages},
        "chains": {chain.name: chain_tree(chain) for chain in scenario.chains},
        "campaigns": {campaign.name: campaign_tree(campaign) for campaign in scenario.campaigns},
        "control": {"share": format_share(scenario.control.share), "exempt": list(scenario.control.exempt)},
        "calendar": _calendar(scenario.calendar),
        "sender": sender_tree(scenario.sender),
        "changes": [change_tree(change, in_app) for change in scenario.changes],
        "double_opt_in": list(scenario.double_opt_in),
        "preference_centre": scenario.preference_centre
        and filled(
            frequencies=list(scenario.preference_centre.frequencies), topics=list(scenario.preference_centre.topics)
        ),
        "data_faults": faults_tree(scenario.data_faults) if scenario.data_faults else None,
        "production_cost": production_tree(scenario.production),
        "platform_cost": format_money(scenario.platform_cost),
        "base": scenario.base or None,
        "rules": [_rule(rule) for rule in scenario.rules],
    }
    return filled(tree)


def _calendar(calendar: WorkCalendar) -> Tree:
    dates = {"holidays": calendar.holidays, "working": calendar.working}
    return {
        **filled(country=calendar.country),
        **{name: [date.isoformat() for date in days] for name, days in dates.items() if days},
    }


def _engagement(engagement: Engagement) -> Tree:
    return {
        "signs": [sign_tree(sign) for sign in engagement.signs],
        "active": format_duration(engagement.active),
        "cooling": format_duration(engagement.cooling),
    }


def _rfm(rfm: RfmSettings) -> Tree:
    edges: str | Tree = "quantile"
    if not isinstance(rfm.edges, str):
        recency, frequency, monetary = rfm.edges
        edges = {"recency": list(recency), "frequency": list(frequency), "monetary": list(monetary)}
    return filled(
        {
            "period": format_duration(rfm.period),
            "levels": rfm.levels,
            "best": rfm.best,
            "edges": edges,
            "refresh": format_duration(rfm.refresh),
            "weights": dict(zip("rfm", rfm.weights, strict=True)) if rfm.weights != (1.0, 1.0, 1.0) else None,
            "cells": {name: format_condition(condition) for name, condition in rfm.cells},
        }
    )


def _segment(segment: Segment) -> Tree:
    if segment.static:  # a list of customers stands in the file, so that it needs no other one
        how: Tree = {"members": format_members(segment.members)} if segment.members else {"static": True}
        return filled(how, about=segment.about)
    return filled(
        {"if": format_condition(segment.condition) if segment.condition else None},
        **(_deed(segment.did) if segment.did else {}),
        predict=_predict(segment.predict) if segment.predict else None,
        refresh=duration(segment.refresh),
        about=segment.about,
    )


def _deed(deed: Deed) -> Tree:
    return filled(
        {"for": duration(deed.quiet or None)},
        did=_happening(deed.did),
        times=deed.times,
        within=duration(deed.within),
        during=filled({"from": _day(deed.during.first), "to": _day(deed.during.last)}),
        same=deed.same,
        but_not=_happening(deed.but_not),
    )


def _happening(happening: Happening) -> Tree | list[str]:
    if happening.condition is None:
        return list(happening.events)
    events = happening.events
    which: Tree = {"event": events[0]} if len(events) == 1 else {"any": list(events)}
    return {**which, "if": format_condition(happening.condition, bare=True)}


def _day(day: Day | None) -> str | None:
    return format_day(day) if day else None


def _predictions(settings: Predictions) -> Tree:
    return {"model": settings.model, "refit": format_duration(settings.refit)}


def _predict(prediction: Prediction) -> Tree:
    bounds = {"at_least": format_share(prediction.at_least), "at_most": format_share(prediction.at_most)}
    if prediction.order_in is None:
        return {"churn_risk": bounds}
    return {"order_in": format_duration(prediction.order_in), **bounds}


def _offer(offer: Offer) -> Tree:
    valid = format_duration(offer.valid)
    if offer.kind == "percent":
        return {"percent": format_share(offer.percent), "valid": valid}
    worth: Tree = {offer.kind: format_money(offer.value_to_customer)}
    return {**worth, **({} if offer.kind == "amount" else {"cost": format_money(offer.cost)}), "valid": valid}


def _rule(rule: Rule) -> Tree:
    within = format_duration(rule.within)
    if isinstance(rule, AtMostRule):
        return {"at_most": filled({"messages": rule.maximum}, purposes=list(rule.purposes)), "within": within}
    return {"never": filled(message=rule.message, same=rule.same), "after": rule.after, "within": within}
