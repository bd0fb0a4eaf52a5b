"""What the auditor found in the real engine, as the smallest stories that show it."""

from __future__ import annotations

from tests.strategies.story import Person, tell

MORNING = """
messages: {hello: {purpose: promo}}
chains:
  morning: {trigger: {every: "%s"}, reenter: always, steps: [{send: {email: hello}}]}
"""


def test_a_chain_starts_on_its_schedule_in_the_customers_zone() -> None:
    people = {"anna": Person(), "east": Person(zone=9), "west": Person(zone=-1)}
    told = tell(MORNING % "Tue 08:00", people=people, days=9)
    assert told.lines("sent", of="anna") == ["day 1 08:00 sent email:hello", "day 8 08:00 sent email:hello"]
    assert told.lines("sent", of="east") == ["day 0 23:00 sent email:hello", "day 7 23:00 sent email:hello"]
    assert told.lines("sent", of="west") == ["day 1 09:00 sent email:hello", "day 8 09:00 sent email:hello"]


def test_a_schedule_of_month_days_starts_a_chain_on_these_days() -> None:
    assert tell(MORNING % "month 3,15 10:00", days=20).sent == ["day 1 10:00 email:hello", "day 13 10:00 email:hello"]


def test_chains_on_schedules_of_one_minute_have_luck_of_their_own() -> None:
    told = tell(
        """
        messages: {hello: {purpose: promo}}
        chains:
          every_day: {trigger: {every: "day 10:00"}, steps: [{send: {email: hello}}]}
          monday: {trigger: {every: "Mon 10:00"}, steps: [{send: {email: hello}}]}
        """,
        days=1,
    )
    contacts = [row.contact for row in told.rows if row.event == "sent"]
    assert len(contacts) == len(set(contacts)) == 2


def test_staying_away_starts_one_run_though_the_missed_event_came_twice_in_a_second() -> None:
    told = tell(
        """
        messages: {hello: {purpose: promo}}
        chains:
          away: {trigger: {inactive: 1d, of: order}, on_retrigger: restart, reenter: always,
                 steps: [{wait: 1h}, {send: {email: hello}}]}
        """,
        ["day 0 10:00 anna order 100", "day 0 10:00 anna order 100"],
    )
    assert told.lines("chain_entered", "chain_exited") == [
        "day 1 10:00 chain_entered away",
        "day 1 11:00 chain_exited away (finished)",
    ]


def test_campaigns_of_one_local_day_have_luck_of_their_own_though_two_company_days_plan_them() -> None:
    told = tell(
        """
        messages: {hello: {purpose: promo}}
        campaigns:
          midnight: {every: "day 00:00", send: {email: hello}}
          morning: {every: "day 08:00", send: {email: hello}}
        """,
        people={"anna": Person(zone=5)},
        days=3,
    )
    contacts = [row.contact for row in told.rows if row.event == "sent"]
    assert len(contacts) == len(set(contacts)) == 6


def test_a_contact_held_on_a_channel_that_is_lost_keeps_its_number_to_itself() -> None:
    told = tell(
        """
        contact_policy: {quiet_hours: {from: "22:00", to: "08:00"}}
        messages: {hello: {purpose: promo}, again: {purpose: promo}}
        chains:
          first:
            trigger: site_visited
            steps: [{send: {first_of: [telegram, sms], message: hello}}, {send: {telegram: again}}]
          other: {trigger: searched, steps: [{send: {telegram: hello}}]}
        """,
        ["day 0 21:00 anna searched", "day 0 23:00 anna site_visited", "day 1 01:00 anna blocked 1"],
    )
    first = next(row.run for row in told.rows if row.event == "held")
    assert [row.text for row in told.rows if row.run == first and row.contact] == [
        "held telegram:hello (quiet_hours)",
        "sent sms:hello",
        "delivered sms:hello",
        "dropped telegram:again (no_address)",
    ]
    held, sent, _, dropped = (row.contact for row in told.rows if row.run == first and row.contact)
    assert len({held, sent, dropped}) == 3


def test_a_longest_wait_that_is_no_whole_minute_ends_on_one() -> None:
    told = tell(
        """
        contact_policy:
          caps:
            - {max: 1, per: day, segment: busy, then: wait, for_at_most: 90s}
        segments: {busy: {if: "last_visit.age < 80s"}}
        messages: {hello: {purpose: promo}, again: {purpose: promo}}
        chains:
          first: {trigger: product_viewed, steps: [{send: {email: hello}}]}
          second: {trigger: cart_abandoned, steps: [{send: {email: again}}]}
        """,
        ["day 0 10:00 anna product_viewed", "day 0 11:00 anna site_visited", "day 0 11:00 anna cart_abandoned"],
    )
    assert told.contacts == [
        "day 0 10:00 sent email:hello",
        "day 0 11:00 held email:again (cap: caps[0])",
        "day 0 11:02 sent email:again",
    ]
