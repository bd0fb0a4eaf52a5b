"""Rows of the budget that stop nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_doubts import USED, told

TEAMS = """\
teams: {sales: {people: 1, cost: 9}, care: {people: 1, cost: 9}}
base: 9000
control: {share: 10%}
"""
TASK = "      - task: {to: care, do: work, name: parcel, within: 1d}\n"


def notices(tmp_path: Path, rows: str, text: str = USED, exempt: str = "") -> list[str]:
    policy = f"contact_policy:\n  budget: {rows}\n{exempt}"
    text = text.replace("    steps:\n", f"    steps:\n{TASK}", 1).replace("control: {share: 10%}\n", TEAMS)
    found = told(tmp_path, text.replace("contact_policy:\n", policy))
    assert {line for line, _ in found} <= {10}
    return [text for _, text in found]


def idle(words: str, path: str = "contact_policy.budget", name: str = "budget") -> str:
    return (
        f"{path}: no chain and no campaign has a contact or task of '{words}', so '{name}' counts nothing and stops "
        "nobody; expected what they have, or no such row"
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("team: sales", "team: sales"),
        ("team: care", ""),
        ("team: [sales, care]", ""),
        ("channel: telegram", "channel: telegram"),
        ("channel: [telegram, vk], team: sales", "channel: [telegram, vk], team: sales"),
        ("channel: telegram, team: care", ""),
        ("channel: [sms, telegram]", ""),
        ("purposes: transactional", "purposes: transactional"),
        ("purposes: service", ""),  # of the work
        ("purposes: service, channel: sms", "channel: sms, purposes: service"),
        ("channel: sms, message: digest, chain: cart", ""),
        ("channel: email, message: digest, chain: cart", "channel: email, chain: cart, message: digest"),
    ],
)
def test_a_row_of_nothing_that_is_sent_or_done(tmp_path: Path, row: str, words: str) -> None:
    assert notices(tmp_path, f"{{{row}, max: 5, per: month}}") == ([idle(words)] if words else [])


FREE = "  exempt: {promo: {obeys: [address], counts: false}}\n"


@pytest.mark.parametrize(("row", "doubtful"), [("", False), ("purposes: promo,", True), ("team: care,", False)])
def test_a_row_of_what_obeys_no_budget(tmp_path: Path, row: str, doubtful: bool) -> None:
    assert notices(tmp_path, f"{{{row} max: 5, per: month}}", exempt=FREE) == doubtful * [
        "contact_policy.budget: nothing of what 'budget' counts obeys budgets (exempt, in_app), so it stops nobody; "
        "expected 'budget' in what that obeys, or a row of something else"
    ]


@pytest.mark.parametrize(
    ("first", "second", "loser"),
    [
        ("max: 5, per: month", "max: 5, per: month", 1),
        ("max: 5, per: month", "max: 6.5, per: month", 1),
        ("max: 6.5, per: month", "max: 5, per: month", 0),
        ("max: 5, per: month, channel: [sms, email]", "max: 6.5, per: month, channel: [email, sms]", 1),
        ("max: 5, per: month", "max: 6.5, per: week", None),
        ("max: 5, per: month, channel: email", "max: 6.5, per: month", None),
        ("max: 5, per: month, channel: email", "max: 6.5, per: month, channel: email, team: care", None),
    ],
)
def test_of_two_rows_that_count_the_same_the_larger_never_binds(
    tmp_path: Path, first: str, second: str, loser: int | None
) -> None:
    found = notices(tmp_path, f"[{{{first}}}, {{{second}}}]")
    assert found == [
        f"contact_policy.budget[{place}]: 'budget[{place}]' never stops anybody, for 'budget[{1 - place}]' counts the "
        "same contacts in the same periods and is spent at 5; leave it out, or say of which contacts it speaks"
        for place in (0, 1)
        if place == loser
    ]


def test_rows_of_a_change_are_looked_at_too(tmp_path: Path) -> None:
    change = "changes:\n  - {on: 2026-03-02, contact_policy: {budget: [{max: 5, per: week, channel: telegram}]}}\n"
    found = [text for _, text in told(tmp_path, USED + "base: 9000\n" + change)]
    assert idle("channel: telegram", "changes[0].contact_policy.budget[0]") in found
