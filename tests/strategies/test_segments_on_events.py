"""Segments on events: how often, in which time, of one category, and what did not come since; refresh."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.counting import Ring
from strategies.deeds import _note_past
from strategies.language import load_scenario
from strategies.language.dump import scenario_to_yaml
from strategies.vocabulary import DAY, EVENT_CODE
from tests.strategies.story import Person, Story, scenario_of, tell

LOOKERS = (
    "{did: product_viewed, times: 2, within: 7d, same: category, but_not: order, for: 3d, "
    'about: "viewed a category twice in 7 days and did not order within 3"}'
)
FRAME = """
segments: {{asked: {segment}}}
messages: {{hint: {{purpose: promo}}}}
chains:
  hourly: {{trigger: searched, reenter: always, enter: segment.asked, steps: [{{send: {{email: hint}}}}]}}
"""


def asked(segment: str, deeds: Iterable[str], questions: Iterable[str]) -> list[str]:
    """At which of the questions (moments of a search) Anna is in the segment."""
    lines = [*[f"day {deed}" for deed in deeds], *[f"day {moment} anna searched" for moment in questions]]
    told: Story = tell(FRAME.format(segment=segment), sorted(lines, key=_moment), days=40)
    return [line[4:].split(" chain_entered")[0] for line in told.lines("chain_entered")]


def _moment(line: str) -> tuple[int, str]:
    _, day, clock, *_ = line.split()
    return int(day), clock


def test_viewed_a_category_twice_in_seven_days_and_did_not_order_within_three() -> None:
    views = ["0 10:00 anna product_viewed shoes", "2 10:00 anna product_viewed shoes"]
    moments = ["2 10:00", "5 09:59", "5 10:00", "9 12:00", "10 09:59", "10 10:00"]
    assert asked(LOOKERS, views, moments) == ["5 10:00", "9 12:00", "10 09:59"]


def test_an_order_after_the_second_view_keeps_out_and_one_before_does_not() -> None:
    views = ["0 10:00 anna product_viewed shoes", "2 10:00 anna product_viewed shoes"]
    assert asked(LOOKERS, [*views, "4 10:00 anna order 100 books"], ["5 10:00", "8 10:00"]) == []
    assert asked(LOOKERS, [*views, "1 10:00 anna order 100 books"], ["5 10:00"]) == ["5 10:00"]
    assert asked(LOOKERS, [*views, "6 10:00 anna order 100 books"], ["5 10:00", "7 10:00"]) == ["5 10:00"]


def test_the_views_must_be_about_one_category() -> None:
    views = ["0 10:00 anna product_viewed shoes", "1 10:00 anna product_viewed books"]
    assert asked(LOOKERS, views, ["4 10:00"]) == []
    assert asked(LOOKERS.replace("same: category, ", ""), views, ["4 10:00"]) == ["4 10:00"]
    between = [*views, "2 10:00 anna product_viewed shoes"]
    assert asked(LOOKERS, between, ["4 10:00", "5 10:00"]) == ["5 10:00"]


def test_the_window_is_exact_to_the_second() -> None:
    rule = "{did: product_viewed, times: 2, within: 24h}"
    views = ["0 10:00:00 anna product_viewed", "1 09:59:59 anna product_viewed"]
    assert asked(rule, views, ["1 09:59:59", "1 10:00:00"]) == ["1 09:59:59"]


def test_several_events_count_together_and_the_event_itself_counts() -> None:
    rule = "{did: [cart_added, favourite_added, searched], times: 3, within: 2d}"
    deeds = ["0 10:00 anna cart_added 100", "0 11:00 anna favourite_added"]
    assert asked(rule, deeds, ["0 12:00", "3 09:00"]) == ["0 12:00"]


def test_past_orders_are_known_at_the_start() -> None:
    rule = "{did: order, times: 2, within: 30d}"
    orders = ["-20 10:00 anna order 100", "-9 10:00 anna order 100", "-40 10:00 anna order 100"]
    assert asked(rule, orders, ["1 10:00", "9 10:00", "10 10:00"]) == ["1 10:00", "9 10:00"]


@pytest.mark.slow
def test_only_deeds_that_meet_the_condition_count() -> None:
    rule = '{did: {any: [order, cart_abandoned], if: "value > 5000"}, times: 2, within: 9d}'
    deeds = ["0 10:00 anna order 6000", "1 10:00 anna order 5000", "3 10:00 anna cart_abandoned 5001"]
    assert asked(rule, deeds, ["2 10:00", "4 10:00", "9 09:00", "9 11:00"]) == ["4 10:00", "9 09:00"]


def test_past_orders_are_known_by_their_value_and_not_by_their_category() -> None:
    orders = ["-20 10:00 anna order 9000 shoes", "-9 10:00 anna order 100 shoes"]
    assert asked('{did: {event: order, if: "value > 5000"}, within: 30d}', orders, ["9 09:00", "10 10:00"]) == [
        "9 09:00"
    ]
    by_category = """{did: {event: order, if: "category == 'shoes'"}, within: 30d}"""
    assert asked(by_category, orders, ["9 09:00"]) == []
    assert asked(by_category, [*orders, "2 10:00 anna order 1 shoes"], ["9 09:00"]) == ["9 09:00"]


def test_what_must_not_have_come_may_be_one_kind_of_the_same_event() -> None:
    rule = (
        """{did: {event: product_viewed, if: "category == 'shoes'"}, within: 9d, """
        """but_not: {event: order, if: "category == 'shoes'"}}"""
    )
    deeds = ["0 10:00 anna product_viewed shoes", "2 10:00 anna order 100 books", "4 10:00 anna order 100 shoes"]
    assert asked(rule, deeds, ["1 10:00", "3 10:00", "5 10:00"]) == ["1 10:00", "3 10:00"]


def test_days_are_those_of_the_customers_calendar_and_never_grow_old() -> None:
    """The start is 2 February 2026; Anna's clock is three hours ahead, so 22:00 is tomorrow for her."""
    rule = "{did: order, during: {from: 2026-02-03, to: 2026-02-03}}"
    text = FRAME.format(segment=rule)

    def entered(moment: str) -> bool:
        told = tell(
            text, [f"day {moment} anna order 10", "day 30 10:00 anna searched"], {"anna": Person(zone=3)}, days=40
        )
        return bool(told.lines("chain_entered"))

    assert [entered(at) for at in ("0 20:59", "0 21:00", "1 20:59", "1 21:00")] == [False, True, True, False]


@pytest.mark.parametrize(
    ("first", "last", "inside"),
    [
        ("02-04", "02-05", [3, 4]),  # the start is 2 February
        ("02-05", "02-03", [1, 2, 4, 5]),  # over the new year: all days but one
        ("11-20", "01-10", []),
    ],
)
def test_days_may_be_those_of_every_year(first: str, last: str, inside: list[int]) -> None:
    rule = f'{{did: order, within: 1d, during: {{from: "{first}", to: "{last}"}}}}'
    deeds = [f"{day - 1} 10:00 anna order 10" for day in range(1, 6)]
    moments = [f"{day - 1} 11:00" for day in range(1, 6)]
    assert asked(rule, deeds, moments) == [f"{day - 1} 11:00" for day in inside]


def test_deeds_of_a_season_count_together_whatever_their_year() -> None:
    """29 February is kept on the 28th of 2026 and of 2027."""
    text = FRAME.format(segment='{did: order, times: 2, during: {from: "02-28", to: "02-29"}}')
    timeline = ["day 26 10:00 anna order 10", "day 27 10:00 anna searched", "day 391 10:00 anna order 10"]
    told = tell(text, [*timeline, "day 391 11:00 anna searched"], days=395)
    assert told.lines("chain_entered") == ["day 391 11:00 chain_entered hourly"]


def test_an_open_end_of_the_days_and_a_window_hold_together() -> None:
    rule = "{did: order, within: 3d, during: {from: 2026-02-04}}"
    deeds = ["1 10:00 anna order 10", "3 10:00 anna order 10"]
    assert asked(rule, deeds, ["2 10:00", "4 10:00", "6 09:00", "6 10:00"]) == ["4 10:00", "6 09:00"]
    assert asked(rule.replace("from: 2026-02-04", "to: 2026-02-02"), deeds, ["2 10:00", "4 10:00"]) == []


WRITTEN_TO = """
segments:
  often: {did: sent, times: 2, within: 2d}
  left_alone: {did: product_viewed, within: 9d, but_not: sent}
messages: {hint: {purpose: promo}}
chains:
  seen: {trigger: product_viewed, reenter: always, steps: [{send: {email: hint}}]}
  asks: {trigger: searched, reenter: always, enter: segment.often, steps: [exit]}
  alone: {trigger: searched, reenter: always, enter: segment.left_alone, steps: [exit]}
"""


def test_messages_that_were_sent_count_as_deeds() -> None:
    views = ["day 0 10:00 anna product_viewed", "day 1 10:00 anna product_viewed"]
    moments = [f"day {at} anna searched" for at in ("0 12:00", "1 12:00", "2 09:59", "2 10:01")]

    def entered(person: Person) -> list[str]:
        told = tell(WRITTEN_TO, sorted([*views, *moments], key=_moment), {"anna": person})
        return [line.removesuffix(" (finished)") for line in told.lines("chain_entered") if "seen" not in line]

    assert entered(Person()) == ["day 1 12:00 chain_entered asks", "day 2 09:59 chain_entered asks"]
    alone = entered(Person(no_address=("email",)))
    assert alone == [f"{moment.removesuffix(' anna searched')} chain_entered alone" for moment in moments]


def test_a_condition_and_a_deed_must_both_hold() -> None:
    rule = '{if: "orders >= 1", did: product_viewed, within: 7d}'
    deeds = ["0 10:00 anna product_viewed", "1 10:00 anna order 50"]
    assert asked(rule, deeds, ["0 11:00", "1 11:00"]) == ["1 11:00"]


def test_what_a_policy_row_asks_for_is_noted_though_no_chain_reacts_to_it() -> None:
    """A view keeps the sunset away; before, only events that chains react to were remembered."""
    text = """
    contact_policy: {sunset: {channel: email, none_of: [product_viewed], for: 5d}}
    messages: {hint: {purpose: promo}}
    campaigns: {daily: {every: "day 10:00", send: {email: hint}}}
    """
    scenario = scenario_of(text)
    told = tell(scenario, "day 2 09:00 anna product_viewed", days=3)
    assert told.contacts[-1] == "day 2 10:00 sent email:hint"
    assert told.hub.subscribed(EVENT_CODE["product_viewed"])


REFRESHED = """
segments: {{buyers: {{if: "orders >= 1"{refresh}}}}}
messages: {{hint: {{purpose: promo}}}}
chains:
  asks: {{trigger: searched, reenter: always, enter: segment.buyers, steps: [{{send: {{email: hint}}}}]}}
  greets: {{trigger: {{segment_entered: buyers}}, steps: [{{send: {{sms: hint}}}}]}}
"""
SEARCHES = [f"day {day} 12:00 anna searched" for day in range(1, 9)]


@pytest.mark.parametrize(
    ("refresh", "greeted", "first"),
    [("", 2, 1), (", refresh: 1d", 2, 2), (", refresh: 3d", 3, 3), (", refresh: 7d", 7, 7)],
)
def test_members_are_found_anew_on_the_stated_rhythm(refresh: str, greeted: int, first: int) -> None:
    """Anna orders on day 1: the question is answered, and her entry noticed, as of the last refresh."""
    told = tell(REFRESHED.format(refresh=refresh), ["day 1 10:00 anna order 100", *SEARCHES], days=10)
    assert [line for line in told.sent if "sms" in line] == [f"day {greeted} 00:00 sms:hint"]
    assert next(line for line in told.sent if "email" in line) == f"day {first} 12:00 email:hint"


WAITED_FOR = """
segments:
  asked: {segment}
  other: {{if: "orders >= 1"}}
messages: {{hint: {{purpose: promo}}}}
chains: {{greets: {{trigger: {{{trigger}: asked}}, steps: [{{send: {{sms: hint}}}}]}}}}
"""


@pytest.mark.parametrize(
    ("segment", "stay"),
    [
        ("{did: product_viewed, within: 6h}", "6h"),
        ("{did: product_viewed, within: 90m, but_not: order, for: 3d}", "90m"),
        ('{if: "last_visit.age < 3h"}', "3h"),
        ('{if: "orders >= 1 and 5h >= last_visit.age"}', "5h"),
        ('{if: "last_visit.age < 3h", did: product_viewed, within: 7d}', "3h"),
    ],
)
@pytest.mark.parametrize("trigger", ["segment_entered", "segment_left"])
def test_check_says_that_a_short_stay_may_start_nothing(segment: str, stay: str, trigger: str) -> None:
    text = (
        "chains.greets.trigger: 'asked' is looked at once a day, at midnight, and one stays in it for "
        f"{stay}; who comes and goes between does not start the chain (an event does, at once)"
    )
    scenario = scenario_of(WAITED_FOR.format(segment=segment, trigger=trigger))
    assert [notice.text for notice in scenario.notices] == [text]


@pytest.mark.parametrize(
    "keys",
    [
        "exit_on: [order, {segment_left: asked}],",
        "goal: {segment_entered: asked, window: 7d},",
        "steps: [{wait: {until: {segment_entered: asked}, at_most: 2d}}, exit]",
    ],
)
def test_check_says_that_runs_may_not_notice_a_short_stay(keys: str) -> None:
    own = keys if "steps" in keys else f"{keys} steps: [exit]"
    segments = "segments: {asked: {did: product_viewed, within: 6h}}"
    scenario = scenario_of(f"{segments}\nchains: {{greets: {{trigger: searched, {own}}}}}")
    assert [notice.text for notice in scenario.notices] == [
        "chains.greets: 'asked' is looked at once a day, at midnight, and one stays in it for 6h; who comes and goes "
        "between is not noticed by its runs (an event is, at once)"
    ]


@pytest.mark.parametrize(
    "segment",
    [
        "{did: product_viewed, within: 1d}",
        '{if: "last_visit.age < 24h"}',
        '{if: "last_visit.age > 3h"}',
        '{if: "last_visit.age < 3h or orders >= 1"}',
        '{if: "known(last_visit.age) and not last_visit.age < 3h"}',
        '{if: "segment.other"}',
    ],
)
def test_check_is_silent_about_longer_stays(segment: str) -> None:
    assert scenario_of(WAITED_FOR.format(segment=segment, trigger="segment_entered")).notices == ()


def test_a_short_stay_is_inherited_by_the_segments_that_ask_for_it() -> None:
    text = WAITED_FOR.replace('"orders >= 1"', '"last_visit.age < 2h"')
    scenario = scenario_of(text.format(segment='{if: "segment.other and orders >= 1"}', trigger="segment_entered"))
    assert "and one stays in it for 2h;" in scenario.notices[0].text


def test_who_stays_over_midnight_is_found_and_who_does_not_is_missed() -> None:
    """That is what the notice warns of."""
    text = WAITED_FOR.format(segment="{did: product_viewed, within: 6h}", trigger="segment_entered")
    assert tell(text, "day 0 10:00 anna product_viewed\nday 1 20:00 berta product_viewed").sent == [
        "day 2 00:00 berta sms:hint"
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), max_size=25),
    st.integers(1, 4),
)
def test_a_ring_filled_from_the_past_is_the_ring_that_saw_it(orders: list[tuple[int, int]], depth: int) -> None:
    orders = sorted(set(orders), key=lambda order: order[1])
    seen, filled = Ring(depth, 31, 3), Ring(depth, 31, 3)
    for customer, time in orders:
        seen.note(np.array([customer]), np.array([time]))
    shuffled = orders[::2] + orders[1::2]
    _note_past(filled, np.array([c for c, _ in shuffled], np.int64), np.array([t for _, t in shuffled], np.int64))
    everybody = np.arange(3)
    for back in range(1, depth + 1):
        assert filled.kth_last(everybody, back).tolist() == seen.kth_last(everybody, back).tolist()


def test_the_resolved_file_says_the_same(tmp_path: Path) -> None:
    more = (
        '{did: {event: order, if: "value > 50"}, during: {from: 2026-02-03}, but_not: {any: [order], if: "value < 9"}}'
        ", told: {did: sent, within: 7d, during: {to: 2026-02-09}}"
    )
    scenario = scenario_of(FRAME.format(segment=f"{LOOKERS}, big: {more}"))
    deed = scenario.segments[0].did
    assert deed is not None
    assert (deed.within, deed.quiet, deed.times, deed.same) == (7 * DAY, 3 * DAY, 2, "category")
    path = tmp_path / "scenario.yaml"
    (tmp_path / "population.yaml").write_text("population: nobody\n")
    path.write_text(scenario_to_yaml(scenario, "population.yaml"))
    assert load_scenario(path).segments == scenario.segments
