"""The loyalty programme: points and tiers, read and written."""

from __future__ import annotations

from strategies.language.emit import Tree, filled
from strategies.language.reader import Checked, Reader, Value
from strategies.language.records import Keys, MapOf, Record
from strategies.language.units import (
    NAME,
    POSITIVE_DAYS,
    POSITIVE_DURATION,
    SHARE,
    TOTAL,
    WORTH,
    format_duration,
    format_money,
    format_share,
)
from strategies.loyalty_rules import Loyalty, PointsRules, Tier
from strategies.vocabulary import DAY, MONEY_UNIT

MAX_TIERS = 16


def _points(keys: Keys) -> PointsRules:
    worth = keys.get("worth", WORTH, MONEY_UNIT, "money of one point")
    if worth < 1:
        keys.complain("worth", f"{keys.value.path}.worth: found 0, expected money above 0")
    pay_up_to = keys.get("pay_up_to", SHARE, 0.3, "largest share of an order that points pay")
    return PointsRules(
        earn=keys.need("earn", SHARE, 0.0, "share of what is paid that comes back as points"),
        active_after=keys.get("active_after", POSITIVE_DURATION, 0, "from the order on; without it at once"),
        expire_after=keys.get("expire_after", POSITIVE_DURATION, None, "from being active on; without it never"),
        expiring=keys.get("expiring", POSITIVE_DURATION, 30 * DAY, "so long before they expire points expire soon"),
        worth=max(worth, 1),
        pay_up_to=pay_up_to,
    )


POINTS_RULES: Reader[PointsRules] = Record("points", _points, "a mapping such as {earn: 5%, expire_after: 365d}")


def _tier(keys: Keys) -> Tier:
    at = keys.need("from", TOTAL, 1, "spending that reaches the tier")
    return Tier("", at, keys.get("earn", SHARE, None, "its own share that comes back as points"))


def _in_order(value: Value, named: dict[str, Tier]) -> tuple[Tier, ...] | None:
    tiers = tuple(Tier(name, tier.at, tier.earn) for name, tier in named.items())
    if len(tiers) > MAX_TIERS:
        value.complain(f"{value.where}: found {len(tiers)} tiers, expected at most {MAX_TIERS}")
    reached = [tier.at for tier in tiers]
    if reached != sorted(set(reached)):
        value.complain(f"{value.where}: found tiers out of order, expected 'from' to rise from tier to tier")
    return tuple(sorted(tiers, key=lambda tier: tier.at))


def _loyalty(keys: Keys) -> Loyalty:
    points = keys.get("points", POINTS_RULES, None, "how points are earned and lost")
    tiers = keys.get("tiers", Checked(MapOf(Record("tier", _tier), NAME), _in_order), (), "tiers, the lowest first")
    if not (keys.has("points") or keys.has("tiers")):
        keys.value.complain(f"{keys.value.path}: found neither 'points' nor 'tiers', expected at least one of them")
    if points is None and not keys.has("points"):
        for tier in tiers:
            if tier.earn is not None:
                text = f"{keys.value.path}.tiers.{tier.name}: found 'earn' without 'points', expected both"
                keys.complain("tiers", text)
    return Loyalty(
        points,
        tiers,
        spent_in=keys.get("spent_in", POSITIVE_DAYS, 365 * DAY, "past whose orders count for a tier"),
        refresh=keys.get("refresh", POSITIVE_DAYS, 30 * DAY, "how often tiers may be lost"),
    )


LOYALTY: Reader[Loyalty] = Record("loyalty", _loyalty, "a mapping with 'points', 'tiers' or both")


def loyalty_tree(loyalty: Loyalty) -> Tree:
    """The programme as plain data that :data:`LOYALTY` reads."""
    points = loyalty.points
    tree: Tree = {"spent_in": format_duration(loyalty.spent_in), "refresh": format_duration(loyalty.refresh)}
    if points is not None:
        tree["points"] = filled(
            earn=format_share(points.earn),
            active_after=format_duration(points.active_after) if points.active_after else None,
            expire_after=None if points.expire_after is None else format_duration(points.expire_after),
            expiring=format_duration(points.expiring),
            worth=format_money(points.worth),
            pay_up_to=format_share(points.pay_up_to),
        )
    tree["tiers"] = {
        tier.name: filled({"from": format_money(tier.at)}, earn=None if tier.earn is None else format_share(tier.earn))
        for tier in loyalty.tiers
    }
    return filled(tree)
