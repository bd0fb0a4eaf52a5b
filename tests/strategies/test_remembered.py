"""A run remembers the last times of those events that its scenarios ask for, and of no others."""

from __future__ import annotations

import pytest

from sim.kernel.columns import Columns
from strategies.observed import Observed
from strategies.remembered import remembered_events
from strategies.vocabulary import EVENT_CODE
from tests.strategies.story import scenario_of, tell

WITH_EVERYTHING = """
contact_policy:
  pause_after: {support_opened: 2d, purposes: [promo]}
  sunset: {channel: email, none_of: [product_viewed], for: 180d}
segments: {awake: {if: "last_open.age < 30d"}}
messages: {nudge: {purpose: promo}}
chains:
  a: {trigger: {inactive: 30d, of: searched}, steps: [{send: {email: nudge}}]}
"""


def test_named_events_and_asked_ages_are_remembered() -> None:
    found = remembered_events([scenario_of(WITH_EVERYTHING)])
    assert found == {"order", "cart_emptied", "support_opened", "product_viewed", "searched", "opened"}


def test_the_world_is_asked_to_report_what_a_pause_depends_on() -> None:
    """The world tells of a view at its own time only when somebody will ask for it."""
    hub = tell(WITH_EVERYTHING).hub
    assert hub.subscribed(EVENT_CODE["support_opened"])
    assert not hub.subscribed(EVENT_CODE["favourite_added"])


def test_an_event_that_nobody_asks_for_costs_no_column() -> None:
    columns = Columns(1, 10)
    observed = Observed(columns, ("order",))
    assert [name for name in columns.snapshot() if name.startswith("observed.last.")] == ["observed.last.order"]
    with pytest.raises(LookupError, match="the last time of 'click' is not remembered in this run"):
        observed.last_of(EVENT_CODE["click"])
