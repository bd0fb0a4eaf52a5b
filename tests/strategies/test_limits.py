"""What lies at a limit is exact, and what lies beyond it is refused when the file is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.columns import Columns
from strategies.language.problems import ScenarioError
from strategies.language.reader import Refused, Scalar
from strategies.language.units import DAYS, HORIZON, MONEY, PAST, POSITIVE_DURATION, SECONDS, TAIL, TOTAL, WORTH
from strategies.limits import MAX_AMOUNT, MAX_DURATION, MAX_PAST, MAX_PERIOD, MAX_POINT, MAX_TOTAL
from strategies.observed import Observed
from strategies.vocabulary import DAY, FREQUENCIES, MONEY_UNIT
from tests.strategies.story import Person, tell

DURATIONS = [
    (POSITIVE_DURATION, MAX_DURATION),
    (DAYS, MAX_DURATION),
    (HORIZON, MAX_PERIOD),
    (TAIL, MAX_PERIOD),
    (PAST, MAX_PAST),
]
LONGEST = MAX_DURATION // DAY
PLACES = {
    "a cap": "contact_policy: {caps: [{max: 1, per: LONG}]}",
    "a gap": "contact_policy: {min_gap: {any: LONG, own_run: ignore}}",
    "a pause": "contact_policy: {pause_after: {searched: LONG}}",
    "quiet elsewhere": "contact_policy: {quiet_elsewhere_after: {click: LONG}}",
    "a sunset": "contact_policy: {sunset: {channel: email, none_of: [click], for: LONG, min_sends: 1, then: suppress}}",
    "a slot": "in_app_slot: {show_for: LONG}",
    "impressions": "in_app_slot: {at_most: 1 per LONG}",
    "impressions in all": "in_app_slot: {in_all: 1 per LONG}",
    "a deed": "contact_policy: {caps: [{max: 1, per: day, segment: s}]}\nsegments: {s: {did: searched, within: LONG}}",
    "a quiet deed": "contact_policy: {caps: [{max: 1, per: day, segment: s}]}\n"
    "segments: {s: {did: searched, within: LONG, for: 1h, but_not: click}}",
    "signs of life": "engagement: {active: 1d, cooling: LONG}\n"
    "contact_policy: {caps: [{max: 1, per: day, segment: s}]}\nsegments: {s: {if: \"engagement == 'cooling'\"}}",
    "a chosen frequency": "contact_policy: {preferences: {monthly: LONG}}\n"
    "preference_centre: {topics: [t], frequencies: [monthly]}",
    "an entry": "",
}
"""Where a duration may stand that is compared with the time of something that may never have happened."""

SCENARIO = """
messages: {{banner: {{purpose: promo, topic: t}}, letter: {{purpose: promo, topic: t}}}}
{place}
chains:
  shown: {{trigger: cart_abandoned, reenter: always, steps: [{{send: {{in_app: banner}}}}]}}
  mailed:
    trigger: product_viewed
    reenter: {{after: {long}}}
    steps: [{{send: {{email: letter}}}}, {{send: {{sms: letter}}}}]
"""
TIMELINE = """
day 0 09:00 anna cart_abandoned
day 0 10:00 anna product_viewed
day 0 11:00 anna site_visited
day 1 11:00 bert product_viewed
day 1 11:30 bert click 1
day 1 12:00 bert product_viewed
day 2 10:00 bert searched
day 8 10:00 bert product_viewed
day 9 10:00 anna site_visited
day 9 11:00 anna product_viewed
day 20 10:00 anna product_viewed
day 20 11:00 anna site_visited
"""


CHOOSERS = {"anna": Person(wishes={"chosen_frequency": FREQUENCIES.index("monthly")})}


def told(place: str, days: int) -> list[str]:
    text = PLACES[place].replace("LONG", f"{days}d")
    people = CHOOSERS if place == "a chosen frequency" else None
    return tell(SCENARIO.format(place=text, long=f"{days}d"), TIMELINE, people).lines()


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_the_longest_duration_is_as_any_that_the_run_does_not_reach(place: str) -> None:
    longest = told(place, LONGEST)
    assert longest == told(place, 500)
    assert any("sent email:letter" in line for line in longest)
    assert any("in_app_shown" in line for line in longest)
    with pytest.raises(ScenarioError, match=rf"found '{LONGEST + 1}d', expected .*; at most {LONGEST}d"):
        told(place, LONGEST + 1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DURATIONS), st.data())
def test_a_duration_is_exact_or_refused(kind: tuple[Scalar[int], int], data: st.DataObject) -> None:
    """Around the limit, in every unit that makes whole days; far above it, too."""
    reader, most = kind
    unit = data.draw(st.sampled_from("smhdw" if reader is POSITIVE_DURATION else "dw"))
    near = most // SECONDS[unit]
    count = data.draw(st.integers(near - 3, near + 3) | st.integers(near, 10**15))
    if count * SECONDS[unit] <= most:
        assert reader.parse(f"{count}{unit}") == count * SECONDS[unit]
    else:
        with pytest.raises(Refused, match=f"^; at most {most // DAY}d$"):
            reader.parse(f"{count}{unit}")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([(MONEY, MAX_AMOUNT), (TOTAL, MAX_TOTAL), (WORTH, MAX_POINT)]), st.data())
def test_money_is_exact_or_refused(kind: tuple[Scalar[int], int], data: st.DataObject) -> None:
    reader, most = kind
    units = most // MONEY_UNIT
    amount = data.draw(st.integers(units - 3, units + 3) | st.sampled_from([units - 0.25, units + 0.25, 1e300]))
    if amount <= units:
        assert reader.parse(amount) == amount * MONEY_UNIT
    else:
        with pytest.raises(Refused, match=f"^; at most {units:,}$"):
            reader.parse(amount)


def test_a_power_of_ten_that_yaml_takes_for_a_text_is_told_the_limit() -> None:
    with pytest.raises(Refused, match=r"^; at most 100,000,000$"):
        MONEY.parse("1e20")
    with pytest.raises(Refused, match=r"^$"):
        MONEY.parse("1e2")


def test_more_chains_and_campaigns_than_have_a_rank_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One stands for the 4,096 that fit."""
    monkeypatch.setattr("strategies.language.load.MAX_SOURCES", 1)
    with pytest.raises(ScenarioError, match="found 2 chains and campaigns, expected at most 1"):
        told("an entry", 7)


def test_all_arms_have_no_more_names_than_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strategies.observed.MAX_NAMES", 3)
    observed = Observed(Columns(1, 1))
    assert observed.learn("offer", ("a", "b")).tolist() == [0, 1]
    assert observed.learn("offer", ("c", "a")).tolist() == [2, 0]
    with pytest.raises(ValueError, match="all arms have 4 names of 'offer', at most 3 fit"):
        observed.learn("offer", ("d",))
