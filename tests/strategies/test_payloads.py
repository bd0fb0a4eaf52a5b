"""What the payloads of an arm's contacts say is what was packed, whatever the world's own bits are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.compiler import compile_scenario
from strategies.payloads import Payloads
from strategies.ports import with_world_bits
from strategies.runs import RunTable
from strategies.vocabulary import MINUTE
from tests.strategies.story import scenario_of

TEXT = """
messages: {a: {purpose: promo}, b: {purpose: promo}}
chains: {cart: {trigger: cart_abandoned, steps: [{send: {email: a}}, {send: {sms: b}}]}}
campaigns: {daily: {every: "day 10:00", send: {email: a}}}
"""
PROGRAM = compile_scenario(scenario_of(TEXT), 0, 700)
PAYLOADS = Payloads(PROGRAM, RunTable(0, 1, 0, False, False, False))
CAMPAIGN = [number for number, site in enumerate(PROGRAM.sites) if site.campaign]
CHAINED = [number for number, site in enumerate(PROGRAM.sites) if not site.campaign]
BITS = st.integers(0, (1 << 16) - 1)


@pytest.mark.slow
@given(st.sampled_from(CHAINED), st.integers(1, 1 << 34), BITS)
def test_a_contact_of_a_run_tells_the_run(site: int, run: int, bits: int) -> None:
    payload = PAYLOADS.pack(np.array([run]), np.array([0]), np.array([site]))
    payload = with_world_bits(payload, np.array([bits]))
    assert (PAYLOADS.site(payload).tolist(), PAYLOADS.run(payload).tolist()) == ([site], [run])
    assert PAYLOADS.are_own(payload).tolist() == [True]


@pytest.mark.slow
@given(st.sampled_from(CAMPAIGN), st.integers(-600_000, 6_000_000), BITS)
def test_a_contact_of_a_campaign_tells_when_it_fell_due(site: int, minute: int, bits: int) -> None:
    payload = PAYLOADS.pack(np.array([0]), np.array([minute * MINUTE]), np.array([site]))
    payload = with_world_bits(payload, np.array([bits]))
    assert (PAYLOADS.site(payload).tolist(), PAYLOADS.due(payload).tolist()) == ([site], [minute * MINUTE])
    assert PAYLOADS.run(payload).tolist() == [0]
    assert PAYLOADS.run_key(PAYLOADS.run(payload)).tolist() == [0]


def test_contacts_of_other_arms_are_not_its_own() -> None:
    foreign = np.array([699, 700 + len(PROGRAM.sites), 0, 4_095])
    assert PAYLOADS.are_own(foreign).tolist() == [False] * 4
