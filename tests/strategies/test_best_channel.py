"""The best channel of each customer: learned from what was sent and clicked, the listed order until then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.columns import Columns
from strategies.best_channel import CREDITED_CLICKS, CREDITED_MESSAGES, ENOUGH, best_of
from strategies.language import load_scenario
from strategies.language.dump import scenario_to_yaml
from strategies.observed import Observed
from strategies.vocabulary import CHANNEL_CODE
from tests.strategies.story import Person, scenario_of, tell

DAILY = """
messages: {{hint: {{purpose: promo}}}}
chains:
  a:
    trigger: {{every: "day 10:00"}}
    reenter: always
    steps: [{{send: {{best_channel: [{channels}], message: hint}}}}]
"""


def daily(channels: str, answers: list[str], days: int = 9, **person: object) -> list[str]:
    """The channel of each day's message."""
    told = tell(DAILY.format(channels=channels), answers, {"anna": Person(**person)}, days=days)  # type: ignore[arg-type]
    return [line.split()[-1].split(":")[0] for line in told.sent]


def test_the_listed_order_stands_until_enough_was_sent_then_what_is_never_clicked_falls_behind() -> None:
    assert daily("email, telegram, sms", []) == ["email"] * 5 + ["telegram", "sms", "telegram", "sms"]


def test_a_click_brings_its_channel_forward() -> None:
    """Five e-mails without a click, then telegram, which is clicked: 2/21 against 1/25 and 1/20."""
    found = daily("email, telegram", ["day 5 11:00 anna click 6"], days=12)
    assert found == ["email"] * 5 + ["telegram"] * 7


@pytest.mark.slow
def test_only_channels_that_reach_are_compared() -> None:
    assert daily("email, telegram", [], no_address=("email",)) == ["telegram"] * 9
    assert daily("email, telegram, sms", [], no_consent=("telegram",)) == ["email"] * 5 + ["sms"] * 4


def test_of_in_app_messages_those_count_that_were_shown() -> None:
    """Who never comes was shown nothing, so nothing is learned; five that were overlooked bring the e-mail forward."""
    assert daily("in_app, email", [], days=12) == ["in_app"] * 12
    visits = [f"day {day} 12:00 anna site_visited" for day in range(12)]
    text = "in_app_slot: {show_for: 20h, at_most: 1 per 1h}\n" + DAILY.format(channels="in_app, email")
    told = tell(text, visits, days=8)
    assert [line.split()[-1].split(":")[0] for line in told.sent] == ["in_app"] * 5 + ["email"] * 3
    assert told.hub.observed.channel_sends[CHANNEL_CODE["in_app"]].tolist() == [5]


def test_conditions_ask_for_clicks_and_for_the_best_channel(tmp_path: Path) -> None:
    text = """
    messages: {hint: {purpose: promo}}
    segments: {talks: {if: "best_channel == 'telegram' and clicks.telegram >= 1"}}
    chains:
      a: {trigger: searched, reenter: always, steps: [{send: {telegram: hint}}]}
      b: {trigger: favourite_added, reenter: always, enter: segment.talks, steps: [{send: {sms: hint}}]}
    """
    searches = [f"day {day} 10:00 anna searched" for day in range(5)]
    asked = [f"day {day} 12:00 anna favourite_added" for day in (3, 4)]
    told = tell(text, sorted([*searches, *asked, "day 1 11:00 anna click 1"]), days=6)
    assert [line for line in told.sent if "sms" in line] == ["day 4 12:00 sms:hint"]
    scenario = scenario_of(DAILY.format(channels="email, sms"))
    (tmp_path / "population.yaml").write_text("population: nobody\n")
    (tmp_path / "scenario.yaml").write_text(scenario_to_yaml(scenario, "population.yaml"))
    assert load_scenario(tmp_path / "scenario.yaml").chains == scenario.chains


def test_nothing_is_kept_where_nobody_asks() -> None:
    plain = tell("messages: {m: {purpose: promo}}\ncampaigns: {a: {every: 'day 10:00', send: {email: m}}}", days=2)
    assert not plain.hub.observed.learns_channels
    assert plain.hub.observed.channel_sends.strides == (0, 0)


CHANNEL = st.tuples(st.integers(0, 30), st.integers(0, 5), st.booleans())


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(CHANNEL, min_size=2, max_size=4))
def test_the_best_is_the_largest_credited_share_among_those_that_reach(rows: list[tuple[int, int, bool]]) -> None:
    observed = Observed(Columns(1, 1))
    observed.learn_channels()
    usable = np.array([[reaches] for _, _, reaches in rows])
    for code, (sent, clicks, _) in enumerate(rows):
        observed.channel_sends[code], observed.channel_clicks[code] = sent, min(clicks, sent)
    found = int(best_of(observed, np.array([0]), np.arange(len(rows))[:, None], usable)[0])
    able = [number for number, (_, _, reaches) in enumerate(rows) if reaches]
    if not able:
        assert found == 0
    elif sum(rows[number][0] for number in able) < ENOUGH:
        assert found == able[0]
    else:

        def share(number: int) -> float:
            sent, clicks, _ = rows[number]
            return (min(clicks, sent) + CREDITED_CLICKS) / (sent + CREDITED_MESSAGES)

        assert share(found) == pytest.approx(max(share(number) for number in able))
        assert found in able


def test_a_counter_stops_at_its_largest_number() -> None:
    observed = Observed(Columns(1, 2))
    observed.learn_channels()
    observed.channel_sends[0] = [65_534, 65_535]
    everybody = np.arange(2)
    for _ in range(2):
        observed.count_on_channel(observed.channel_sends, np.zeros(2, np.int64), everybody, np.array([True, True]))
    assert observed.channel_sends[0].tolist() == [65_535, 65_535]
