"""Caps that never bind beside a tighter one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_doubts import USED, told
from tests.strategies.story import Person, tell

TIGHT = "{name: tight, max: 3, per: week}"
NEVER = (
    "contact_policy.caps[1]: 'loose' never binds{whom}, for 'tight' holds for the same contacts and is full with 3 per "
    "{per}; expected 'instead_of: tight' where 'loose' is meant to allow more, else leave it out"
)


def never(tmp_path: Path, tight: str, loose: str) -> list[str]:
    rows = "".join(f"    - {row}\n" for row in (tight, loose))
    return [text for _, text in told(tmp_path, USED.replace("    - {max: 2, per: day}\n", rows))]


@pytest.mark.parametrize(
    ("tight", "loose", "per"),
    [
        (TIGHT, "max: 5, per: week, segment: vip", "week"),
        (TIGHT, "max: 5, per: day, segment: vip", "week"),
        (TIGHT, "max: 5, per: week", "week"),
        (TIGHT, "max: 3, per: week, segment: vip", ""),
        (TIGHT, "max: 5, per: month, segment: vip", ""),
        (TIGHT, "max: 5, per: 7d, segment: vip", ""),
        (TIGHT, "max: 5, per: week, segment: vip, instead_of: tight", ""),
        (TIGHT, "max: 5, per: week, segment: vip, zone: company", ""),
        (TIGHT, "max: 5, per: week, segment: vip, week_from: sunday", ""),
        (TIGHT, "max: 5, per: week, segment: vip, counts: delivered", "week"),
        (TIGHT, "max: 5, per: week, segment: vip, counts: attempted", ""),
        ("{name: tight, max: 3, per: week, channel: email}", "max: 5, per: week, segment: vip", ""),
        ("{name: tight, max: 3, per: week, channel: email}", "max: 5, per: week, channel: email, topic: news", "week"),
        ("{name: tight, max: 3, per: 7d, segment: vip}", "max: 5, per: 7d", ""),
        ("{name: tight, max: 3, per: 7d}", "max: 5, per: 3d, segment: vip", "7d"),
        ("{name: tight, max: 3, per: 7d}", "max: 5, per: 14d, segment: vip", ""),
        ("{name: tight, max: 3, per: 7 calendar days}", "max: 5, per: day", "7 calendar days"),
        ("{name: tight, max: 3, per: week, own_rule: replaces}", "max: 5, per: week, segment: vip", ""),
    ],
)
def test_a_looser_cap_beside_a_tighter_one(tmp_path: Path, tight: str, loose: str, per: str) -> None:
    found = never(tmp_path, tight, f"{{name: loose, {loose}}}")
    assert found == ([NEVER.format(whom="", per=per)] if per else [])


def test_maxima_by_a_field_of_which_some_never_bind(tmp_path: Path) -> None:
    loose = "{name: loose, by: rfm.segment, max: {champions: 5, at_risk: 1, else: %d}, per: week}"
    some = NEVER.format(whom=" for champions, else (by rfm.segment)", per="week")
    assert never(tmp_path, TIGHT, loose % 4) == [some]
    assert never(tmp_path, TIGHT, loose % 2) == [some.replace("champions, else", "champions")]


def test_a_cap_in_whose_place_another_stands_leaves_room(tmp_path: Path) -> None:
    text = USED.replace(
        "    - {max: 2, per: day}\n",
        f"    - {TIGHT}\n    - {{name: loose, max: 5, per: week, topic: news}}\n"
        "    - {name: third, max: 9, per: week, segment: vip, instead_of: tight}\n",
    )
    assert told(tmp_path, text) == []


@pytest.mark.parametrize(("instead", "sent"), [("", 3), (", instead_of: tight", 5)])
def test_the_notice_is_true(instead: str, sent: int) -> None:
    text = f"""
    segments: {{vip: {{if: "orders >= 0"}}}}
    messages: {{letter: {{purpose: promo}}}}
    contact_policy: {{caps: [{TIGHT}, {{name: loose, max: 5, per: week, segment: vip{instead}}}]}}
    campaigns: {{daily: {{every: "day 10:00", send: {{email: letter}}}}}}
    """
    assert len(tell(text, days=7).sent) == sent


@pytest.mark.parametrize(
    ("cap", "limit", "every", "what"),
    [
        ("max: 1, per: 7d, then: drop", 900, "Tue 11:00", "is dropped"),
        ("max: 1, per: 7d", 900, "Tue 11:00", "waits, each time longer"),
        ("by: rfm.segment, max: {lost: 1, else: 3}, per: 7d, then: drop", 900, "Tue 11:00", "is dropped"),
        ("max: 1, per: 1d, channel: email, then: drop", 900, "day 11:00", "is dropped"),
        ("max: 1, per: 7d, then: drop", 20_000, "Tue 11:00", ""),  # a limit that cannot bind
        ("max: 1, per: 6d, then: drop", 900, "Tue 11:00", ""),
        ("max: 2, per: 7d, then: drop", 900, "Tue 11:00", ""),
        ("max: 1, per: week, then: drop", 900, "Tue 11:00", ""),
        ("max: 1, per: 7d, channel: sms, then: drop", 900, "Tue 11:00", ""),
    ],
)
def test_a_window_as_long_as_the_rhythm_of_a_campaign_on_a_limited_channel(
    tmp_path: Path, cap: str, limit: int, every: str, what: str
) -> None:
    text = f"""\
scenario: Rhythm
population: population.yaml
horizon: 30d
start: 2026-02-02
base: 20000
channels: {{email: {{throughput: {limit}/h}}, sms: {{cost: 4}}}}
rfm: {{period: 365d, cells: {{lost: r <= 2}}}}
messages: {{news: {{purpose: promo}}}}
campaigns: {{digest: {{every: "{every}", send: {{email: news}}}}}}
contact_policy: {{quiet_hours: [], caps: [{{name: one, {cap}}}]}}
"""
    (tmp_path / "population.yaml").write_text("population: nobody\n")
    found = [text for _, text in told(tmp_path, text) if "as long as" in text]
    window = "22h" if "1d" in cap else "166h"
    assert found == (what != "") * [
        "contact_policy.caps[0]: 'one' is as long as campaign 'digest' takes to come again, and what goes out by "
        "email, whose throughput is limited, leaves at the full hour after: the next one comes up to an hour too "
        f"early and {what}; expected a window shorter by some hours, such as per: {window}"
    ]


@pytest.mark.parametrize(("per", "sent"), [("7d", [0, 14]), ("166h", [0, 7, 14, 21])])
def test_why_such_a_window_is_in_the_way(per: str, sent: list[int]) -> None:
    text = f"""
channels: {{email: {{throughput: 1/h}}}}
messages: {{news: {{purpose: promo}}}}
campaigns: {{digest: {{every: "Mon 11:00", send: {{email: news}}}}}}
contact_policy: {{caps: [{{max: 1, per: {per}, then: drop}}]}}
"""
    people = {"anna": Person(), "berta": Person(no_consent=("email",))}
    assert [row.time // 86_400 for row in tell(text, [], people, days=28).rows if row.event == "sent"] == sent
