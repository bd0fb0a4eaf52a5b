"""The contact policy back to YAML."""

from __future__ import annotations

from strategies.contact_policy import Cap, ContactPolicy, InAppRules, MinGap, Preferences, QuietHours, Scope, SendWindow
from strategies.language.budgets import budget_tree
from strategies.language.emit import Tree, duration, filled
from strategies.language.in_app import rules_tree
from strategies.language.named_rows import own_name
from strategies.language.pauses import pause_tree
from strategies.language.signs import sign_tree
from strategies.language.units import WEEKDAYS, format_clock, format_duration, format_window


def policy_tree(policy: ContactPolicy, in_app: bool = False) -> Tree:
    """The policy as plain data.  in_app: the scenario has in-app messages, so what they obey is told."""
    main, elsewhere = policy.one_main_chain, policy.quiet_elsewhere
    return filled(
        preferences=_preferences(policy.preferences) if policy.preferences != Preferences() else None,
        quiet_hours=[_quiet(row) for row in policy.quiet_hours],
        send_window=[_window(row) for row in policy.send_windows],
        caps=[_cap(cap) for cap in policy.caps],
        min_gap=[_gap(gap) for gap in policy.min_gap],
        pause_after=[pause_tree(row, _scope(row.scope)) for row in policy.pause_after],
        quiet_elsewhere_after=elsewhere
        and {
            **{event: format_duration(seconds) for event, seconds in elsewhere.events},
            "purposes": list(elsewhere.purposes),
            "then": elsewhere.then,
        },
        one_main_chain=main
        and {
            **filled(others=main.others, for_at_most=duration(main.for_at_most)),
            "running_lower": main.running_lower,
            "campaigns": main.campaigns,
            "free": list(main.free),
            **filled(segment=list(main.segments)),
        },
        exempt={row.purpose: {"obeys": list(row.obeys), "counts": row.counts} for row in policy.exempt},
        in_app=rules_tree(policy.in_app) if in_app or policy.in_app != InAppRules() else None,
        sunset=[
            {
                "channel": row.channel,
                "none_of": [sign_tree(sign) for sign in row.none_of],
                "for": format_duration(row.period),
                "min_sends": row.min_sends,
                "then": row.then,
            }
            for row in policy.sunset
        ],
        budget=[budget_tree(row, _scope(row.scope)) for row in policy.budget],
        at_goal=policy.at_goal,
    )


def _cap(cap: Cap) -> Tree:
    maximum = {**dict(cap.maxima), "else": cap.maximum} if cap.by else cap.maximum
    return filled(
        name=own_name(cap.name, "caps[0]"),
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


def _preferences(row: Preferences) -> Tree:
    return filled(
        topics=row.topics,
        frequency=row.frequency,
        purposes=list(row.purposes),
        weekly=format_duration(row.weekly),
        monthly=format_duration(row.monthly),
        then=row.then,
        for_at_most=duration(row.for_at_most),
    )


def _quiet(row: QuietHours) -> Tree:
    return filled(
        {"from": format_clock(row.begin), "to": format_clock(row.end)},
        name=own_name(row.name, "quiet_hours"),
        zone=row.zone,
        **_scope(row.scope),
        then=row.then,
    )


def _window(row: SendWindow) -> Tree:
    return filled(
        {"from": format_clock(row.begin), "to": format_clock(row.end)},
        name=own_name(row.name, "send_window"),
        days=[WEEKDAYS[day] for day in row.weekdays] if len(row.weekdays) < len(WEEKDAYS) else None,
        zone=row.zone,
        **_scope(row.scope),
        then=row.then,
        for_at_most=duration(row.for_at_most),
    )


def _gap(gap: MinGap) -> Tree:
    return filled(
        name=own_name(gap.name, "min_gap"),
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
