"""In-app messages: they wait in the customer's slot, are shown at visits, and leave it in a way that the log tells."""

from __future__ import annotations

import pytest

from strategies.vocabulary import CHANNELS, DAY
from tests.strategies.story import Person, tell

MESSAGES = """
messages:
  banner: {purpose: promo, topic: cart}
  news: {purpose: promo, topic: news}
  letter: {purpose: promo, topic: cart}
"""
CART = "cart: {trigger: cart_abandoned, reenter: always, steps: [{send: {in_app: banner}}]}"
SALE = "sale: {trigger: favourite_added, reenter: always, priority: %d, steps: [{send: {in_app: news}}]}"
SLOT = ("delivered", "in_app_shown", "in_app_removed")


def chains(*texts: str, slot: str = "{}", more: str = "") -> str:
    """A scenario of these chains."""
    return f"{MESSAGES}in_app_slot: {slot}\nchains:\n  " + "\n  ".join(texts) + f"\n{more}\n"


def test_a_message_waits_for_the_next_visit() -> None:
    told = tell(chains(CART), "day 0 09:05 anna cart_abandoned\nday 1 10:00:30 anna site_visited")
    assert told.sent == ["day 0 09:05 in_app:banner"]
    assert told.lines(*SLOT) == [
        "day 1 10:00:30 delivered in_app:banner",
        "day 1 10:00:30 in_app_shown in_app:banner",
        "day 3 09:05 in_app_removed in_app:banner (expired)",
    ]


def test_nobody_needs_an_address_or_consent() -> None:
    nobody = Person(
        no_address=("in_app", "email"), no_consent=("in_app", "email"), no_service_consent=("in_app", "email")
    )
    told = tell(chains(CART), "day 0 09:05 anna cart_abandoned\nday 1 10:00 anna site_visited", {"anna": nobody})
    assert [line for line in told.lines() if "shown" in line] == ["day 1 10:00 in_app_shown in_app:banner"]


def test_whom_the_company_does_not_know_it_shows_nothing() -> None:
    stranger = Person(no_address=CHANNELS, no_consent=CHANNELS)
    timeline = "day 0 09:05 anna cart_abandoned\nday 1 10:00 anna site_visited"
    assert tell(chains(CART), timeline, {"anna": stranger}).contacts == [
        "day 0 09:05 dropped in_app:banner (no_address)"
    ]
    with_account = Person(no_address=CHANNELS, no_consent=CHANNELS, profile={"registered": -DAY})
    assert tell(chains(CART), timeline, {"anna": with_account}).sent == ["day 0 09:05 in_app:banner"]


def test_a_message_that_nobody_came_for_expires() -> None:
    told = tell(chains(CART, slot="{show_for: 2d}"), "day 0 09:05 anna cart_abandoned\nday 2 09:05 anna site_visited")
    assert told.lines(*SLOT) == ["day 2 09:05 in_app_removed in_app:banner (expired)"]


def test_validity_of_the_message_shortens_its_time() -> None:
    text = chains(CART).replace("banner: {purpose: promo", "banner: {deliver_by: 10h, purpose: promo")
    told = tell(text, "day 0 09:05 anna cart_abandoned\nday 0 19:05 anna site_visited")
    assert told.lines(*SLOT) == ["day 0 19:05 in_app_removed in_app:banner (expired)"]


def test_one_message_is_shown_so_often_within_a_time() -> None:
    visits = [f"day {day} 10:00 anna site_visited" for day in range(1, 9)]
    told = tell(chains(CART, slot="{show_for: 20d, at_most: 2 per 4d}"), ["day 0 09:05 anna cart_abandoned", *visits])
    assert [line[:5] for line in told.lines("in_app_shown")] == ["day 1", "day 2", "day 5", "day 6"]
    assert len(told.lines("delivered")) == 1, "several impressions are one delivery"


def test_the_limit_speaks_of_the_message_whichever_run_sent_it() -> None:
    told = tell(
        chains(CART, slot="{show_for: 2d, at_most: 1 per 3d}"),
        "day 0 09:05 anna cart_abandoned\nday 0 10:00 anna site_visited\nday 2 12:00 anna cart_abandoned\n"
        "day 3 09:59:59 anna site_visited\nday 3 10:00 anna site_visited",
    )
    assert told.lines("in_app_shown") == [
        "day 0 10:00 in_app_shown in_app:banner",
        "day 3 10:00 in_app_shown in_app:banner",
    ]


def test_all_messages_together_may_have_a_limit() -> None:
    both = "day 0 09:05 anna cart_abandoned\nday 0 09:06 anna favourite_added\n"
    visits = "day 1 10:00 anna site_visited\nday 1 11:00 anna site_visited\nday 2 10:00 anna site_visited"
    free = tell(chains(CART, SALE % 10), both + visits).lines("in_app_shown")
    assert [line[6:11] for line in free] == ["10:00", "11:00"]
    limited = tell(chains(CART, SALE % 10, slot="{in_all: 1 per 24h}"), both + visits).lines("in_app_shown")
    assert [line[:11] for line in limited] == ["day 1 10:00", "day 2 10:00"]


@pytest.mark.parametrize(
    ("winner", "priority", "first"),
    [("priority", 90, "news"), ("priority", 10, "banner"), ("newest", 10, "news"), ("oldest", 90, "banner")],
)
def test_one_of_several_is_shown(winner: str, priority: int, first: str) -> None:
    told = tell(
        chains(CART, SALE % priority, slot=f"{{winner: {winner}}}"),
        "day 0 09:05 anna cart_abandoned\nday 0 09:10 anna favourite_added\n"
        "day 1 10:00 anna site_visited\nday 1 12:00 anna site_visited",
    )
    other = {"news": "banner", "banner": "news"}[first]
    assert told.lines("in_app_shown") == [
        f"day 1 10:00 in_app_shown in_app:{first}",
        f"day 1 12:00 in_app_shown in_app:{other}",
    ]


def test_of_equals_the_earlier_one_wins_then_the_name() -> None:
    told = tell(
        chains(CART, SALE % 50),
        "day 0 09:05 anna favourite_added\nday 0 09:05 anna cart_abandoned\nday 1 10:00 anna site_visited\n"
        "day 0 09:06 bob cart_abandoned\nday 0 09:05 bob favourite_added\nday 1 10:00 bob site_visited",
    )
    assert told.lines("in_app_shown", of="anna") == ["day 1 10:00 in_app_shown in_app:banner"]
    assert told.lines("in_app_shown", of="bob") == ["day 1 10:00 in_app_shown in_app:news"]


def test_a_click_takes_the_message_out() -> None:
    told = tell(
        chains(CART, slot="{at_most: 9 per 1d}"),
        "day 0 09:05 anna cart_abandoned\nday 1 10:00 anna site_visited\nday 1 10:00:05 anna click 1\n"
        "day 1 12:00 anna site_visited",
    )
    assert told.lines(*SLOT) == ["day 1 10:00 delivered in_app:banner", "day 1 10:00 in_app_shown in_app:banner"]


WAITING = (
    "cart: {trigger: cart_abandoned, exit_on: [order], "
    "steps: [{send: {in_app: banner}}, {wait: {until: click, at_most: 2d}}]}"
)


def test_a_run_that_is_ended_takes_its_message_along() -> None:
    timeline = "day 0 09:05 anna cart_abandoned\nday 0 12:00 anna order 900 shoes\nday 1 10:00 anna site_visited"
    told = tell(chains(WAITING), timeline)
    assert told.lines(*SLOT) == ["day 0 12:00 in_app_removed in_app:banner (run_ended)"]


def test_a_run_that_came_to_its_end_leaves_it_there() -> None:
    timeline = "day 0 09:05 anna cart_abandoned\nday 0 12:00 anna order 900 shoes\nday 1 10:00 anna site_visited"
    told = tell(chains(CART.replace("reenter: always", "exit_on: [order]")), timeline)
    assert told.lines("in_app_shown") == ["day 1 10:00 in_app_shown in_app:banner"]


def test_what_is_put_in_during_a_visit_waits_for_the_next_one() -> None:
    chain = "hello: {trigger: site_visited, reenter: never, steps: [{send: {in_app: banner}}]}"
    told = tell(chains(chain), "day 0 09:05 anna site_visited\nday 1 09:05 anna site_visited")
    assert told.sent == ["day 0 09:05 in_app:banner"]
    assert told.lines("in_app_shown") == ["day 1 09:05 in_app_shown in_app:banner"]


def test_a_cascade_goes_on_where_nobody_came_or_clicked() -> None:
    chain = (
        "cart: {trigger: cart_abandoned, steps: [{cascade: "
        "[{in_app: banner, wait: 1d, next_unless: %s}, {email: letter}]}]}"
    )
    visit = "day 0 09:05 anna cart_abandoned\nday 0 20:00 anna site_visited"
    assert len(tell(chains(chain % "click"), visit).sent) == 2
    assert len(tell(chains(chain % "in_app_shown"), visit).sent) == 1
    assert len(tell(chains(chain % "in_app_shown"), "day 0 09:05 anna cart_abandoned").sent) == 2


@pytest.mark.parametrize(
    ("condition", "visit", "says"),
    [
        ("shown(banner)", True, True),
        ("shown(banner)", False, False),
        ("not shown(banner)", False, True),
        ("not opened(banner)", False, False),
        ("not opened(banner)", True, True),
        ("delivered(banner)", True, True),
        ("sent(banner) and not clicked(banner)", True, True),
        ("shown()", True, True),
    ],
)
def test_conditions_know_what_was_shown(condition: str, visit: bool, says: bool) -> None:
    chain = (
        "cart: {trigger: cart_abandoned, steps: [{send: {in_app: banner}}, {wait: 1d}, "
        f'{{choose: [{{if: "{condition}", steps: [{{send: {{email: letter}}}}]}}]}}]}}'
    )
    visits = "\nday 0 20:00 anna site_visited" if visit else ""
    told = tell(chains(chain), "day 0 09:05 anna cart_abandoned" + visits)
    assert (len(told.sent) == 2) == says


def test_impressions_may_start_chains_each_its_own() -> None:
    seen = "seen: {trigger: in_app_shown, reenter: always, steps: [{send: {email: letter}}]}"
    visits = "\n".join(f"day {day} 10:00 anna site_visited" for day in (1, 2))
    told = tell(chains(CART, seen, slot="{at_most: 1 per 1h}"), "day 0 09:05 anna cart_abandoned\n" + visits)
    assert told.sent[1:] == ["day 1 10:00 email:letter", "day 2 10:00 email:letter"]
    assert len({row.run for row in told.rows if row.event == "chain_entered"}) == 3


CAPPED = "contact_policy: {caps: [{max: 1, per: day, then: drop}], quiet_hours: {from: '08:00', to: '22:00'}%s}"


def test_caps_and_quiet_hours_do_not_bind_what_comes_to_nobody() -> None:
    mail = "mail: {trigger: cart_abandoned, priority: 99, steps: [{send: {email: letter}}]}"
    policy = "contact_policy: {caps: [{max: 1, per: day, then: drop}]%s}"
    timeline = "day 0 09:05 anna cart_abandoned\nday 0 09:10 anna favourite_added"
    free = tell(chains(mail, CART, SALE % 10, more=policy % ""), timeline)
    assert [line[12:] for line in free.contacts] == ["sent email:letter", "sent in_app:banner", "sent in_app:news"]
    bound = tell(chains(mail, CART, more=policy % ", in_app: {obeys: [caps]}"), timeline)
    assert [line[12:] for line in bound.contacts] == ["sent email:letter", "dropped in_app:banner (cap: caps[0])"]


def test_they_may_count_for_what_is_sent_later() -> None:
    late = "mail: {trigger: cart_abandoned, steps: [{wait: 1h}, {send: {email: letter}}]}"
    policy = "contact_policy: {caps: [{max: 1, per: day, then: drop}], in_app: {obeys: [], counts: %s}}"
    told = [
        tell(chains(CART, late, more=policy % counts), "day 0 09:05 anna cart_abandoned").contacts[1][12:]
        for counts in ("false", "true")
    ]
    assert told == ["sent email:letter", "dropped email:letter (cap: caps[0])"]


def test_a_pause_after_an_order_holds_them_unless_told_otherwise() -> None:
    policy = "contact_policy: {pause_after: {order: 1d}%s}"
    timeline = "day 0 09:00 anna order 900 shoes\nday 0 09:05 anna cart_abandoned"
    held = tell(chains(CART, more=policy % ""), timeline)
    assert held.contacts == [
        "day 0 09:05 held in_app:banner (pause: pause_after.order)",
        "day 1 09:00 sent in_app:banner",
    ]
    assert tell(chains(CART, more=policy % ", in_app: {obeys: []}"), timeline).sent == ["day 0 09:05 in_app:banner"]


def test_the_control_group_sees_nothing() -> None:
    told = tell(
        chains(CART, more="control: {share: 100%}"), "day 0 09:05 anna cart_abandoned\nday 1 10:00 anna site_visited"
    )
    assert told.contacts == ["day 0 09:05 dropped in_app:banner (control)"]
    assert told.lines(*SLOT) == []


def test_campaigns_put_messages_in_too() -> None:
    more = 'campaigns: {sale: {every: "Tue 10:00", send: {in_app: news}}}'
    told = tell(MESSAGES + more, "day 1 12:00 anna site_visited", days=3)
    assert told.lines(*SLOT)[1] == "day 1 12:00 in_app_shown in_app:news"


def test_lost_clicks_still_take_the_message_out() -> None:
    told = tell(
        chains(CART, slot="{at_most: 9 per 1d}", more="data_faults: {lost: {click: 100%}}"),
        "day 0 09:05 anna cart_abandoned\nday 1 10:00 anna site_visited\nday 1 10:00:05 anna click 1\n"
        "day 1 12:00 anna site_visited",
    )
    assert len(told.lines("in_app_shown")) == 1


def test_unopened_ones_count_from_their_first_impression() -> None:
    chain = "again: {trigger: {count: 2, of: in_app_unopened, answer_within: 1d}, steps: [{send: {email: letter}}]}"
    timeline = "day 0 09:05 anna cart_abandoned\nday 0 09:06 anna favourite_added\nday 0 12:00 anna site_visited\n"
    told = tell(chains(CART, SALE % 10, chain), timeline + "day 1 10:00 anna site_visited")
    assert told.sent[2:] == ["day 2 10:00 email:letter"]


@pytest.mark.slow
def test_deep_slots_keep_everything() -> None:
    """Many waiting messages of one customer: each is shown in turn, none is lost."""
    names = [f"m{number:02d}" for number in range(20)]
    text = "messages:\n" + "".join(f"  {name}: {{purpose: promo}}\n" for name in names)
    text += "in_app_slot: {at_most: 1 per 2d, show_for: 2d}\nchains:\n"
    text += "".join(f"  {n}: {{trigger: cart_abandoned, steps: [{{send: {{in_app: {n}}}}}]}}\n" for n in names)
    visits = [f"day 1 {hour:02d}:{minute}0 anna site_visited" for hour in range(8, 20) for minute in range(6)]
    told = tell(text, ["day 0 09:05 anna cart_abandoned", *visits])
    assert len(told.sent) == 20
    assert [line.split(":")[-1] for line in told.lines("in_app_shown")] == names
    assert len(told.lines("in_app_removed")) == 20


def test_a_message_sent_anew_takes_the_place_of_the_one_that_waits() -> None:
    carts = [f"day {day} 09:05 anna cart_abandoned" for day in range(3)]
    visits = ["day 2 10:00 anna site_visited", "day 2 10:00:05 anna click 3", "day 2 11:00 anna site_visited"]
    told = tell(chains(CART, SALE % 10, slot="{at_most: 9 per 1d, show_for: 20d}"), [*carts, *visits])
    assert told.lines(*SLOT) == [
        "day 1 09:05 in_app_removed in_app:banner (replaced)",
        "day 2 09:05 in_app_removed in_app:banner (replaced)",
        "day 2 10:00 delivered in_app:banner",
        "day 2 10:00 in_app_shown in_app:banner",
    ]
    sent, removed, shown = (
        [row.contact for row in told.rows if row.event == name] for name in ("sent", "in_app_removed", "in_app_shown")
    )
    assert (removed, shown) == (sent[:2], sent[2:])


def test_only_the_same_message_that_still_waits_is_replaced() -> None:
    """Another message stays; what expired an hour before, on the same day, is told so and not as replaced."""
    told = tell(
        chains(CART, SALE % 10, slot="{show_for: 2d}"),
        "day 0 09:05 anna cart_abandoned\nday 1 09:05 anna favourite_added\nday 2 10:05 anna cart_abandoned",
    )
    assert sorted(told.lines(*SLOT)) == [
        "day 2 09:05 in_app_removed in_app:banner (expired)",
        "day 3 09:05 in_app_removed in_app:news (expired)",
        "day 4 10:05 in_app_removed in_app:banner (expired)",
    ]


@pytest.mark.parametrize(("again", "first"), [(10, "news"), (90, "banner")])
def test_a_replaced_message_has_the_priority_of_the_newer_sending(again: int, first: str) -> None:
    """The cart's banner has 50 and the news 30; what sends the banner again says where it stands from then on."""
    banner_again = f"again: {{trigger: order, priority: {again}, steps: [{{send: {{in_app: banner}}}}]}}"
    cart, news = "day 0 09:05 anna cart_abandoned", "day 0 09:10 anna favourite_added"
    visit, order = "day 1 10:00 anna site_visited", "day 0 12:00 anna order 900 shoes"
    for lines in ([cart, news, order, visit], [order.replace("12:00", "09:00"), cart, news, visit]):
        told = tell(chains(CART, SALE % 30, banner_again), lines)
        last = first if lines[2] == order else "banner"
        assert told.lines("in_app_shown") == [f"day 1 10:00 in_app_shown in_app:{last}"]


def test_an_ended_run_whose_message_was_replaced_leaves_the_newer_one() -> None:
    """The newer message is the campaign's: the order ends the cart's run and takes nothing away."""
    told = tell(
        chains(WAITING, more='campaigns: {sale: {every: "Tue 10:00", send: {in_app: banner}}}'),
        "day 0 11:00 anna cart_abandoned\nday 1 12:00 anna order 900 shoes\nday 1 13:00 anna site_visited",
        days=3,
    )
    assert told.lines(*SLOT)[:3] == [
        "day 1 10:00 in_app_removed in_app:banner (replaced)",
        "day 1 13:00 delivered in_app:banner",
        "day 1 13:00 in_app_shown in_app:banner",
    ]


PAID = "channels: {email: {cost: 5}, in_app: {cost: 5}}\n"
SPENT = "contact_policy: {budget: {max: 10, per: week}%s}"
DAILY_VISITS = ["day 0 09:05 anna cart_abandoned", *(f"day {day} 10:00 anna site_visited" for day in range(1, 10))]


@pytest.mark.parametrize(
    ("channels", "more", "days"),
    [
        (PAID, SPENT % "", [1, 2, 7, 8]),
        (PAID, SPENT % ", in_app: {obeys: []}", [*range(1, 10)]),
        (PAID.replace("in_app: {cost: 5}", "in_app: {}"), SPENT % "", [*range(1, 10)]),
        (PAID, "", [*range(1, 10)]),
    ],
)
def test_nothing_with_a_price_is_shown_while_the_budget_is_spent(channels: str, more: str, days: list[int]) -> None:
    """Two impressions spend it; the third day shows nothing, a new week does, and the message waited all along."""
    told = tell(channels + chains(CART, slot="{show_for: 20d, at_most: 1 per 1h}", more=more), DAILY_VISITS)
    assert [int(line.split()[1]) for line in told.lines("in_app_shown")] == days
    assert told.lines("in_app_removed") == ["day 20 09:05 in_app_removed in_app:banner (expired)"]


def test_a_spent_budget_lets_what_is_free_of_it_be_shown() -> None:
    policy = "contact_policy: {budget: {max: 10, per: week}, exempt: {transactional: {obeys: [caps], counts: false}}}"
    text = PAID + chains(CART, SALE % 10, slot="{show_for: 20d, at_most: 1 per 1h}", more=policy)
    text = text.replace("news: {purpose: promo", "news: {purpose: transactional")
    told = tell(text, ["day 0 09:00 anna favourite_added", *DAILY_VISITS])
    assert [line.split(":")[-1] for line in told.lines("in_app_shown")][:4] == ["banner", "banner", "news", "news"]
