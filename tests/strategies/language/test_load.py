"""What valid scenario files mean."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from strategies.chain_steps import (
    Cascade,
    Choose,
    ExitStep,
    Rung,
    Send,
    Split,
    Step,
    Wait,
    WaitBestHour,
    WaitClock,
    WaitFromEntry,
    WaitUntil,
    WaitUntilTrue,
    WaitWindow,
)
from strategies.chain_triggers import (
    CountTrigger,
    DateTrigger,
    EventTrigger,
    FieldTrigger,
    InactivityTrigger,
    SegmentTrigger,
    Silence,
    Trigger,
)
from strategies.conditions import Compare, Field, Literal_
from strategies.contact_policy import Cap, InAppRules, Scope
from strategies.in_app_rules import Impressions, InAppSlot
from strategies.language import ScenarioError, load_scenario, scenario_to_yaml, without_chain
from strategies.scenario import AtMostRule, EntryLimit, Goal, NeverRule, Offer, Scenario
from strategies.schedules import LAST, Schedule, YearDay
from strategies.signals import Signal
from tests.strategies.language.small import CHAIN, END, POLICY, SEGMENT, SMALL, STEP, changed, load

DAY, HOUR = 86_400, 3_600
EXAMPLE = Path(__file__).parents[3] / "configs" / "scenarios" / "cart_rescue.yaml"


@pytest.fixture
def example(tmp_path: Path) -> Scenario:
    """The reference scenario beside a population file."""
    (tmp_path / "populations").mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "populations" / "online_shop.yaml").write_text("people: 1\n")
    return load_scenario(shutil.copy(EXAMPLE, tmp_path / "scenarios"))


def test_the_reference_scenario_loads(example: Scenario, tmp_path: Path) -> None:
    assert example.name == "Cart rescue with soft caps"
    assert example.population == str((tmp_path / "populations" / "online_shop.yaml").resolve())
    assert (example.horizon, example.tail, example.start) == (90 * DAY, 180 * DAY, dt.date(2026, 2, 2))
    assert example.channels["email"].cost == 1_000
    assert example.channels["email"].throughput == 50_000
    assert list(example.channels) == ["email", "web_push", "telegram", "sms"]
    assert [message.name for message in example.messages] == ["digest", "cart_reminder", "cart_gift"]
    assert example.control.share == 0.1


def test_the_reference_policy_means_what_it_says(example: Scenario) -> None:
    policy = example.policy
    assert policy.caps[0] == Cap("caps[0]", 2, calendar="day", then="wait", for_at_most=2 * DAY)
    assert policy.caps[1] == Cap("caps[1]", 3, rolling=7 * DAY, scope=Scope(channels=("email",)), then="drop")
    assert policy.caps[2].by == "rfm.segment"
    assert policy.caps[2].maximum == 3
    assert policy.caps[2].maxima == (("champions", 5), ("loyal", 4), ("at_risk", 2), ("hibernating", 1))
    (quiet,) = policy.quiet_hours
    assert (quiet.begin, quiet.end) == (22 * HOUR, 8 * HOUR)
    (pause,) = policy.pause_after
    assert (pause.name, pause.events) == ("pause_after", (("order", 2 * DAY),))
    assert policy.sunset[0].none_of == ("click", "order", "site_visited")
    assert [(row.name, row.maximum) for row in policy.budget] == [("budget", 5_000_000_000)]


def test_the_reference_chain_means_what_it_says(example: Scenario) -> None:
    (chain,) = example.chains
    assert chain.trigger == EventTrigger(("cart_abandoned",))
    assert (chain.reenter, chain.priority, chain.holdout, chain.timeout) == (7 * DAY, 80, 0.1, 7 * DAY)
    assert chain.goal == Goal((Signal("order"),), 7 * DAY)
    assert chain.exit_on == ("order", "cart_emptied")
    choose = chain.steps[3]
    assert isinstance(choose, Choose)
    cascade = choose.branches[1].steps[0]
    assert isinstance(cascade, Cascade)
    assert cascade.rungs[0] == Rung(
        Send(("web_push",), "cart_gift", "steps[3].choose[1].steps[0].cascade[0]"), DAY, ("click",)
    )
    assert cascade.rungs[2].wait is None
    split = choose.branches[2].steps[0]
    assert isinstance(split, Split)
    assert [(arm.name, arm.share) for arm in split.arms] == [("patient", 0.5), ("eager", 0.5)]
    assert split.arms[1].steps == (
        Send(("email",), "cart_gift", "steps[3].choose[2].else[0].split.arms.eager.steps[0]"),
    )


def test_rules_are_read_and_said_to_be_for_later(example: Scenario) -> None:
    assert example.rules == (
        NeverRule("cart_reminder", "order", 7 * DAY, "cart"),
        AtMostRule(3, 7 * DAY, ("promo",)),
    )
    (notice,) = example.notices
    assert notice.text == (
        "rules: their form is checked; the search for counter-examples (crmsim prove) comes in a later version"
    )
    assert EXAMPLE.read_text().splitlines()[notice.line - 2].startswith("rules:")


@pytest.mark.parametrize(("template", "told"), [("", 1), (", template: true", 0)])
def test_free_writing_by_whatsapp_loads_with_a_notice(tmp_path: Path, template: str, told: int) -> None:
    text = changed("  sms: {cost: 4.5}", "  sms: {cost: 4.5}\n  whatsapp: {}")
    text = text.replace("{sms: digest}", "{whatsapp: digest}").replace("topic: news}", f"topic: news{template}}}")
    assert [notice.text for notice in load(tmp_path, text).notices] == told * [
        "chains.cart.steps[3].choose[1].else[0].send: 'digest' is no template: whatsapp takes it only for a while "
        "after the customer's own last click there"
    ]


SLOT = "in_app_slot: {show_for: 5d, at_most: 2 per 3d, in_all: 4 per 24h, winner: newest}"
RULES = "  in_app: {obeys: [control, caps], counts: true}"


def test_the_slot_of_in_app_messages_and_what_they_obey(tmp_path: Path) -> None:
    text = changed("  sms: {cost: 4.5}", "  sms: {cost: 4.5}\n  in_app: {cost: 0.01}")
    assert load(tmp_path, text).in_app_slot == InAppSlot(3 * DAY, Impressions(1, 3 * DAY), None, "priority")
    text = text.replace("segments:\n", f"{RULES}\n{SLOT}\nsegments:\n", 1)
    scenario = load(tmp_path, text)
    assert scenario.in_app_slot == InAppSlot(5 * DAY, Impressions(2, 3 * DAY), Impressions(4, DAY), "newest")
    assert scenario.policy.in_app == InAppRules(("control", "caps"), True)
    written = scenario_to_yaml(scenario, "shop.yaml")
    (tmp_path / "again.yaml").write_text(written)
    again = load_scenario(tmp_path / "again.yaml")
    assert replace(again, file=scenario.file, notices=scenario.notices) == scenario
    assert 'at_most: "2 per 3d"' in written


def test_what_in_app_messages_obey_is_told_where_there_are_some(tmp_path: Path) -> None:
    """As ``crmsim check --resolved`` prints it: defaults too."""
    assert "in_app" not in scenario_to_yaml(load(tmp_path, SMALL), "shop.yaml")
    written = scenario_to_yaml(load(tmp_path, changed("  sms: {cost: 4.5}", "  sms: {cost: 4.5}\n  in_app: {}")))
    words = " ".join(written.split())
    assert "in_app: obeys: - preferences - control - suppression - main_chain - pauses - budget counts: false" in words
    assert 'in_app_slot: show_for: 3d at_most: "1 per 3d" winner: priority' in words


def test_idle_or_endless_in_app_messages_load_with_a_notice(tmp_path: Path) -> None:
    before = {notice.text for notice in load(tmp_path, SMALL).notices}
    idle = load(tmp_path, changed("control: {share: 10%}", "in_app_slot: {}")).notices
    assert {notice.text for notice in idle} - before == {
        "in_app_slot: found without 'in_app' in 'channels:', so nothing waits in it"
    }
    text = changed("  sms: {cost: 4.5}", "  sms: {cost: 4.5}\n  in_app: {}")
    text = text.replace("{sms: digest}", "{first_of: [in_app, sms], message: digest}")
    assert (
        "chains.cart.steps[3].choose[1].else[0].send.first_of: in_app reaches everybody, so only 'on_capped: next' "
        "leads to what stands behind it"
    ) in {notice.text for notice in load(tmp_path, text).notices}


STEPS = {
    "wait: 24h": Wait(DAY),
    "wait: {at: 24h}": WaitFromEntry(DAY),
    "at: 24h": WaitFromEntry(DAY),
    'wait: {at: {clock: "10:00", days: working}}': WaitClock(10 * HOUR, "working"),
    "at: {clock: 10:30}": WaitClock(10 * HOUR + 1_800, "all"),
    'wait: {within: {from: "10:00", to: "18:00"}}': WaitWindow(10 * HOUR, 18 * HOUR),
    'within: {from: "22:00", to: "02:00"}': WaitWindow(22 * HOUR, 2 * HOUR),
    "wait: {best_hour: email}": WaitBestHour("email"),
    "wait: {best_hour: any}": WaitBestHour(""),
    'wait: {best_hour: {channel: any, least: 5, spread: 2h, otherwise: "18:00"}}': WaitBestHour(
        "", 5, 2 * HOUR, 18 * HOUR
    ),
    'within: {from: "10:00", to: "18:00", days: working}': WaitWindow(10 * HOUR, 18 * HOUR, "working"),
    "wait: {until: click, at_most: 24h, on_timeout: [exit]}": WaitUntil(("click",), DAY, "", (ExitStep(),)),
    'wait: {until_true: "orders > 1", check: 6h, name: rich, at_most: 3d, on_timeout: [{wait: 1h}]}': WaitUntilTrue(
        Compare(">", Field("orders", "number"), Literal_(1.0)), 3 * DAY, 6 * HOUR, "rich", (Wait(HOUR),)
    ),
    "wait: {until: click, at_most: 24h}": WaitUntil(("click",), DAY),
    "wait: {until: click or order, at_most: 24h}": WaitUntil(("click", "order"), DAY),
    "wait: {until: nps_answered as answer, at_most: 3d}": WaitUntil(("nps_answered",), 3 * DAY, "answer"),
    "send: {email: nudge}": Send(("email",), "nudge", "steps[0]"),
    "send: {first_of: [sms, email], message: nudge}": Send(("sms", "email"), "nudge", "steps[0]"),
    "send: {first_of: [sms, email], message: nudge, on_capped: next}": Send(
        ("sms", "email"), "nudge", "steps[0]", "next"
    ),
    "exit": ExitStep(),
    "cascade: [{first_of: [email, sms], message: nudge, wait: 1h, on_capped: next}, {sms: nudge}]": Cascade(
        (
            Rung(Send(("email", "sms"), "nudge", "steps[0].cascade[0]", "next"), HOUR),
            Rung(Send(("sms",), "nudge", "steps[0].cascade[1]")),
        )
    ),
}


@pytest.mark.parametrize(("text", "step"), STEPS.items())
def test_steps_mean_what_they_say(tmp_path: Path, text: str, step: Step) -> None:
    assert load(tmp_path, changed(STEP, f"      - {text}\n")).chains[0].steps[0] == step


TRIGGERS = {
    "order": EventTrigger(("order",)),
    "{event: order}": EventTrigger(("order",)),
    "{any: [order, cart_abandoned]}": EventTrigger(("order", "cart_abandoned")),
    '{event: order, if: "value > 1000"}': EventTrigger(
        ("order",), Compare(">", Field("trigger.value", "number"), Literal_(1000.0))
    ),
    "{inactive: 30d, of: order}": InactivityTrigger(30 * DAY, ("order",)),
    "{inactive: 60d, of: opened, channel: email}": InactivityTrigger(60 * DAY, ("opened.email",)),
    "{inactive: 60d, of: click, channel: [sms, email]}": InactivityTrigger(60 * DAY, ("click.email", "click.sms")),
    "{inactive: 60d, of: {any: [visit, app_opened, {event: opened, channel: vk}]}}": InactivityTrigger(
        60 * DAY, ("app_opened", "opened.vk", "site_visited")
    ),
    "{segment_entered: vip}": SegmentTrigger("vip"),
    "{segment_left: vip}": SegmentTrigger("vip", left=True),
    "{field_changed: rfm.segment}": FieldTrigger("rfm.segment"),
    '{date: birthday, before: 7d, at: "10:30"}': DateTrigger("birthday", -7, 10 * HOUR + 1_800),
    "{date: subscription_end, before: 5d}": DateTrigger("subscription_end", -5, 10 * HOUR),
    "{date: last_order, after: 2w}": DateTrigger("last_order", 14, 10 * HOUR),
    "{date: anniversary}": DateTrigger("anniversary", 0, 10 * HOUR),
    "{count: 3, of: email_unopened, in_a_row: true}": CountTrigger(3, Silence("email", "unopened", 3 * DAY), True),
    "{count: 3, of: site_visited, in_a_row: days}": CountTrigger(3, "site_visited", "days"),
    "{count: 2, of: mobile_push_unclicked, answer_within: 1h}": CountTrigger(
        2, Silence("mobile_push", "unclicked", HOUR)
    ),
    '{count: 2, of: order, within: 7d, without: [cart_emptied, click], if: "value > 10"}': CountTrigger(
        2,
        "order",
        False,
        7 * DAY,
        ("cart_emptied", "click"),
        Compare(">", Field("trigger.value", "number"), Literal_(10.0)),
    ),
    '{every: "Mon,Thu 18:30"}': Schedule(18 * HOUR + 1_800, (0, 3)),
    '{every: "day 10:00"}': Schedule(10 * HOUR),
    '{every: "month 1,15 10:00"}': Schedule(10 * HOUR, (), (1, 15)),
    '{every: "month last,1 10:00"}': Schedule(10 * HOUR, (), (1, LAST)),
    '{every: "month last Fri 18:30"}': Schedule(18 * HOUR + 1_800, (4,), places=(LAST,)),
    '{every: "month last,second working day 10:00"}': Schedule(10 * HOUR, working=True, places=(2, LAST)),
    '{every: "working day 10:00", zone: company}': Schedule(10 * HOUR, working=True, zone="company"),
    '{every: "2 weeks Thu,Tue 10:00", from: 2026-02-10}': Schedule(
        10 * HOUR, (1, 3), interval=2, begin=dt.date(2026, 2, 10)
    ),
    '{every: "10 days 10:00", until: 2026-05-01}': Schedule(
        10 * HOUR, interval=10, unit="days", end=dt.date(2026, 5, 1)
    ),
    '{every: "Tue 10:00", from: "12-01", until: 02-29}': Schedule(
        10 * HOUR, (1,), begin=YearDay(12, 1), end=YearDay(2, 29)
    ),
    "{on: 2026-11-27}": Schedule(10 * HOUR, dates=(dt.date(2026, 11, 27),)),
    '{on: [2026-11-30, 03-08, 2026-11-27], at: "09:30"}': Schedule(
        9 * HOUR + 1_800, dates=(YearDay(3, 8), dt.date(2026, 11, 27), dt.date(2026, 11, 30))
    ),
    "{date: birthday, zone: company}": DateTrigger("birthday", 0, 10 * HOUR, "company"),
}


@pytest.mark.parametrize(("text", "trigger"), TRIGGERS.items())
def test_triggers_mean_what_they_say(tmp_path: Path, text: str, trigger: Trigger) -> None:
    assert load(tmp_path, changed("trigger: cart_abandoned", f"trigger: {text}")).chains[0].trigger == trigger


CHAIN_KEYS = {
    "reenter: never": ("reenter", None),
    "reenter: {at_most: 3}": ("entries", EntryLimit(3)),
    "reenter: {after: 2d, at_most: 3, per: 30d}": ("entries", EntryLimit(3, rolling=30 * DAY)),
    "reenter: {at_most: 3, per: week}": ("entries", EntryLimit(3, "week")),
    "reenter: always": ("reenter", 0),
    "reenter: {after: 2w}": ("reenter", 14 * DAY),
    "about: an event of its own": ("reenter", None),
    "holdout: 0.05": ("holdout", 0.05),
    "holdout: {share: 10%, name: x}": ("holdout_name", "x"),
    "on_retrigger: restart": ("on_retrigger", "restart"),
    "on_retrigger: {parallel_by: cart}": ("parallel_by", "cart"),
    'on_retrigger: "parallel_by: category"': ("parallel_by", "category"),
    "exit_on: order": ("exit_on", ("order",)),
    'exit_on: [order, {event: order, if: "value > 9"}, {event: searched}]': ("exit_on", ("order", "searched")),
    'exit_on: [{segment_left: vip}, order, {event: order, if: "value > 9"}]': (
        "exit_signals",
        (
            Signal("segment_left", segment="vip"),
            Signal("order", Compare(">", Field("trigger.value", "number"), Literal_(9.0))),
        ),
    ),
    "goal: {segment_entered: vip, window: 2d}": ("goal", Goal((Signal("segment_entered", segment="vip"),), 2 * DAY)),
    'goal: {event: order, if: "value > 9", window: 2d}': (
        "goal",
        Goal((Signal("order", Compare(">", Field("trigger.value", "number"), Literal_(9.0))),), 2 * DAY),
    ),
    "goal: {any: [order, {segment_left: vip}, order], window: 2d}": (
        "goal",
        Goal((Signal("order"), Signal("segment_left", segment="vip")), 2 * DAY),
    ),
    "about: about it": ("about", "about it"),
}


@pytest.mark.parametrize(("text", "meaning"), CHAIN_KEYS.items())
def test_chain_keys_mean_what_they_say(tmp_path: Path, text: str, meaning: tuple[str, object]) -> None:
    chain = load(tmp_path, changed(CHAIN, f"    {text}\n")).chains[0]
    assert getattr(chain, meaning[0]) == meaning[1]


OFFERS = {
    "{percent: 12.5%, valid: 5d}": Offer("gift", "percent", 0.125, valid=5 * DAY),
    "{amount: 500}": Offer("gift", "amount", value_to_customer=5_000_000, cost=5_000_000),
    "{gift: 300, cost: 120.5, valid: 3d}": Offer("gift", "gift", value_to_customer=3_000_000, cost=1_205_000),
    "{free_delivery: 250, cost: 200}": Offer(
        "gift", "free_delivery", value_to_customer=2_500_000, cost=2_000_000, valid=3 * DAY
    ),
}


@pytest.mark.parametrize(("text", "offer"), OFFERS.items())
def test_offers_mean_what_they_say(tmp_path: Path, text: str, offer: Offer) -> None:
    assert load(tmp_path, changed("{gift: 300, cost: 120}", text)).offers == (offer,)


@pytest.mark.parametrize(("text", "per_hour"), [("900/m", 54_000), ("24000/d", 1_000), ("5/h", 5)])
def test_throughput_is_counted_per_hour(tmp_path: Path, text: str, per_hour: int) -> None:
    assert load(tmp_path, changed("50000/h", text)).channels["email"].throughput == per_hour


def test_defaults_of_a_scenario_without_policy_and_contents(tmp_path: Path) -> None:
    scenario = load(tmp_path, "scenario: A\npopulation: shop.yaml\nhorizon: 1d\nstart: 2026-02-02\n")
    assert (scenario.tail, scenario.at_start.history, scenario.control.share) == (0, 365 * DAY, 0.0)
    assert scenario.chains == scenario.campaigns == scenario.messages == scenario.policy.caps == ()


def test_segments_stand_behind_those_they_ask_for(tmp_path: Path) -> None:
    text = changed(SEGMENT, '  best: {if: "segment.vip and orders > 9"}\n' + SEGMENT)
    assert [segment.name for segment in load(tmp_path, text).segments] == ["vip", "best"]


def test_overrides_change_add_and_take_away(tmp_path: Path) -> None:
    overrides = [
        "contact_policy.caps[0].max=3",
        "chains.cart.priority=90",
        "control={share: 5%}",
        "contact_policy.budget.max=100",
        "contact_policy.budget.per=month",
        "chains.cart.goal=null",
    ]
    scenario = load(tmp_path, SMALL, overrides)
    assert scenario.policy.caps[0].maximum == 3
    assert scenario.chains[0].priority == 90
    assert scenario.control.share == 0.05
    assert [(row.name, row.maximum, row.per) for row in scenario.policy.budget] == [("budget", 1_000_000, "month")]
    assert scenario.chains[0].goal is None


def test_an_override_of_an_alias_leaves_its_anchor_alone(tmp_path: Path) -> None:
    text = changed("{max: 2, per: day}", "&cap {max: 2, per: day}").replace("segments:", "    - *cap\nsegments:")
    assert [cap.maximum for cap in load(tmp_path, text, ["contact_policy.caps[1].max=5"]).policy.caps] == [2, 5]


def test_an_item_is_taken_away(tmp_path: Path) -> None:
    assert load(tmp_path, SMALL, ["contact_policy.caps[0]=null"]).policy.caps == ()


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + SMALL) == load(tmp_path, SMALL)


def test_a_chain_is_switched_off_with_the_caps_that_speak_of_it_alone(tmp_path: Path) -> None:
    caps = "    - {max: 1, per: day, chain: cart}\n    - {max: 4, per: day, chain: [cart, other]}\n"
    other = "  other: {trigger: order, steps: [{send: {email: digest}}]}\ncampaigns:"
    text = changed(POLICY, POLICY + caps).replace("campaigns:", other)
    scenario = without_chain(load(tmp_path, text), "cart")
    assert [chain.name for chain in scenario.chains] == ["other"]
    assert [(cap.name, cap.scope.chains) for cap in scenario.policy.caps] == [("caps[0]", ()), ("caps[2]", ("other",))]


def test_a_chain_that_is_not_there_cannot_be_switched_off(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as raised:
        without_chain(load(tmp_path, SMALL), "crat")
    assert raised.value.problems[0].text == (
        "unknown chain 'crat' in Test; did you mean 'cart'? (expected one of: cart)"
    )


def test_platform_cost_is_money(tmp_path: Path) -> None:
    assert load(tmp_path, changed(END, END + "platform_cost: 50000\n")).platform_cost == 500_000_000


def test_shares_of_a_split_below_the_whole_are_noticed(tmp_path: Path) -> None:
    arms = "{a: {share: 50%, steps: [exit]}, b: {share: 30%}}"
    scenario = load(tmp_path, changed(STEP, STEP + f"      - split: {{name: ab, arms: {arms}}}\n"))
    assert [(notice.line, notice.text) for notice in scenario.notices] == [
        (26, "chains.cart.steps[1].split: shares of 80% in all; the other 20% go on behind the split")
    ]
