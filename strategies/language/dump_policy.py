"""The contact policy back to YAML."""

from __future__ import annotations

from strategies.contact_policy import Cap, ContactPolicy, MinGap, Scope
from strategies.language.emit import Tree, duration, filled
from strategies.language.units import format_clock, format_duration, format_money, format_window


def policy_tree(policy: ContactPolicy) -> Tree:
    quiet, pause, main = policy.quiet_hours, policy.pause_after, policy.one_main_chain
    return filled(
        quiet_hours=quiet
        and {
            "from": format_clock(quiet.begin),
            "to": format_clock(quiet.end),
            "zone": quiet.zone,
            "then": quiet.then,
        },
        caps=[_cap(cap) for cap in policy.caps],
        min_gap=[_gap(gap) for gap in policy.min_gap],
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
        at_goal=policy.at_goal,
    )


def _cap(cap: Cap) -> Tree:
    maximum = {**dict(cap.maxima), "else": cap.maximum} if cap.by else cap.maximum
    return filled(
        name=None if "[" in cap.name else cap.name,
        by=cap.by,
        max=maximum,
        per=format_window(cap.calendar, cap.rolling, cap.days),
        week_from=cap.week_from if cap.calendar == "week" else None,
        **_scope(cap.scope),
        zone=cap.zone,
        counts=cap.counts,
        then=cap.then,
        every=duration(cap.every),
        attempts=cap.attempts,
        for_at_most=duration(cap.for_at_most),
        instead_of=list(cap.instead_of),
        own_rule=cap.own_rule,
    )


def _gap(gap: MinGap) -> Tree:
    return filled(
        name=None if gap.name == "min_gap" or "[" in gap.name else gap.name,
        **{kind: duration(seconds) for kind, seconds in gap.least},
        **_scope(gap.scope),
        own_run=gap.own_run,
        counts=gap.counts,
        then=gap.then,
        for_at_most=duration(gap.for_at_most),
    )


def _scope(scope: Scope) -> Tree:
    return {
        "channel": list(scope.channels),
        "purposes": list(scope.purposes),
        "topic": list(scope.topics),
        "chain": list(scope.chains),
        "message": list(scope.messages),
        "segment": list(scope.segments),
    }
