"""Hypothesis strategies for contact policies: raw YAML mappings of any of the rows."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from tests.drawing import CHANNELS, CLOCKS, LONG, Draw, Raw, chance, one, some

WINDOWS = ("day", "week", "month", "24h", "36h", "7d", "90m", "2 calendar days", "5 calendar days")
GAPS = ("any", "same_channel", "other_channel", "same_purpose", "same_topic", "same_offer", "same_message")
SEGMENTS = ("active", "buyers", "written_to", "calm", "best", "rich")
MESSAGES = ("digest", "reminder", "gift", "advice", "thanks", "status", "receipt")
"""Names of the scenarios of :mod:`tests.generators`."""
DIALECTS = ("klaviyo@2025", "braze", "iterable@2025", "customerio@2025", "mautic")


@st.composite
def caps(draw: Draw, chains: tuple[str, ...]) -> Raw:
    """One cap: calendar or rolling, for all or a scope, one maximum or by RFM cell."""
    row: Raw = {"max": draw(st.integers(1, 4)), "per": one(draw, WINDOWS), "then": one(draw, ("wait", "wait", "drop"))}
    if row["per"] == "week" and chance(draw, 50):
        row["week_from"] = "sunday"
    if chance(draw, 20):
        row |= {"then": "retry", "every": one(draw, ("50m", "7h", "1d"))}
        if chance(draw, 60):
            row["attempts"] = draw(st.integers(2, 4))
    if chance(draw, 25):
        row["by"] = "rfm.segment"
        row["max"] = {"champions": 3, "hibernating": 1, "new": 1, "else": 2}
    elif chance(draw, 20):
        row["by"] = "engagement"
        row["max"] = {"active": 4, "cooling": 2, "else": 1}
    row |= draw(scopes(chains))
    if chance(draw, 20):
        row["counts"] = one(draw, ("attempted", "delivered"))
    if chance(draw, 20):
        row["zone"] = "company"
    if chance(draw, 15):
        row["own_rule"] = "replaces"
    if row["then"] != "drop" and chance(draw, 50):
        row["for_at_most"] = one(draw, (*LONG, "90s"))
    return row


@st.composite
def scopes(draw: Draw, chains: tuple[str, ...]) -> Raw:
    """Which contacts a row speaks of."""
    row: Raw = {}
    if chance(draw, 25):
        row["channel"] = some(draw, CHANNELS, most=2)
    if chance(draw, 20):
        row["purposes"] = some(draw, ("promo", "content", "service"), most=2)
    if chance(draw, 15):
        row["topic"] = "cart"
    if chance(draw, 15):
        row["chain"] = [one(draw, chains)]
    if chance(draw, 10):
        row["message"] = some(draw, MESSAGES, most=3)
    if chance(draw, 15):
        row["segment"] = some(draw, SEGMENTS, most=2)
    return row


@st.composite
def gaps(draw: Draw, chains: tuple[str, ...]) -> Raw:
    """One row of gaps, of several kinds, for all or a scope."""
    row: Raw = {kind: one(draw, (*LONG, "90s")) for kind in some(draw, GAPS)}
    row |= {"own_run": one(draw, ("ignore", "obey")), "then": one(draw, ("wait", "wait", "drop"))}
    if chance(draw, 40):
        row |= draw(scopes(chains))
    if chance(draw, 30):
        row["counts"] = one(draw, ("attempted", "delivered"))
    if row["then"] == "wait" and chance(draw, 40):
        row["for_at_most"] = one(draw, LONG)
    return row


@st.composite
def windows(draw: Draw, chains: tuple[str, ...]) -> Raw:
    """One send window, on all or some days, for all or a scope."""
    row: Raw = {"from": "10:00", "to": one(draw, ("13:00", "19:30"))}
    if chance(draw, 50):
        row["days"] = some(draw, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), most=5)
    if chance(draw, 15):
        row |= {"from": "22:00", "to": "03:00"}
        row.pop("days", None)
    row |= {"zone": one(draw, ("customer", "company")), "then": one(draw, ("wait", "wait", "drop"))}
    if row["then"] == "wait" and chance(draw, 40):
        row["for_at_most"] = one(draw, LONG)
    return row | (draw(scopes(chains)) if chance(draw, 60) else {})


@st.composite
def policies(draw: Draw, chains: tuple[str, ...]) -> Raw:
    """A contact policy of any of its rows."""
    policy: Raw = {}
    if chance(draw, 70):
        from_, to = draw(st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True))
        policy["quiet_hours"] = {"from": "22:00", "to": "08:00"} if chance(draw, 60) else {"from": from_, "to": to}
        policy["quiet_hours"]["zone"] = one(draw, ("customer", "customer", "company"))
        policy["quiet_hours"]["then"] = one(draw, ("wait", "wait", "drop"))
        if chance(draw, 30):
            later = {"from": "20:00", "to": "09:00"} | draw(scopes(chains))
            policy["quiet_hours"] = [policy["quiet_hours"], later]
    if chance(draw, 35):
        rows = draw(st.lists(windows(chains), min_size=1, max_size=2))
        policy["send_window"] = rows if len(rows) > 1 else rows[0]
    if chance(draw, 35):
        answers: Raw = {event: one(draw, LONG) for event in some(draw, ("click", "opened"), most=2)}
        policy["quiet_elsewhere_after"] = answers | {"then": one(draw, ("wait", "wait", "drop"))}
    if chance(draw, 35):
        wishes: Raw = {"weekly": one(draw, ("1d", "3d", "7d")), "then": one(draw, ("wait", "drop", "drop"))}
        policy["preferences"] = wishes | {one(draw, ("topics", "frequency")): one(draw, ("obey", "ignore"))}
    if chance(draw, 80):
        policy["caps"] = draw(st.lists(caps(chains), min_size=1, max_size=3))
        if len(policy["caps"]) > 1 and chance(draw, 40):
            policy["caps"][0]["name"] = "general"
            policy["caps"][1]["instead_of"] = "general"
    elif chance(draw, 50):
        policy["like"] = one(draw, DIALECTS)
    if chance(draw, 20):
        policy["at_goal"] = "end"
    if chance(draw, 60):
        rows = draw(st.lists(gaps(chains), min_size=1, max_size=3))
        policy["min_gap"] = rows if len(rows) > 1 else rows[0]
    if chance(draw, 50):
        events = ("order", "site_visited", "cart_emptied", "click", "unsubscribed")
        pause: Raw = {event: one(draw, LONG) for event in some(draw, events, most=2)}
        policy["pause_after"] = pause | {"purposes": some(draw, ("promo", "content", "service"), most=2)}
        if chance(draw, 30):
            policy["pause_after"]["then"] = "drop"
        if chance(draw, 30):
            signal = one(
                draw,
                (
                    {"event": "order", "if": "value > 1500"},
                    {"event": "click", "if": "orders >= 1"},
                    {"segment_left": "active"},
                    {"segment_entered": "buyers"},
                ),
            )
            policy["pause_after"]["also"] = [{**signal, "for": one(draw, LONG)}]
        if chance(draw, 40):
            ends = {"until": some(draw, ("order", "click", "favourite_added", "product_viewed"), most=2)}
            row: Raw = {one(draw, ("searched", "site_visited", "opened")): one(draw, LONG), **ends}
            if chance(draw, 40):
                row["channel"] = some(draw, ("email", "web_push", "telegram"), most=2)
            policy["pause_after"] = [policy["pause_after"], row]
    if chance(draw, 55):
        main: Raw = {"others": one(draw, ("wait", "wait", "drop"))}
        main["running_lower"] = one(draw, ("pause", "finish"))
        main["campaigns"] = one(draw, ("skip", "wait", "send"))
        if chance(draw, 30):
            main["free"] = some(draw, ("content", "service", "transactional"))
        if chance(draw, 30):
            main["segment"] = some(draw, SEGMENTS, most=2)
        if main["others"] == "wait" and chance(draw, 60):
            main["for_at_most"] = one(draw, LONG)
        policy["one_main_chain"] = main
    if chance(draw, 60):
        policy["exempt"] = {
            purpose: {
                "obeys": ["address", *some(draw, ("caps", "gaps", "quiet_hours", "control", "pauses"), least=0)],
                "counts": chance(draw, 40),
            }
            for purpose in some(draw, ("transactional", "service"), most=2)
        }
    if chance(draw, 35):
        signs: list[str | Raw] = [*some(draw, ("click", "order", "visit", "product_viewed"), most=2)]
        if chance(draw, 40):
            signs = [{"event": "click", "channel": one(draw, CHANNELS)}, *signs[:1]]
        sunset = {"channel": one(draw, CHANNELS), "none_of": signs, "for": one(draw, ("1d", "3d")), "min_sends": 2}
        policy["sunset"] = [sunset] if chance(draw, 50) else sunset
    if chance(draw, 20):
        policy["budget"] = {"max": one(draw, (5, 20, 100)), "per": one(draw, ("week", "month"))}
        if chance(draw, 40):
            paid = {one(draw, ("channel", "purposes")): ["sms", "email"]}
            paid = paid if "channel" in paid else {"purposes": some(draw, ("promo", "service", "content"), most=2)}
            policy["budget"] = [policy["budget"], {"max": one(draw, (3, 10)), "per": "week", **paid}]
    return policy


@st.composite
def changes(draw: Draw, start: dt.date, days: int, chains: tuple[str, ...]) -> list[Raw]:
    """Other rules on one or two days of the run."""
    dates = sorted(draw(st.lists(st.integers(1, days - 1), min_size=1, max_size=2, unique=True)))
    found = []
    for day in dates:
        policy = draw(policies(chains))
        if "like" not in policy and chance(draw, 30):
            policy["like"] = "before"
        change: Raw = {"on": (start + dt.timedelta(days=day)).isoformat(), "contact_policy": policy}
        change |= {"counters": one(draw, ("keep", "reset")), "runs": one(draw, ("keep", "keep", "end"))}
        if chance(draw, 30):
            change["channels"] = {"email": {"cost": 1}, "sms": {}}
        found.append(change)
    return found
