"""What loads and is hardly meant: told with line, reason and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import commands
from experiments.brief import check_brief
from sim import arms
from strategies.language import ScenarioError, load_scenario
from strategies.language.doubts import doubts
from strategies.language.load import compose_scenario
from strategies.language.shipped import shipped_folder
from tests.strategies.language.small import SMALL, changed, load

ENDED = SMALL.replace("goal: {event: order, window: 7d}", "exit_on: order").replace(
    "campaigns:", "    reenter: {after: 7d}\ncampaigns:"
)
"""The small scenario, whose chain ends at an order and may be entered again."""

USED = ENDED.replace('enter: "consent.email"', 'enter: "consent.email and not segment.vip"')
"""The same, all of whose segments and messages are used."""


def all_told(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    scenario = load(tmp_path, text)
    found = doubts(compose_scenario(tmp_path / "s.yaml").root, scenario)
    assert all(notice.file == str(tmp_path / "s.yaml") for notice in found)
    return [(notice.line, notice.text) for notice in found]


def told(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    """All but the night, of which the small scenario says nothing (see test_channel_doubts.py)."""
    return [(line, text) for line, text in all_told(tmp_path, text) if not text.startswith(NIGHT)]


def test_nothing_is_said_of_a_plain_scenario(tmp_path: Path) -> None:
    assert told(tmp_path, USED) == []


NIGHT = "contact_policy: nothing keeps "

QUIET = 'contact_policy:\n  quiet_hours: {{from: "{}", to: "{}"}}\n'


@pytest.mark.parametrize(
    ("begin", "end", "doubtful"),
    [("09:00", "21:00", True), ("21:00", "09:00", False), ("13:00", "15:00", False), ("00:00", "08:00", False)],
)
def test_quiet_hours_by_day(tmp_path: Path, begin: str, end: str, doubtful: bool) -> None:
    found = told(tmp_path, USED.replace("contact_policy:\n", QUIET.format(begin, end)))
    assert found == doubtful * [
        (
            10,
            "contact_policy.quiet_hours: quiet by day, from 09:00 to 21:00, and messages go out at night; for quiet "
            'nights write {from: "21:00", to: "09:00"}, for hours of sending send_window',
        )
    ]


def test_rows_of_quiet_hours_have_lines_of_their_own(tmp_path: Path) -> None:
    rows = '  quiet_hours:\n    - {from: "22:00", to: "08:00"}\n    - {from: "08:00", to: "22:00", channel: sms}\n'
    assert [line for line, _ in told(tmp_path, USED.replace("contact_policy:\n", "contact_policy:\n" + rows))] == [12]


@pytest.mark.parametrize(("timeout", "doubtful"), [("30m", True), ("1h", True), ("2h", False)])
def test_a_timeout_before_the_first_step(tmp_path: Path, timeout: str, doubtful: bool) -> None:
    found = told(tmp_path, USED.replace("    steps:\n", f"    timeout: {timeout}\n    steps:\n", 1))
    assert found == doubtful * [
        (
            24,
            f"chains.cart.timeout: a run ends after {timeout}, before its first step is due after 1h, so it does "
            "nothing; expected a longer timeout or a shorter wait",
        )
    ]


@pytest.mark.parametrize(
    ("asks", "event", "doubtful"),
    [("", "nps_answered", True), (", asks: nps", "nps_answered", False), (", asks: nps", "survey_answered", True)],
)
def test_waiting_for_an_answer_that_nobody_asks_for(tmp_path: Path, asks: str, event: str, doubtful: bool) -> None:
    text = USED.replace("offer: gift}", f"offer: gift{asks}}}").replace("until: click", f"until: {event}")
    wanted = event.removesuffix("_answered")
    assert told(tmp_path, text) == doubtful * [
        (
            27,
            f"chains.cart: waits for {event}, but no message before it in this chain asks for that; expected a message "
            f"with 'asks: {wanted}', as the answer otherwise belongs to another chain's question",
        )
    ]


@pytest.mark.parametrize("asks", ["", ", asks: nps"])
def test_a_rung_that_waits_for_an_answer_that_nobody_asks_for(tmp_path: Path, asks: str) -> None:
    rungs = "- cascade: [{email: nudge, wait: 24h, next_unless: [click, nps_answered]}, {sms: nudge}]"
    text = USED.replace("offer: gift}", f"offer: gift{asks}}}").replace("- wait: {until: click, at_most: 24h}", rungs)
    assert len(told(tmp_path, text)) == (not asks)


def test_everybody_in_the_control_group(tmp_path: Path) -> None:
    ((line, text),) = told(tmp_path, USED.replace("share: 10%", "share: 100%"))
    assert line == 35
    assert text == (
        "control.share: all customers are in the control group, so nobody gets a message but of exempt purposes "
        "(transactional); a control group is usually 5% to 20%"
    )


def test_unused_messages_and_segments(tmp_path: Path) -> None:
    more = "".join(f"  m{n}: {{purpose: promo, topic: x}}\n" for n in range(10))
    text = ENDED.replace("chains:\n", more + "chains:\n", 1)
    assert told(tmp_path, text) == [
        (
            13,
            "segments: vip: asked for by no chain, campaign or row of the policy, so they change nothing; listings by "
            "segment show them",
        ),
        (
            19,
            "messages: m0, m1, m2, m3, m4, m5, m6, m7 and 2 more: sent by no chain and no campaign; send them, or "
            "leave them out",
        ),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    - {max: 2, per: day}", "    - {max: 2, per: day, segment: vip}"),
        ('to: "consent.email"', 'to: "segment.vip"'),
        ('vip: {if: "orders >= 3"}', 'vip: {if: "orders >= 3"}\n  best: {if: "segment.vip"}'),
        ("trigger: cart_abandoned", "trigger: {segment_entered: vip}"),
    ],
)
def test_segments_that_something_asks_for(tmp_path: Path, old: str, new: str) -> None:
    assert not any(text.startswith("segments: vip") for _, text in told(tmp_path, changed(old, new)))


def test_conditions_that_nobody_fulfils_have_their_line(tmp_path: Path) -> None:
    notices = load(tmp_path, USED.replace("orders >= 3", "orders > 5 and orders < 3")).notices
    assert [(notice.line, notice.text) for notice in notices] == [
        (
            13,
            "segments.vip.if: 'orders > 5' and 'orders < 3' never hold together, so this is true of nobody; did you "
            "mean 'or'?",
        )
    ]


LEFT_OUT = (
    "{0}: '{1}' leaves out who {2}: a comparison with a missing value is neither true nor false, with or without "
    "'not'; for them too write 'not known({3}) or …', without them 'known({3}) and …'"
)
OPENED, ORDERED = ("never opened", "last_open.age"), ("never ordered", "last_order.age")


@pytest.mark.parametrize(
    ("trigger", "enter", "found"),
    [
        ("cart_abandoned", "not (last_open.age > 60d)", OPENED),
        ("opened", "not (last_open.age > 60d)", None),
        ("{any: [opened, click]}", "not (last_open.age > 60d)", OPENED),
        ("cart_abandoned", "not (last_order.age > 60d)", ORDERED),
        ("cart_abandoned", "orders >= 1 and not (last_order.age > 60d)", None),
        ("cart_abandoned", "orders >= 0 and not (last_order.age > 60d)", ORDERED),
        ("{inactive: 80d, of: order}", "not (last_order.age < 60d)", None),
        ("cart_abandoned", "not (last_visit.age > 60d) and not segment.vip", None),
        ("cart_abandoned", "profile.city != 'Perm'", None),
    ],
)
def test_a_denied_age_of_those_who_never_did_it(
    tmp_path: Path, trigger: str, enter: str, found: tuple[str, str] | None
) -> None:
    text = SMALL.replace("trigger: cart_abandoned", f"trigger: {trigger}").replace("consent.email", enter, 1)
    part = enter.removeprefix("orders >= 1 and ").removeprefix("orders >= 0 and ")
    notices = [notice.text for notice in load(tmp_path, text).notices]
    assert notices == ([] if found is None else [LEFT_OUT.format("chains.cart.enter", part, *found)])


def test_the_trigger_of_a_chain_tells_its_own_condition_what_is_known(tmp_path: Path) -> None:
    trigger = 'trigger: {event: %s, if: "not (last_order.age > 60d)"}'
    for event, count in (("order", 0), ("click", 1)):
        text = SMALL.replace("trigger: cart_abandoned", trigger % event)
        assert len(load(tmp_path, text).notices) == count


@pytest.mark.slow
def test_shipped_scenarios_raise_no_doubts() -> None:
    for path in sorted((shipped_folder() / "scenarios").glob("*.yaml")):
        assert doubts(compose_scenario(path).root, load_scenario(path)) == (), path


@pytest.mark.parametrize("what", ["different messages", "named waits"])
def test_too_much_for_one_run_is_told_with_its_line(tmp_path: Path, what: str) -> None:
    messages = "".join(f"  m{n}: {{purpose: promo, topic: x}}\n" for n in range(65))
    sends = "".join(f"      - send: {{email: m{n}}}\n" for n in range(65))
    waits = "".join(f"      - wait: {{until: click as w{n}, at_most: 1h}}\n" for n in range(65))
    text = SMALL.replace("chains:\n", messages + "chains:\n", 1)
    steps = sends if what == "different messages" else waits
    text = text.replace("      - wait: 1h\n", f"      - wait: 1h\n{steps}", 1)
    with pytest.raises(ScenarioError) as error:
        load(tmp_path, text)
    count = 67 if what == "different messages" else 65
    (problem,) = error.value.problems
    assert problem.line == 85
    assert problem.text == (f"chains.cart: found {count} {what}, expected at most 64, or a second chain for the others")


@pytest.mark.parametrize(
    ("kpi", "refused"),
    [
        ("{metric: open_rate, channel: sms, at_least: 5%}", "sms"),
        ("{metric: click_to_open_rate, channel: sms, at_least: 5%}", "sms"),
        ("{metric: open_rate, message: reply, at_least: 5%}", "sms"),
        ("{metric: open_rate, message: nudge, at_least: 5%}", ""),
        ("{metric: open_rate, at_least: 5%}", ""),
        ("{metric: click_rate, channel: sms, at_least: 5%}", ""),
    ],
)
def test_opens_of_a_channel_that_reports_none_are_no_key_figure(tmp_path: Path, kpi: str, refused: str) -> None:
    text = USED.replace("  nudge:", "  reply: {purpose: promo, topic: x}\n  nudge:").replace(
        "{sms: digest}", "{sms: reply}"
    )
    problems = [problem.text for problem in check_brief(load(tmp_path, f"brief: {{kpis: [{kpi}]}}\n" + text))]
    metric = kpi.split(",", maxsplit=1)[0].removeprefix("{metric: ")
    assert problems == bool(refused) * [
        f"{metric}: sms reports no opens, expected a figure that it tells, such as delivery_rate or click_rate"
    ]


def test_too_many_sends_of_a_run_are_told_by_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arms, "MAX_SITES", 5)
    (problem,) = commands.check("cart_rescue").problems
    assert problem.text.endswith("at most 5 fit one run: expected fewer")
