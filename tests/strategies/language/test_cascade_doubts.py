"""Steps and rungs that come too late or not at all: told with line, reason and remedy, and true in a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.language.test_doubts import USED, told
from tests.strategies.story import tell


@pytest.mark.parametrize(("timeout", "doubtful"), [("24h", True), ("25h", True), ("26h", False)])
def test_steps_behind_the_timeout(tmp_path: Path, timeout: str, doubtful: bool) -> None:
    text = USED.replace("- wait: {until: click, at_most: 24h}", "- wait: 1d")
    found = told(tmp_path, text.replace("exit_on: order", f"exit_on: order\n    timeout: {timeout}"))
    ends = {"24h": "1d"}.get(timeout, timeout)
    assert found == doubtful * [
        (
            24,
            f"chains.cart.timeout: a run ends after {ends}, before steps[3] is due after 25h at the earliest, so "
            "nobody comes there; expected a longer timeout or shorter waits",
        )
    ]


def test_waits_that_may_end_early_do_not_count_for_the_timeout(tmp_path: Path) -> None:
    assert told(tmp_path, USED.replace("exit_on: order", "exit_on: order\n    timeout: 24h")) == []


OWN = USED[USED.index("      - wait: 1h") : USED.index("    reenter:")]
RUNGS = "[{email: nudge, wait: 24h, next_unless: click}, {sms: nudge, wait: 24h}, {email: digest}]"


def with_steps(steps: str, key: str = "") -> str:
    """The small scenario with other steps, and perhaps one more key of the chain."""
    return USED.replace(OWN, f"      - wait: 1h\n{steps}").replace("exit_on: order", f"exit_on: order{key}")


IN_BRANCH = """      - choose:
          - if: "orders >= 1"
            steps: [{wait: 2d}, {cascade: %s}]
      - send: {email: digest}
"""


@pytest.mark.parametrize(
    ("steps", "timeout", "late"),
    [
        (f"      - cascade: {RUNGS}\n", "25h", "steps[1].cascade[1] is due after 25h"),
        (f"      - cascade: {RUNGS}\n", "26h", "steps[1].cascade[2] is due after 49h"),
        (f"      - cascade: {RUNGS}\n", "50h", None),
        (IN_BRANCH % RUNGS, "25h", "steps[1].choose[0].steps[1].cascade[1] is due after 25h"),
    ],
)
def test_rungs_behind_the_timeout(tmp_path: Path, steps: str, timeout: str, late: str | None) -> None:
    shown = {"26h": "26h", "25h": "25h"}.get(timeout)
    assert told(tmp_path, with_steps(steps, f"\n    timeout: {timeout}")) == (late is not None) * [
        (
            24,
            f"chains.cart.timeout: a run ends after {shown}, before {late} for those who got the rungs before it, so "
            "they never get it; expected a longer timeout or shorter waits",
        )
    ]


def test_what_stands_behind_a_wait_that_ends_in_vain(tmp_path: Path) -> None:
    wait = "      - wait: {until: click, at_most: 2d, on_timeout: [{send: {email: nudge}}]}\n"
    text = with_steps(f"{wait}      - send: {{sms: nudge}}\n", "\n    timeout: 1d")
    assert [
        line for line, text in told(tmp_path, text) if "before steps[1].wait.on_timeout[0] is due after 49h" in text
    ] == [24]


@pytest.mark.parametrize(
    ("steps", "window", "late"),
    [
        (
            f"      - cascade: {RUNGS}\n",
            "1d",
            "steps[1].cascade[1] is due after 25h for those who got the rungs before it",
        ),
        (f"      - cascade: {RUNGS}\n", "3d", None),
        (
            "      - send: {email: nudge}\n      - wait: 2d\n      - send: {email: digest}\n",
            "2d",
            "steps[3] is due after 49h at the earliest",
        ),
        ("      - send: {email: nudge}\n      - wait: 2d\n      - send: {email: digest}\n", "50h", None),
        (
            "      - send: {email: nudge}\n      - wait: {until: click, at_most: 2d}\n      - send: {email: digest}\n",
            "2h",
            None,
        ),
    ],
)
def test_messages_behind_the_window_of_the_goal(tmp_path: Path, steps: str, window: str, late: str | None) -> None:
    goal = f"\n    goal: {{event: order, window: {window}}}"
    text = with_steps(steps + "      - send: {sms: nudge}\n      - send: {email: digest}\n", goal)
    found = [text for _, text in told(tmp_path, text)]
    assert found == (late is not None) * [
        f"chains.cart.goal: the window of {window} is over before {late}, so what comes of it is never counted; "
        "expected a longer window or shorter waits"
    ]


ENDS = (
    "chains.cart.steps[1].cascade: what {} of contact_policy drops at {} ends the cascade, and the rungs behind it are "
    "not asked; write on_capped: next there to go on with them, on_capped: stay where this is meant"
)
LONG = "[{email: nudge, wait: 30d%s}, {sms: nudge, wait: 30d%s}, {email: digest}]"


@pytest.mark.parametrize(
    ("policy", "first", "second", "found"),
    [
        ("caps: [{max: 3, per: 7d, then: drop}]", "", "", ("'caps[0]'", "cascade[0], cascade[1]")),
        ("caps: [{name: week, max: 3, per: 7d, then: drop, channel: sms}]", "", "", ("'week'", "cascade[1]")),
        ("caps: [{max: 3, per: 7d, then: drop}]", ", on_capped: next", "", ("'caps[0]'", "cascade[1]")),
        ("caps: [{max: 3, per: 7d, then: drop}]", ", on_capped: next", ", on_capped: stay", None),
        ("caps: [{max: 3, per: 7d, then: wait}]", "", "", None),
        ("caps: [{max: 3, per: 7d, then: drop, topic: news}]", "", "", None),
        ("caps: [{max: 3, per: 7d, then: drop, channel: vk}]", "", "", None),
        ("caps: [{max: 3, per: 7d, then: drop}], exempt: {promo: {obeys: [address]}}", "", "", None),
        ("min_gap: {any: 4h, then: drop}", "", "", ("'min_gap'", "cascade[0], cascade[1]")),
        (
            'quiet_hours: {from: "22:00", to: "08:00", then: drop, channel: email}',
            "",
            "",
            ("'quiet_hours'", "cascade[0]"),
        ),
        (
            'send_window: {name: day, from: "09:00", to: "20:00", then: drop}',
            "",
            "",
            ("'day'", "cascade[0], cascade[1]"),
        ),
    ],
)
def test_a_cascade_that_a_dropped_rung_ends(
    tmp_path: Path, policy: str, first: str, second: str, found: tuple[str, str] | None
) -> None:
    text = with_steps(f"      - cascade: {LONG % (first, second)}\n")
    text = text.replace("contact_policy:\n  caps:\n    - {max: 2, per: day}\n", f"contact_policy: {{{policy}}}\n")
    assert [text for _, text in told(tmp_path, text)] == ([] if found is None else [ENDS.format(*found)])


NEXT = ", on_capped: next"
THROUGH = (
    "chains.cart.steps[1].cascade: what 'quiet_hours' drops it drops at every rung alike, so on_capped: next goes "
    "through the whole cascade in one minute and nobody gets anything; expected 'then: wait' there"
)
BY_NIGHT = (
    "chains.cart.steps[1].cascade: while 'quiet_hours' holds the rungs before it, on_capped: next leads at once to "
    "cascade[1] (sms), which no quiet_hours or send_window binds; expected these hours for it too, or on_capped: stay"
)


@pytest.mark.parametrize(
    ("hours", "first", "second", "found"),
    [
        (", then: drop", NEXT, NEXT, [THROUGH]),
        (", then: drop", NEXT, ", on_capped: stay", []),
        (", channel: [email, sms], then: drop", NEXT, NEXT, [THROUGH]),
        (", channel: email, then: drop", NEXT, NEXT, []),
        ("", NEXT, NEXT, []),
        (", channel: email", NEXT, NEXT, [BY_NIGHT]),
        (", channel: email", "", NEXT, []),
        (", channel: sms", NEXT, NEXT, []),
    ],
)
def test_hours_and_rungs_that_lead_on(tmp_path: Path, hours: str, first: str, second: str, found: list[str]) -> None:
    text = with_steps(f"      - cascade: {LONG % (first, second)}\n")
    row = f'quiet_hours: {{from: "22:00", to: "08:00"{hours}}}'
    text = text.replace("contact_policy:\n  caps:\n    - {max: 2, per: day}\n", f"contact_policy: {{{row}}}\n")
    assert [text for _, text in told(tmp_path, text)] == found


FILLED = (
    "chains.cart.{}: is due {} after the first rung, and the cascade's own messages have filled the cap 'caps[0]' ({}) "
    "by then, so those who got them never get it; expected a larger max, longer waits, or a cap without its channel"
)


CHANNELS = ("email", "web_push", "telegram", "sms")


def rungs_of_the_same_wait(wait: str) -> str:
    """A cascade of four channels."""
    return "[" + ", ".join(f"{{{name}: nudge, wait: {wait}, on_capped: stay}}" for name in CHANNELS) + "]"


@pytest.mark.parametrize(
    ("cap", "wait", "first"),
    [
        ("max: 3, per: 7d", "1d", 3),
        ("max: 2, per: 7d", "1d", 2),
        ("max: 1, per: 7d", "3d", 1),
        ("max: 4, per: 7d", "1d", None),
        ("max: 3, per: 7d", "3d", None),
        ("max: 3, per: 3d", "1d", None),
        ("max: 2, per: 3 calendar days", "1d", 2),
        ("max: 2, per: 7d, channel: [email, sms]", "1d", None),
        ("max: 1, per: 7d, channel: [email, sms]", "1d", 3),
    ],
)
def test_a_rung_whose_cap_the_rungs_before_it_fill(tmp_path: Path, cap: str, wait: str, first: int | None) -> None:
    """What is told is what a run does to a customer whom every channel reaches and who does nothing."""
    rungs = rungs_of_the_same_wait(wait)
    policy = f"contact_policy: {{caps: [{{{cap}, then: drop}}]}}"
    text = with_steps(f"      - cascade: {rungs}\n      - send: {{email: digest}}\n")
    text = text.replace("contact_policy:\n  caps:\n    - {max: 2, per: day}\n", f"{policy}\n")
    text = text.replace("  sms:", "  web_push: {}\n  telegram: {}\n  sms:")
    found = [text for _, text in told(tmp_path, text)]
    most = cap.removeprefix("max: ").replace(", per: ", " per ").partition(", channel")[0]
    days = 0 if first is None else first * int(wait.removesuffix("d"))
    assert found == ([] if first is None else [FILLED.format(f"steps[1].cascade[{first}]", f"{days}d", most)])

    chain = f"c: {{trigger: site_visited, steps: [{{cascade: {rungs}}}]}}"
    story = f"{policy}\nmessages: {{nudge: {{purpose: promo}}}}\nchains: {{{chain}}}"
    contacts = tell(story, "day 0 10:00 anna site_visited").contacts
    dropped = [number for number, line in enumerate(contacts) if " dropped " in line]
    assert dropped == ([] if first is None else [first])


BY = "max: {{hibernating: 1, champions: {}, else: {}}}, by: rfm.segment, per: 7d"
EVERYBODY = " ({} per 7d) by then, so those who got them never"
OF = " by then, so those who got them of {} (by rfm.segment) never"


@pytest.mark.parametrize(
    ("champions", "others", "rung", "whose"),
    [
        (3, 3, 3, EVERYBODY.format(3)),
        (5, 3, 3, OF.format("hibernating, else")),
        (5, 2, 2, OF.format("hibernating, else")),
        (1, 4, 1, OF.format("hibernating, champions")),
        (2, 4, 2, OF.format("hibernating, champions")),
        (5, 4, 0, ""),
    ],
)
def test_a_cap_by_segment_is_told_for_the_customers_of_the_lower_maxima(
    tmp_path: Path, champions: int, others: int, rung: int, whose: str
) -> None:
    text = with_steps(f"      - cascade: {rungs_of_the_same_wait('1d')}\n      - send: {{email: digest}}\n")
    policy = f"contact_policy: {{caps: [{{{BY.format(champions, others)}, then: drop}}]}}\n"
    text = text.replace("contact_policy:\n  caps:\n    - {max: 2, per: day}\n", policy)
    notes = [note for _, note in told(tmp_path, text.replace("  sms:", "  web_push: {}\n  telegram: {}\n  sms:"))]
    assert len(notes) == (rung > 0), "who names the few that get less has said so"
    for note in notes:
        assert note.startswith(f"chains.cart.steps[1].cascade[{rung}]: is due {rung}d after the first rung, and ")
        assert f"have filled the cap 'caps[0]'{whose} get it; " in note


@pytest.mark.parametrize(
    ("steps", "place", "late"),
    [
        ("      - wait: 90d\n      - send: {email: nudge}\n", "steps[2]", "is due after 2161h at the earliest"),
        ("      - wait: 89d\n      - wait: 22h\n      - send: {email: nudge}\n", "", ""),
        ("      - at: 90d\n      - send: {email: nudge}\n", "steps[2]", "is due after 90d at the earliest"),
        (f"      - wait: 88d\n      - cascade: {RUNGS}\n", "steps[2].cascade[2]", "is due after 2161h for those who"),
        ("      - wait: {until: click, at_most: 95d}\n      - send: {email: nudge}\n", "", ""),
    ],
)
def test_steps_behind_the_horizon(tmp_path: Path, steps: str, place: str, late: str) -> None:
    """Of 90 days; the first step of the chain waits one hour."""
    found = told(tmp_path, with_steps(f"{steps}      - send: {{sms: digest}}\n"))
    assert [text.startswith(f"chains.cart.{place}: {late}") for _, text in found] == [True] * bool(place)
    if place:
        lost = "nobody ever gets it" if "cascade" in place else "no run ever comes there"
        assert found[0][1].endswith(f", and the horizon has 90d, so {lost}; expected shorter waits or a longer horizon")
        assert told(tmp_path, with_steps(steps, "\n    timeout: 30d"))[0][1].startswith("chains.cart.timeout")


def test_the_window_of_the_goal_is_not_blamed_for_the_horizon(tmp_path: Path) -> None:
    steps = "      - wait: 90d\n      - send: {email: nudge}\n      - send: {sms: digest}\n"
    found = told(tmp_path, with_steps(steps, "\n    goal: {event: order, window: 30d}"))
    assert [text for _, text in found if "goal" in text] == []
    assert len(found) == 1


KEPT = (
    "chains.cart.steps[1].cascade[2]: whoever any rung before it reaches never gets it, for each goes on only "
    "'next_unless: delivered'; expected click or opened where it is for those who do not answer, first_of where it is "
    "for those whom nothing else reaches"
)
LADDER = (
    "      - cascade: [{email: nudge, wait: 1d, next_unless: %s}, "
    "{vk: nudge, wait: 1d, next_unless: %s}, {sms: digest}]\n"
)


@pytest.mark.parametrize(
    ("first", "second", "doubtful"),
    [("delivered", "delivered", True), ("[click, delivered]", "delivered", True), ("click", "delivered", False)],
)
def test_a_last_rung_for_the_unreachable(tmp_path: Path, first: str, second: str, doubtful: bool) -> None:
    text = with_steps(LADDER % (first, second)).replace("channels:\n", "channels:\n  vk: {}\n")
    assert [text for _, text in told(tmp_path, text)] == doubtful * [KEPT]


@pytest.mark.parametrize("unless", ["delivered", "click"])
def test_the_last_rung_is_kept_from_whom_another_reaches(unless: str) -> None:
    text = f"""
    messages: {{nudge: {{purpose: promo}}}}
    chains:
      cart:
        trigger: cart_abandoned
        steps: [{{cascade: [{{email: nudge, wait: 1d, next_unless: {unless}}}, {{sms: nudge}}]}}]
    """
    sent = tell(text, "day 0 10:00 anna cart_abandoned", days=3).sent
    assert len(sent) == (1 if unless == "delivered" else 2)


@pytest.mark.parametrize(
    ("exits", "more", "doubtful"),
    [
        ("delivered", True, True),
        ("[order, delivered]", True, True),
        ("delivered", False, False),
        ("click", True, False),
    ],
)
def test_a_run_that_its_first_delivery_ends(tmp_path: Path, exits: str, more: bool, doubtful: bool) -> None:
    steps = "      - send: {email: nudge}\n" + more * "      - wait: 1d\n      - send: {email: digest}\n"
    text = (
        with_steps(steps)
        .replace("exit_on: order", f"exit_on: {exits}")
        .replace('"consent.email and', '"orders == 0 and')
    )
    found = [text for _, text in told(tmp_path, text) if "'delivered'" in text]
    assert found == doubtful * [
        "chains.cart.exit_on: 'delivered' ends the run as soon as its first message arrives, so nobody gets steps[3] "
        "whom that one reached; expected click or order, or no 'delivered' here"
    ]


@pytest.mark.parametrize(
    ("last", "idle"),
    [
        ("{sms: digest, wait: 1d, next_unless: 'orders >= 1'}", "its condition"),
        ("{sms: digest, next_unless: click}", "'next_unless'"),
        ("{sms: digest, wait: 1d, next_unless: click}", None),
    ],
)
def test_what_the_last_rung_asks_for_is_idle(tmp_path: Path, last: str, idle: str | None) -> None:
    rungs = f"      - cascade: [{{email: nudge, wait: 1d, next_unless: click}}, {last}]\n"
    assert told(tmp_path, with_steps(rungs)) == (idle is not None) * [
        (26, f"chains.cart.steps[1].cascade[1]: {idle} is never asked for, as no rung comes behind this one")
    ]
