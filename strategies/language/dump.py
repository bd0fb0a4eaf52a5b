"""A resolved scenario back to YAML: canonical, defaults filled in, loadable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from strategies.contact_policy import Cap, ContactPolicy, Scope
from strategies.language.dump_chain import campaign_tree, chain_tree
from strategies.language.emit import Tree, duration, filled, to_yaml
from strategies.language.format_condition import format_condition
from strategies.language.load import load_scenario
from strategies.language.units import format_clock, format_duration, format_money, format_period, format_share
from strategies.scenario import AtMostRule, Message, Offer, RfmSettings, Rule, Scenario


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
    tree: Tree = {
        "scenario": scenario.name,
        "population": population or scenario.population,
        "horizon": format_duration(scenario.horizon),
        "tail": format_duration(scenario.tail),
        "start": scenario.start.isoformat(),
        "at_start": {
            "history": format_duration(scenario.at_start.history),
            "under": scenario.at_start.under,
            "backlog": scenario.at_start.backlog,
        },
        "channels": {
            name: filled(
                cost=format_money(settings.cost),
                throughput=None if settings.throughput is None else f"{settings.throughput}/h",
            )
            for name, settings in scenario.channels.items()
        },
        "rfm": _rfm(scenario.rfm) if scenario.rfm else None,
        "contact_policy": _policy(scenario.policy),
        "segments": {
            segment.name: filled({"if": format_condition(segment.condition)}, about=segment.about)
            for segment in scenario.segments
        },
        "offers": {offer.name: _offer(offer) for offer in scenario.offers},
        "messages": {message.name: _message(message) for message in scenario.messages},
        "chains": {chain.name: chain_tree(chain) for chain in scenario.chains},
        "campaigns": {campaign.name: campaign_tree(campaign) for campaign in scenario.campaigns},
        "control": {"share": format_share(scenario.control.share), "exempt": list(scenario.control.exempt)},
        "platform_cost": format_money(scenario.platform_cost),
        "rules": [_rule(rule) for rule in scenario.rules],
    }
    return to_yaml(filled(tree))


def _rfm(rfm: RfmSettings) -> Tree:
    edges: str | Tree = "quantile"
    if not isinstance(rfm.edges, str):
        recency, frequency, monetary = rfm.edges
        edges = {"recency": list(recency), "frequency": list(frequency), "monetary": list(monetary)}
    return {
        "period": format_duration(rfm.period),
        "levels": rfm.levels,
        "best": rfm.best,
        "edges": edges,
        "refresh": format_duration(rfm.refresh),
    }


def _policy(policy: ContactPolicy) -> Tree:
    quiet, gap, pause, main = policy.quiet_hours, policy.min_gap, policy.pause_after, policy.one_main_chain
    return filled(
        quiet_hours=quiet
        and {
            "from": format_clock(quiet.begin),
            "to": format_clock(quiet.end),
            "zone": quiet.zone,
            "then": quiet.then,
        },
        caps=[_cap(cap) for cap in policy.caps],
        min_gap=gap
        and filled(
            any=duration(gap.any),
            same_topic=duration(gap.same_topic),
            same_offer=duration(gap.same_offer),
            own_run=gap.own_run,
            then=gap.then,
            for_at_most=duration(gap.for_at_most),
        ),
        pause_after=pause
        and {
            **{event: format_duration(seconds) for event, seconds in pause.events},
            "purposes": list(pause.purposes),
            "then": pause.then,
        },
        one_main_chain=main
        and {
            **filled(others=main.others, for_at_most=duration(main.for_at_most)),
            "running_lower": main.running_lower,
            "campaigns": main.campaigns,
            "free": list(main.free),
        },
        exempt={row.purpose: {"obeys": list(row.obeys), "counts": row.counts} for row in policy.exempt},
        sunset=[
            {
                "channel": row.channel,
                "none_of": list(row.none_of),
                "for": format_duration(row.period),
                "min_sends": row.min_sends,
                "then": row.then,
            }
            for row in policy.sunset
        ],
        budget=policy.budget and {"max": format_money(policy.budget.maximum), "per": policy.budget.per},
    )


def _cap(cap: Cap) -> Tree:
    maximum = {**dict(cap.maxima), "else": cap.maximum} if cap.by else cap.maximum
    return filled(
        name=None if "[" in cap.name else cap.name,
        by=cap.by,
        max=maximum,
        per=format_period(cap.calendar, cap.rolling),
        **_scope(cap.scope),
        zone=cap.zone,
        counts=cap.counts,
        then=cap.then,
        for_at_most=duration(cap.for_at_most),
    )


def _scope(scope: Scope) -> Tree:
    return {
        "channel": list(scope.channels),
        "purposes": list(scope.purposes),
        "topic": list(scope.topics),
        "chain": list(scope.chains),
        "segment": list(scope.segments),
    }


def _offer(offer: Offer) -> Tree:
    valid = format_duration(offer.valid)
    if offer.kind == "percent":
        return {"percent": format_share(offer.percent), "valid": valid}
    worth: Tree = {offer.kind: format_money(offer.value_to_customer)}
    return {**worth, **({} if offer.kind == "amount" else {"cost": format_money(offer.cost)}), "valid": valid}


def _message(message: Message) -> Tree:
    return filled(
        purpose=message.purpose,
        topic=message.topic,
        speaks_to=filled(job=message.job, stage=message.stage),
        removes=message.removes,
        offer=message.offer,
        deliver_by=duration(message.deliver_by),
        personal=list(message.personal),
        fallback=message.fallback,
        variant=message.variant or None,
        tone=message.tone,
        asks=message.asks,
    )


def _rule(rule: Rule) -> Tree:
    within = format_duration(rule.within)
    if isinstance(rule, AtMostRule):
        return {"at_most": filled({"messages": rule.maximum}, purposes=list(rule.purposes)), "within": within}
    return {"never": filled(message=rule.message, same=rule.same), "after": rule.after, "within": within}
