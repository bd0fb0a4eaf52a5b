"""The warm-up of a new sender domain: the day's plan, who keeps to it, what waits."""

from __future__ import annotations

from collections import Counter

import pytest

from strategies.changes import Sender
from strategies.vocabulary import DAY, HOUR
from strategies.warmup import day_plan
from tests.strategies.story import Person, Story, tell

PEOPLE = {f"c{number}": Person() for number in range(20)}
SENDER = "sender: {domain: new, warmup: 4d, first_day: 5%}\n"
DAILY = """
messages: {digest: {purpose: promo}, receipt: {purpose: transactional}}
chains: {bought: {trigger: order, priority: 1, reenter: always, steps: [{send: {email: receipt}}]}}
campaigns: {daily: {every: "Mon 10:00", send: {email: digest}}}
"""


def told(text: str, *lines: str, bucket: int = HOUR) -> Story:
    return tell(text + DAILY, lines, PEOPLE, bucket=bucket)


def by_day(story: Story, message: str = "digest") -> list[int]:
    """E-mails sent on each of the first days."""
    days = Counter(row.time // DAY for row in story.rows if row.event == "sent" and message in row.text)
    return [days[day] for day in range(5)]


def test_the_plan_grows_by_the_same_factor_every_day() -> None:
    plan = [day_plan(Sender("new", 4 * DAY, 0.0625), day, 1_600) for day in range(5)]
    assert plan == [100, 200, 400, 800, None]
    assert day_plan(Sender("new", 30 * DAY), 0, 10) == 1
    assert day_plan(Sender(), 0, 10) is None


def test_a_mailing_is_spread_over_the_days_of_the_plan() -> None:
    assert by_day(told(SENDER)) == [1, 2, 4, 9, 4]
    assert by_day(told("")) == [20, 0, 0, 0, 0]


def test_the_plan_holds_e_mails_that_are_the_second_choice() -> None:
    people = {name: Person(no_address=("whatsapp",)) for name in PEOPLE}
    text = SENDER + DAILY.replace("{email: digest}", "{first_of: [whatsapp, email], message: digest}")
    assert by_day(tell(text, [], people)) == [1, 2, 4, 9, 4]


def test_what_waits_says_why() -> None:
    story = told(SENDER)
    held = [(row.time // HOUR, row.text) for row in story.rows if row.event == "held"]
    assert Counter(held) == {
        (10, "held email:digest (queued)"): 20,
        (11, "held email:digest (warmup: sender.warmup)"): 19,
    }


def test_transactional_messages_go_out_at_once_and_use_the_plan_up() -> None:
    story = told(SENDER, "day 0 08:00 c3 order 100", "day 0 09:00 c4 order 100")
    assert story.lines("sent", of="c3")[0] == "day 0 08:00 sent email:receipt"
    assert by_day(story) == [0, 2, 4, 9, 5]


def test_an_offer_that_lost_its_meaning_is_withdrawn() -> None:
    story = tell(SENDER + DAILY.replace("{purpose: promo}", "{purpose: promo, deliver_by: 2d}"), [], PEOPLE)
    dropped = [row.text for row in story.rows if row.event == "dropped"]
    assert by_day(story)[:2] == [1, 2]
    assert dropped == ["dropped email:digest (offer_expired)"] * (20 - sum(by_day(story)))


def test_a_plan_may_begin_in_mid_run() -> None:
    later = "changes: [{on: 2026-02-09, sender: {domain: new, warmup: 4d, first_day: 5%}}]\n"
    story = told(later)
    days = Counter(row.time // DAY for row in story.rows if row.event == "sent")
    assert [days[day] for day in (0, 7, 8, 9, 10, 11, 14)] == [20, 1, 2, 4, 9, 4, 20]


def test_a_providers_limit_and_the_plan_hold_together() -> None:
    story = tell("channels: {email: {throughput: 3/h}}\n" + SENDER + DAILY, [], PEOPLE)
    assert by_day(story) == [1, 2, 4, 9, 4]
    hours = Counter(row.time // HOUR for row in story.rows if row.event == "sent")
    assert max(hours.values()) == 3


def test_a_providers_limit_does_not_bind_transactional_messages_to_the_plan() -> None:
    lines = ("day 0 10:30 c3 order 100", "day 0 10:40 c4 order 100")
    story = told("channels: {email: {throughput: 3/h}}\n" + SENDER, *lines)
    assert by_day(story)[0] == 1  # the plan of the day is spent at ten
    assert by_day(story, "receipt") == [2, 0, 0, 0, 0]
    assert story.lines("sent", of="c3")[0] == "day 0 11:00 sent email:receipt"


@pytest.mark.slow
@pytest.mark.parametrize("bucket", [300, 900])
def test_the_bucket_changes_nothing(bucket: int) -> None:
    lines = ("day 0 08:00 c3 order 100", "day 1 00:30 c4 order 100")
    assert told(SENDER, *lines, bucket=bucket).rows == told(SENDER, *lines).rows
