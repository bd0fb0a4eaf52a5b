"""LANGUAGE, the order of decisions: a message about a coupon goes out while the customer's coupon can be used."""

from __future__ import annotations

from typing import Any

import pytest

from tests.strategies.story import Story, tell

TEXT = """
channels: {{email: {{}}, sms: {{}}, telegram: {{}}, vk: {{}}, in_app: {{}}}}
offers:
  gift: {{gift: 300, cost: 9, valid: 3d}}
  other: {{amount: 100, valid: 9d}}
  plain: {{percent: 10%, valid: 3d}}
messages:
  hint: {{purpose: promo, offer: gift{message}}}
  sale: {{purpose: promo, offer: plain}}
  word: {{purpose: promo}}
{top}
chains:
  c: {{trigger: site_visited, {keys} steps: [{steps}]}}
  other: {{trigger: searched, reenter: always, steps: [{{give: {{coupon: other}}}}]}}
  again: {{trigger: favourite_added, reenter: always, steps: [{{give: {{coupon: gift}}}}]}}
"""
VISIT = "day 0 10:00 anna site_visited"
GIVE = "{give: {coupon: gift}}"
FIVE_DAYS_LATER = f"{GIVE}, {{wait: 5d}}, {{send: {{email: hint}}}}"
OVER = ["day 5 10:00 dropped email:hint (offer_expired)"]
SENT = ["day 5 10:00 sent email:hint"]


def story(steps: str, *timeline: str, keys: str = "", top: str = "", message: str = "", **more: Any) -> Story:
    return tell(TEXT.format(steps=steps, keys=keys, top=top, message=message), [VISIT, *timeline], **more)


@pytest.mark.parametrize(
    ("wait", "contacts"),
    [
        ("4319m", ["day 3 09:59 sent email:hint"]),
        ("3d", ["day 3 10:00 dropped email:hint (offer_expired)"]),
    ],
)
def test_a_coupon_is_valid_from_the_giving_to_the_end_of_its_time(wait: str, contacts: list[str]) -> None:
    assert story(f"{GIVE}, {{wait: {wait}}}, {{send: {{email: hint}}}}").contacts == contacts


def test_the_run_goes_on_behind_what_came_too_late() -> None:
    told = story(f"{FIVE_DAYS_LATER}, {{choose: [{{if: 'not sent(hint)', steps: [{{send: {{sms: word}}}}]}}]}}")
    assert told.contacts == [*OVER, "day 5 10:00 sent sms:word"]


def test_an_offer_that_is_over_ends_a_cascade_as_any_drop() -> None:
    cascade = "{cascade: [{email: hint, wait: 2d}, {telegram: hint, wait: 2d}, {sms: hint}]}"
    assert story(f"{GIVE}, {cascade}, {{send: {{vk: word}}}}").contacts == [
        "day 0 10:00 sent email:hint",
        "day 2 10:00 sent telegram:hint",
        "day 4 10:00 dropped sms:hint (offer_expired)",
        "day 4 10:00 sent vk:word",
    ]


def test_a_coupon_given_anew_is_valid_again_whichever_chain_gave_it() -> None:
    assert story(FIVE_DAYS_LATER, "day 2 10:01 anna favourite_added").contacts == SENT
    assert story(FIVE_DAYS_LATER, "day 2 09:59 anna favourite_added").contacts == OVER


def test_a_used_coupon_is_over() -> None:
    steps = f"{GIVE}, {{wait: 2d}}, {{send: {{email: hint}}}}"
    assert story(steps, "day 1 10:00 anna order 900").contacts == ["day 2 10:00 sent email:hint"]
    used = story(steps, "day 1 10:00 anna coupon_redeemed gift 300")
    assert used.contacts == ["day 2 10:00 dropped email:hint (offer_expired)"]
    another = story(steps, "day 1 10:00 anna coupon_redeemed plain 300")
    assert another.contacts == ["day 2 10:00 sent email:hint"]
    renewed = story(steps, "day 1 10:00 anna coupon_redeemed gift 300", "day 1 11:00 anna favourite_added")
    assert renewed.contacts == ["day 2 10:00 sent email:hint"]


def test_another_coupon_takes_its_place() -> None:
    steps = f"{GIVE}, {{wait: 2d}}, {{send: {{email: hint}}}}"
    assert story(steps, "day 1 10:00 anna searched").contacts == ["day 2 10:00 dropped email:hint (offer_expired)"]


def test_who_never_had_one_is_written_to() -> None:
    assert story("{wait: 5d}, {send: {email: hint}}").contacts == SENT


HELD = "reenter: always, enter: '%s',"


def entered(condition: str, *timeline: str, moments: tuple[str, ...]) -> list[str]:
    """At which of the moments of a visit Anna, who gets a coupon on day 0 at 10:00, is let in."""
    lines = ["day 0 10:00 anna favourite_added", *timeline, *[f"{moment} anna site_visited" for moment in moments]]
    keys = HELD % condition
    told = tell(TEXT.format(steps="{send: {vk: word}}", keys=keys, top="", message=""), sorted(lines, key=_moment))
    return [line.removesuffix(" vk:word") for line in told.sent]


def _moment(line: str) -> tuple[int, str]:
    return int(line.split()[1]), line.split()[2]


def test_a_coupon_is_held_from_the_giving_to_the_end_of_its_time() -> None:
    moments = ("day 0 09:59", "day 0 10:01", "day 3 09:59", "day 3 10:00")
    assert entered("coupon.gift", moments=moments) == ["day 0 10:01", "day 3 09:59"]
    assert entered("not coupon.gift", moments=moments) == ["day 0 09:59", "day 3 10:00"]


def test_a_coupon_is_held_no_more_when_it_was_used_or_another_took_its_place() -> None:
    moments = ("day 1 11:59", "day 1 12:01")
    for over in ("day 1 12:00 anna coupon_redeemed gift", "day 1 12:00 anna searched"):
        assert entered("coupon.gift", over, moments=moments) == ["day 1 11:59"]
    assert entered("coupon.other", "day 1 12:00 anna searched", moments=moments) == ["day 1 12:01"]


@pytest.mark.parametrize(("keys", "top"), [("holdout: 100%,", ""), ("", "control: {share: 100%}")])
def test_a_run_that_is_held_out_holds_what_was_kept_back(keys: str, top: str) -> None:
    steps = f"{GIVE}, {{choose: [{{if: coupon.gift, steps: [{{wait: 1h}}]}}]}}, {{wait: 3d}}, {{send: {{sms: word}}}}, "
    steps += "{choose: [{if: coupon.gift, steps: [{send: {vk: word}}]}]}"
    [line] = story(steps, keys=keys, top=top).contacts
    assert line.startswith("day 3 11:00 dropped sms:word")


def test_offers_that_messages_make_themselves_are_never_over() -> None:
    steps = f"{GIVE}, {{send: {{email: sale}}}}, {{wait: 5d}}, {{send: {{email: sale}}}}"
    assert story(steps).sent == ["day 0 10:00 email:sale", "day 5 10:00 email:sale"]


def test_a_held_contact_is_withdrawn_when_the_coupon_ends() -> None:
    quiet = "contact_policy: {min_gap: {any: 20d, own_run: obey, then: wait}}"
    told = story(f"{{send: {{email: word}}}}, {GIVE}, {{send: {{email: hint}}}}", top=quiet)
    assert told.contacts == [
        "day 0 10:00 sent email:word",
        "day 0 10:00 held email:hint (gap: min_gap.any)",
        "day 3 10:00 dropped email:hint (offer_expired)",
    ]


def test_the_shorter_of_the_coupon_and_the_message_counts() -> None:
    steps = f"{GIVE}, {{wait: 70h}}, {{send: {{email: hint}}}}"
    quiet = 'contact_policy: {quiet_hours: {from: "07:00", to: "12:00"}}'
    assert story(steps, top=quiet, message=", deliver_by: 1h").contacts[-1] == (
        "day 3 09:00 dropped email:hint (offer_expired)"
    )
    assert story(steps, top=quiet, message=", deliver_by: 9h").contacts[-1] == (
        "day 3 10:00 dropped email:hint (offer_expired)"
    )


def test_a_campaign_reminds_those_whose_coupon_can_be_used() -> None:
    reminder = 'campaigns: {remind: {every: "day 12:00", send: {email: hint}}}'
    told = story(f"{{wait: 1d}}, {GIVE}, {{wait: 9d}}", top=reminder, days=6)
    assert told.contacts == [
        "day 0 12:00 sent email:hint",  # never had one
        *(f"day {day} 12:00 sent email:hint" for day in (1, 2, 3)),
        *(f"day {day} 12:00 dropped email:hint (offer_expired)" for day in (4, 5)),
    ]


def test_a_banner_leaves_the_slot_with_the_coupon() -> None:
    told = story(f"{GIVE}, {{wait: 2d}}, {{send: {{in_app: hint}}}}, {{wait: 9d}}", top="in_app_slot: {show_for: 8d}")
    assert told.lines("in_app_removed") == ["day 3 10:00 in_app_removed in_app:hint (expired)"]


@pytest.mark.parametrize(("keys", "top"), [("holdout: 100%,", ""), ("", "control: {share: 100%}")])
def test_a_coupon_that_was_kept_back_ends_too(keys: str, top: str) -> None:
    """A ghost takes the way of who used no coupon."""
    steps = f"{FIVE_DAYS_LATER}, {{choose: [{{if: 'sent(hint)', steps: [exit]}}]}}"
    ends = [story(steps, keys=k, top=t).lines("chain_exited")[-1].split()[-1] for k, t in ((keys, top), ("", ""))]
    assert ends == ["(finished)", "(finished)"]
    in_time = steps.replace("5d", "2d")
    ends = [story(in_time, keys=k, top=t).lines("chain_exited")[-1].split()[-1] for k, t in ((keys, top), ("", ""))]
    assert ends == ["(exit_step)", "(exit_step)"]


def test_coupons_outlive_changes_of_the_policy() -> None:
    change = "changes: [{on: 2026-02-04, contact_policy: {caps: [{max: 9, per: day}]}, counters: reset, runs: keep}]"
    assert story(FIVE_DAYS_LATER, top=change).contacts == OVER
