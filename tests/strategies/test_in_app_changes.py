"""The slot of in-app messages changes on a date: what is sent and shown from then on, and what stands there already."""

from __future__ import annotations

import pytest

from strategies.vocabulary import DAY, HOUR
from tests.strategies.story import Story, scenario_of, tell

DAY_3 = "2026-02-05"
CHAINS = """
channels: {email: {}, in_app: {}}
messages:
  banner: {purpose: promo, topic: cart}
  news: {purpose: promo, topic: news}
chains:
  cart: {trigger: cart_abandoned, reenter: always, priority: 80, steps: [{send: {in_app: banner}}]}
  sale: {trigger: favourite_added, reenter: always, priority: 20, steps: [{send: {in_app: news}}]}
"""
BOTH = ("day 2 09:00 anna cart_abandoned", "day 2 09:05 anna favourite_added")


def slot(before: str, then: str, more: str = "") -> str:
    """A slot, and what it is from day 3 on."""
    return f"in_app_slot: {before}\nchanges: [{{on: {DAY_3}, in_app_slot: {then}{more}}}]\n{CHAINS}"


def visits(*times: str) -> list[str]:
    return [f"day {time} anna site_visited" for time in times]


def shown(story: Story) -> list[str]:
    """When what was shown."""
    return [line.replace(" in_app_shown in_app:", " ") for line in story.lines("in_app_shown")]


def test_another_winner_wins_from_the_first_visit_of_the_day() -> None:
    text = slot("{at_most: 9 per 1h}", "{at_most: 9 per 1h, winner: newest}")
    told = tell(text, [*BOTH, *visits("2 23:59:59", "3 00:00", "3 10:00")])
    assert shown(told) == ["day 2 23:59:59 banner", "day 3 00:00 news", "day 3 10:00 news"]


@pytest.mark.parametrize(("before", "then"), [("3d", "12h"), ("3d", "9d")])
def test_what_waits_keeps_the_time_that_it_was_given(before: str, then: str) -> None:
    """And what is sent from then on has the new time."""
    text = slot(f"{{show_for: {before}}}", f"{{show_for: {then}}}")
    told = tell(text, ["day 2 09:00 anna cart_abandoned", "day 3 09:00 anna favourite_added"], days=20)
    ends = {"12h": "day 3 21:00", "9d": "day 12 09:00"}
    assert sorted(told.lines("in_app_removed")) == sorted(
        ["day 5 09:00 in_app_removed in_app:banner (expired)", f"{ends[then]} in_app_removed in_app:news (expired)"]
    )


@pytest.mark.parametrize(
    ("more", "day"), [("", "day 5 11:00"), (", counters: keep", "day 5 11:00"), (", counters: reset", "day 3 08:00")]
)
def test_impressions_have_counted_all_along_unless_reset(more: str, day: str) -> None:
    text = slot("{at_most: 1 per 1h, show_for: 9d}", "{at_most: 1 per 3d, show_for: 9d}", more)
    told = tell(text, ["day 2 09:00 anna cart_abandoned", *visits("2 11:00", "3 08:00", "5 10:59", "5 11:00")])
    assert shown(told)[:2] == ["day 2 11:00 banner", f"{day} banner"]


def test_a_deeper_limit_knows_the_impressions_of_before() -> None:
    text = slot("{at_most: 1 per 1h, show_for: 9d}", "{at_most: 3 per 5d, show_for: 9d}")
    lines = visits("1 10:00", "2 10:00", "2 12:00", "3 09:00", "4 09:00", "6 10:00")
    told = tell(text, ["day 1 09:00 anna cart_abandoned", *lines])
    assert [line[:11] for line in shown(told)] == ["day 1 10:00", "day 2 10:00", "day 2 12:00", "day 6 10:00"]


@pytest.mark.parametrize(("more", "first"), [("", "day 4 09:30"), (", counters: reset", "day 3 09:00")])
def test_a_limit_of_all_messages_that_begins_later_has_counted_all_along(more: str, first: str) -> None:
    free, limited = "{at_most: 9 per 1h, show_for: 9d}", "{at_most: 9 per 1h, show_for: 9d, in_all: 2 per 2d}"
    lines = [*BOTH, *visits("2 09:30", "2 10:00", "3 09:00", "4 09:30")]
    assert shown(tell(slot(free, limited, more), lines))[2].startswith(first)
    assert len(shown(tell(slot(limited, free, more), lines))) == 4


def test_a_change_of_other_rules_leaves_the_slot_as_it_is() -> None:
    """Only a reset of counters reaches its limits."""
    text = f"in_app_slot: {{at_most: 1 per 3d, show_for: 9d}}\nchanges: [{{on: {DAY_3}, contact_policy: {{}}%s}}]\n"
    lines = ["day 2 09:00 anna cart_abandoned", *visits("2 11:00", "3 08:00", "5 11:00")]
    assert [line[:5] for line in shown(tell(text % "" + CHAINS, lines))] == ["day 2", "day 5"]
    assert [line[:5] for line in shown(tell(text % ", counters: reset" + CHAINS, lines))] == ["day 2", "day 3"]


def test_what_the_change_does_not_name_has_its_default() -> None:
    """As with channels: nothing of the slot before is merged in."""
    story = tell(
        slot("{show_for: 9d, winner: newest}", "{}"), [*BOTH, *visits("3 10:00"), "day 4 09:00 anna cart_abandoned"]
    )
    assert shown(story) == ["day 3 10:00 banner"], "the priority wins again"
    assert "day 7 09:00 in_app_removed in_app:banner (expired)" in story.lines("in_app_removed")


def test_a_change_that_ends_runs_takes_their_messages_along() -> None:
    """A run that waits is ended; the one that came to its own end has left its message there."""
    text = slot("{}", "{winner: oldest}", ", runs: end").replace(
        "[{send: {in_app: banner}}]", "[{send: {in_app: banner}}, {wait: 5d}]"
    )
    told = tell(text, [*BOTH, *visits("3 10:00")])
    assert told.lines("in_app_removed", "in_app_shown")[:2] == [
        "day 3 00:00 in_app_removed in_app:banner (run_ended)",
        "day 3 10:00 in_app_shown in_app:news",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("bucket", [300, 6 * HOUR])
def test_the_bucket_changes_nothing(bucket: int) -> None:
    text = slot("{at_most: 2 per 1d, show_for: 30h}", "{in_all: 1 per 1d, winner: oldest, show_for: 20h}")
    day = {"09": "cart_abandoned", "10": "favourite_added", "11": "site_visited", "23": "site_visited"}
    lines = [f"day {number} {hour}:00 anna {event}" for number in range(1, 6) for hour, event in day.items()]
    expected = tell(text, lines, bucket=DAY).rows
    assert {row.time // DAY for row in expected if row.event == "in_app_shown"} == {1, 2, 3, 5}
    assert tell(text, lines, bucket=bucket, shuffle=bucket).rows == expected


def test_a_slot_in_which_nothing_waits_is_remarked_on() -> None:
    text = f"channels: {{email: {{}}}}\nmessages: {{}}\nchanges: [{{on: {DAY_3}, in_app_slot: {{}}}}]\n"
    notices = [notice.text for notice in scenario_of(text).notices]
    assert "changes[0].in_app_slot: found without 'in_app' in 'channels:', so nothing waits in it" in notices
