"""The slot of in-app messages, and which rules of the contact policy they obey."""

from __future__ import annotations

import re
from typing import get_args

from strategies.contact_policy import RULE_FAMILIES, ContactPolicy, InAppRules, Scope
from strategies.in_app_rules import Impressions, InAppSlot, Winner
from strategies.language.emit import Tree, filled
from strategies.language.reader import BOOL, Choice, ListOf, Reader, Refused, Scalar
from strategies.language.records import Keys, Record
from strategies.language.units import POSITIVE_DURATION, Plain, format_duration, parse_positive_duration
from strategies.vocabulary import IN_APP

_IMPRESSIONS = re.compile(r"([0-9]{1,3}) per ([0-9]+[a-z])")
_LOOSE = re.compile(r"([1-9][0-9]{0,2})(?: per |/| in )(day|week|[1-9][0-9]{0,3}[mhdw])")


def parse_impressions(scalar: Plain) -> Impressions:
    """``1 per 3d``.

    >>> parse_impressions("1 per 3d")
    Impressions(most=1, within=259200)
    """
    match = _IMPRESSIONS.fullmatch(scalar) if isinstance(scalar, str) else None
    if match is None or int(match[1]) == 0:
        loose = _LOOSE.fullmatch(scalar) if isinstance(scalar, str) else None
        hint = loose and f"{loose[1]} per { {'day': '24h', 'week': '7d'}.get(loose[2], loose[2]) }"
        raise Refused(f"; did you mean '{hint}'?" if hint else "")
    return Impressions(int(match[1]), parse_positive_duration(match[2]))


def format_impressions(limit: Impressions) -> str:
    """The limit as it would stand in a file."""
    return f"{limit.most} per {format_duration(limit.within)}"


IMPRESSIONS: Scalar[Impressions] = Scalar(
    "a number of impressions such as 1 per 3d",
    parse_impressions,
    {"type": "string", "pattern": "^[0-9]{1,3} per [0-9]+[smhdw]$"},
)
WINNER: Reader[Winner] = Choice(get_args(Winner))
_PLAIN, _PLAIN_RULES = InAppSlot(), InAppRules()


def _slot(keys: Keys) -> InAppSlot:
    slot = InAppSlot(
        show_for=keys.get("show_for", POSITIVE_DURATION, _PLAIN.show_for, "how long a message waits for visits"),
        at_most=keys.get("at_most", IMPRESSIONS, _PLAIN.at_most, "impressions of one message to one customer"),
        in_all=keys.get("in_all", IMPRESSIONS, None, "impressions of all messages to one customer"),
        winner=keys.get("winner", WINNER, _PLAIN.winner, "which of several waiting messages is shown"),
    )
    if IN_APP not in keys.value.reading.names.get("channel", ()):
        keys.value.remark(f"{keys.value.path}: found without '{IN_APP}' in 'channels:', so nothing waits in it")
    return slot


IN_APP_SLOT: Reader[InAppSlot] = Record("in_app_slot", _slot, "a mapping such as {show_for: 3d, at_most: 1 per 3d}")


def slot_tree(slot: InAppSlot) -> Tree:
    """The slot as plain data."""
    return filled(
        show_for=format_duration(slot.show_for),
        at_most=format_impressions(slot.at_most),
        in_all=slot.in_all and format_impressions(slot.in_all),
        winner=slot.winner,
    )


def _rules(keys: Keys) -> InAppRules:
    return InAppRules(
        keys.get("obeys", ListOf(Choice(RULE_FAMILIES, "rule")), _PLAIN_RULES.obeys, "rules that hold for them"),
        keys.get("counts", BOOL, _PLAIN_RULES.counts, "do they count towards caps and gaps"),
    )


IN_APP_RULES: Reader[InAppRules] = Record("in_app_rules", _rules, "a mapping such as {obeys: [caps], counts: true}")


def rules_tree(rules: InAppRules) -> Tree:
    """The rules as plain data."""
    return {"obeys": list(rules.obeys), "counts": rules.counts}


def refuse_idle_rows(keys: Keys, policy: ContactPolicy) -> None:
    """A row that names in-app messages, which do not obey rows of its kind, would be read and ignored."""
    rows: list[tuple[str, str, Scope]] = [
        *(("caps", "caps", cap.scope) for cap in policy.caps),
        *(("min_gap", "gaps", gap.scope) for gap in policy.min_gap),
        *(("pause_after", "pauses", row.scope) for row in policy.pause_after),
        *(("quiet_hours", "quiet_hours", quiet.scope) for quiet in policy.quiet_hours),
        *(("send_window", "quiet_hours", window.scope) for window in policy.send_windows),
        *(("budget", "budget", budget.scope) for budget in policy.budget),
        *(("sunset", "suppression", Scope(channels=(sunset.channel,))) for sunset in policy.sunset),
    ]
    for key, family, scope in rows:
        if IN_APP in scope.channels and family not in policy.in_app.obeys:
            keys.complain(
                key,
                f"{keys.value.path}.{key}: found '{IN_APP}', but in-app messages do not obey {family}, expected "
                f"'in_app: {{obeys: [{', '.join([*policy.in_app.obeys, family])}]}}' beside it",
            )
