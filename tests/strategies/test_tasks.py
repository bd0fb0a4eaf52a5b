"""Tasks for people: who may be called, when a team calls, who waits, what the run hears of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.strategies.story import Person, Story, tell

TEAM = "{people: 1, hours: {from: '09:00', to: '18:00'}, minutes_per_task: 30, cost: 150}"
SCENARIO = """
messages: {{offer: {{purpose: promo}}, notice: {{purpose: service}}, m: {{purpose: promo}}}}
teams: {{sales: {team}}}
{more}
chains:
  a:
    trigger: cart_abandoned
    {chain}
    steps:
      - task: {{to: sales, do: call, about: {about}, within: {within}}}
      {steps}
"""
NAMES = ("anna", "berta", "clara", "dora", "emma")


def told(
    timeline: str = "day 0 10:10 anna cart_abandoned",
    people: dict[str, Person] | None = None,
    team: str = TEAM,
    more: str = "",
    chain: str = "",
    about: str = "offer",
    within: str = "1d",
    steps: str = "",
    **options: object,
) -> Story:
    text = SCENARIO.format(team=team, more=more, chain=chain, about=about, within=within, steps=steps)
    return tell(text, timeline, people, **options)  # type: ignore[arg-type]


def tasks(story: Story, of: str | None = None) -> list[str]:
    return story.lines("task_created", "call_answered", "task_closed", of=of)


def everybody(time: str = "day 0 10:10") -> str:
    return "\n".join(f"{time} {name} cart_abandoned" for name in NAMES)


def test_a_task_is_carried_out_in_the_next_hour_of_work_and_closed() -> None:
    created, answered, closed = tasks(told())
    assert created == "day 0 10:10 task_created phone:offer"
    assert answered[:9] == "day 0 11:"
    assert answered.endswith("call_answered phone:offer")
    assert closed == answered.replace("call_answered phone:offer", "task_closed phone:offer (answered)")
    assert tasks(told(people={"anna": Person(picks_up=False)}))[1].endswith("task_closed phone:offer (no_answer)")


def test_a_team_makes_as_many_calls_in_an_hour_as_its_people_can() -> None:
    story = told(everybody())
    hours = sorted(line[:8] for line in story.lines("call_answered"))
    assert hours == ["day 0 11", "day 0 11", "day 0 12", "day 0 12", "day 0 13"]
    three = told(everybody(), team=TEAM.replace("people: 1", "people: 3"))
    assert {line[:8] for line in three.lines("call_answered")} == {"day 0 11"}


def test_long_tasks_are_carried_over_to_the_next_hour_and_the_next_morning() -> None:
    story = told(everybody("day 0 08:10"), team=TEAM.replace("30", "150"), within="2d")
    hours = sorted(line[:8] for line in story.lines("call_answered"))
    assert hours == ["day 0 11", "day 0 13", "day 0 16", "day 1 09", "day 1 12"]


@pytest.mark.slow
def test_outside_of_its_hours_a_team_does_not_call() -> None:
    assert tasks(told("day 0 17:10 anna cart_abandoned"))[1][:8] == "day 1 09"
    quarter = TEAM.replace("18:00", "18:15").replace("30", "15")
    late = tasks(told("day 0 17:10 anna cart_abandoned", team=quarter))[1]
    assert "day 0 18:00" <= late[:11] < "day 0 18:15"
    weekend = TEAM.replace("'18:00'", "'18:00', days: working")
    assert tasks(told("day 4 18:10 anna cart_abandoned", team=weekend, within="1w"))[1][:8] == "day 7 09"


def test_a_call_waits_for_the_end_of_quiet_hours_and_others_go_before() -> None:
    quiet = "contact_policy: {quiet_hours: {from: '22:00', to: '08:00'}}"
    people = {"anna": Person(zone=11), "berta": Person()}
    story = told(everybody(), people, more=quiet, within="2d")
    assert story.lines("call_answered", of="anna")[0][:8] in ("day 1 09", "day 1 10")  # 20 and 21 o'clock there
    assert story.lines("call_answered", of="berta")[0][:8] in ("day 0 11", "day 0 12")


def test_what_nobody_came_to_in_time_expires_at_the_full_hour() -> None:
    story = told(everybody(), within="1h")
    assert sum("answered" in line for line in story.lines("task_closed")) == 2
    expired = [line for line in story.lines("task_closed") if "expired" in line]
    assert len(expired) == 3
    assert all(line.startswith("day 0 12:00 ") for line in expired)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("person", "about", "reason"),
    [
        (Person(no_address=("sms",)), "offer", " (no_address)"),
        (Person(no_consent=("sms",)), "offer", " (no_consent)"),
        (Person(no_consent=("sms",)), "notice", ""),
        (Person(no_service_consent=("sms",)), "notice", " (no_consent)"),
    ],
)
def test_a_call_needs_a_number_and_the_consent_of_its_purpose(person: Person, about: str, reason: str) -> None:
    lines = tasks(told(people={"anna": person}, about=about))
    assert lines[0] == f"day 0 10:10 task_created phone:{about}{reason}"
    assert len(lines) == (1 if reason else 3)


def test_consent_lost_while_the_task_waits_closes_it() -> None:
    people = {"anna": Person()}
    lines = tasks(told("day 0 19:00 anna cart_abandoned", people, steps="- unsubscribe: sms"))
    assert lines[-1].endswith("task_closed phone:offer (no_consent)")
    assert lines[-1].startswith("day 1 09:")


def test_a_run_that_is_ended_calls_its_task_off_one_that_came_to_its_end_does_not() -> None:
    timeline = "day 0 19:00 anna cart_abandoned\nday 0 20:00 anna order 10"  # seen at the next full hour
    wait, leave = "- wait: 7d", "exit_on: order"
    assert tasks(told(timeline, chain=leave, steps=wait))[1] == "day 0 21:00 task_closed phone:offer (run_ended)"
    assert tasks(told(timeline, chain=leave))[1].endswith("call_answered phone:offer")


@pytest.mark.slow
def test_the_run_waits_for_the_answer_or_the_end_of_its_task() -> None:
    steps = """- wait: {until: call_answered as call, at_most: 2d}
      - choose: [{if: "call.happened", steps: [exit]}]
      - send: {email: m}"""
    exited = told(steps=steps).lines("call_answered", "chain_exited")
    assert exited[1] == exited[0].replace("call_answered phone:offer", "chain_exited a (exit_step)")
    assert told(steps=steps, people={"anna": Person(picks_up=False)}).sent == ["day 2 10:10 email:m"]
    closed = steps.replace("until: call_answered as", "until: call_answered or task_closed as").replace(
        "call.happened", "not call.happened"
    )
    line = told(steps=closed, people={"anna": Person(picks_up=False)}).lines("task_closed", "sent")
    assert line[1][:8] == line[0][:8]


@pytest.mark.slow
def test_ghosts_and_the_control_group_are_not_called() -> None:
    assert tasks(told(chain="holdout: 100%")) == ["day 0 10:10 task_created phone:offer (holdout)"]
    assert tasks(told(more="control: {share: 100%}")) == ["day 0 10:10 task_created phone:offer (control)"]
    exempt = "control: {share: 100%, exempt: [service]}"
    assert len(tasks(told(more=exempt, about="notice"))) == 3


def test_a_budget_that_is_spent_stops_calls() -> None:
    story = told(everybody(), more="contact_policy: {budget: {max: 300, per: month}}", team=TEAM.replace("30", "120"))
    answered = story.lines("call_answered")
    assert [line[:8] for line in answered] == ["day 0 12", "day 0 14", "day 0 16"]  # seen from the next day on


def test_a_team_that_nobody_asks_for_anything_is_always_ready() -> None:
    """Its path too can be replayed, also where a chain asks it for something then."""
    idle = "teams: {sales: {people: 1}}\nmessages: {m: {purpose: promo}}\nchains: "
    story = tell(idle + "{a: {trigger: order, steps: [{send: {email: m}}]}}", "day 0 10:10 anna order 10")
    assert story.sent == ["day 0 10:10 email:m"]
    assert (story.path["team:0:sales"] == np.iinfo(np.int64).max).all()
    asks = "{a: {trigger: order, steps: [{task: {to: sales, do: work, name: t, within: 1d}}]}}"
    later = tell(idle + asks, "day 0 10:10 anna order 10", replay=story.path)
    assert [line[:8] for line in later.lines("task_closed")] == ["day 0 11"]


def test_higher_priority_is_called_first_then_who_asked_first() -> None:
    text = """
messages: {offer: {purpose: promo}}
teams: {sales: {people: 1, hours: {from: "09:00", to: "18:00"}, minutes_per_task: 60}}
chains:
  low: {trigger: cart_abandoned, priority: 20, steps: [{task: {to: sales, do: call, about: offer, within: 1d}}]}
  high: {trigger: order, priority: 80, steps: [{task: {to: sales, do: call, about: offer, within: 1d}}]}
"""
    timeline = """
day 0 10:10 anna cart_abandoned
day 0 10:05 berta cart_abandoned
day 0 10:20 clara order 10
"""
    called = tell(text, timeline).lines("call_answered")
    assert [line.split()[3] for line in called] == ["clara", "berta", "anna"]


@pytest.mark.slow
def test_calls_are_the_same_for_every_bucket_and_order() -> None:
    first = told(everybody(), within="3h").lines()
    assert told(everybody(), within="3h", bucket=300).lines() == first
    assert told(everybody(), within="3h", shuffle=3).lines() == first


@pytest.mark.slow
def test_one_customer_more_changes_no_call_when_the_shared_path_is_replayed() -> None:
    people = {name: Person(number=i) for i, name in enumerate(NAMES)}
    alone = told(everybody(), people)
    crowd = {**people, "zoe": Person(number=77)}
    timeline = "day 0 10:00 zoe cart_abandoned\n" + everybody()
    disturbed = told(timeline, crowd)
    replayed = told(timeline, crowd, replay=alone.path)

    def calls(story: Story) -> list[str]:
        return [line for name in NAMES for line in tasks(story, of=name)]

    assert calls(disturbed) != calls(alone)
    assert calls(replayed) == calls(alone)
    assert np.array_equal(alone.path["team:0:sales"], replayed.path["team:0:sales"])


def test_a_pause_of_the_chain_does_not_take_the_task_from_the_team() -> None:
    """The call is made and heard in the pause; what follows waits for its end."""
    pauses = "b: {trigger: site_visited, steps: [{pause: {chain: a, for: 3d}}]}"
    text = SCENARIO.format(
        team=TEAM, more="", chain="", about="offer", within="1d", steps="- wait: {until: call_answered, at_most: 1d}"
    )
    text += "      - send: {email: m}\n  " + pauses + "\n"
    story = tell(text, "day 0 10:10 anna cart_abandoned\nday 0 10:30 anna site_visited")
    created, answered, _ = tasks(story)
    assert (created[:11], answered[:9]) == ("day 0 10:10", "day 0 11:")
    assert story.sent == ["day 3 10:30 email:m"]


# ---------------------------------------------------------------------- work that the customer notices nothing of

WORK = """
messages: {{m: {{purpose: promo}}}}
teams: {{sales: {team}}}
{more}
chains:
  a:
    trigger: cart_abandoned
    {chain}
    steps:
      - task: {{to: sales, do: work, name: check{of}, within: {within}}}
      {steps}
"""


def worked(
    timeline: str = "day 0 10:10 anna cart_abandoned",
    people: dict[str, Person] | None = None,
    of: str = "",
    team: str = TEAM,
    more: str = "",
    chain: str = "",
    within: str = "1d",
    steps: str = "",
    **options: object,
) -> Story:
    text = WORK.format(team=team, more=more, chain=chain, of=of, within=within, steps=steps)
    return tell(text, timeline, people, **options)  # type: ignore[arg-type]


def test_work_is_done_in_the_next_hour_and_needs_nothing_of_the_customer() -> None:
    nobody = Person(no_address=("sms",), no_consent=("sms",), zone=11, picks_up=False)
    quiet = "contact_policy: {quiet_hours: {from: '20:00', to: '23:30'}}"
    for person, policy in ((Person(), ""), (nobody, quiet)):
        created, closed = tasks(worked(people={"anna": person}, more=policy))
        assert created == "day 0 10:10 task_created work:check"
        assert closed[:9] == "day 0 11:"
        assert closed.endswith(" task_closed work:check (done)")


@pytest.mark.slow
def test_work_of_another_length_takes_the_people_as_long() -> None:
    """One person, 30 minutes for a usual task: short ones go together, a long one waits until there was time for it."""
    assert {line[:8] for line in worked(everybody(), of=", minutes: 12").lines("task_closed")} == {"day 0 11"}
    long = [line[:8] for line in worked(everybody(), of=", minutes: 150", within="3d").lines("task_closed")]
    every_150_minutes = ["day 0 13", "day 0 15", "day 1 09", "day 1 11", "day 1 14"]  # of work, from 11:00 on
    assert sorted(long) == every_150_minutes
    late = worked(of=", minutes: 150", within="2h").lines("task_closed")
    assert late == ["day 0 13:00 task_closed work:check (expired)"]


def test_who_stands_in_front_is_not_overtaken_by_shorter_work() -> None:
    text = """
teams: {sales: {people: 1, hours: {from: "09:00", to: "18:00"}, minutes_per_task: 20}}
chains:
  long:
    trigger: cart_abandoned
    priority: 80
    steps: [{task: {to: sales, do: work, name: l, minutes: 70, within: 9h}}]
  short: {trigger: order, priority: 20, steps: [{task: {to: sales, do: work, name: s, minutes: 10, within: 1d}}]}
"""
    timeline = "day 0 10:10 anna order 10\nday 0 10:20 berta cart_abandoned\nday 0 10:30 clara order 10"
    done = [(line[:8], line.split()[3]) for line in tell(text, timeline).lines("task_closed")]
    assert sorted(done) == [("day 0 12", "anna"), ("day 0 12", "berta"), ("day 0 12", "clara")]


@pytest.mark.slow
def test_the_run_and_other_chains_hear_how_a_task_ended() -> None:
    steps = """- wait: {until: task_closed as check, at_most: 2d}
      - choose: [{if: "check.outcome == 'done' and check.task == 'check'", steps: [{send: {email: m}}]}]"""
    sent, closed = worked(steps=steps).lines("sent"), worked(steps=steps).lines("task_closed")
    assert sent[0][:8] == closed[0][:8]
    busy = TEAM.replace("'18:00'", "'09:30'")
    assert worked(steps=steps, team=busy, within="2h").lines("sent") == []
    other = "b: {trigger: {event: task_closed, if: \"outcome == 'no_answer'\"}, steps: [{send: {telegram: m}}]}\n"
    text = SCENARIO.format(team=TEAM, more="", chain="", about="offer", within="1d", steps="") + "  " + other
    assert tell(text, "day 0 10:10 anna cart_abandoned").sent == []
    assert len(tell(text, "day 0 10:10 anna cart_abandoned", {"anna": Person(picks_up=False)}).sent) == 1


@pytest.mark.slow
def test_a_task_of_work_has_no_message_and_a_call_no_name_of_work() -> None:
    other = 'b: {{trigger: {{event: task_created, if: "{}"}}, steps: [{{send: {{telegram: m}}}}]}}\n'
    for condition, sends in (("task == 'check'", 1), ("known(message)", 0), ("chain == 'a'", 1)):
        text = WORK.format(team=TEAM, more="", chain="", of="", within="1d", steps="") + "  " + other.format(condition)
        assert len(tell(text, "day 0 10:10 anna cart_abandoned").sent) == sends, condition


@pytest.mark.slow
def test_work_is_for_who_its_purpose_says() -> None:
    control = "control: {share: 100%, exempt: [transactional]}"
    assert tasks(worked(more=control)) == ["day 0 10:10 task_created work:check (control)"]
    assert len(tasks(worked(more=control, of=", purpose: transactional"))) == 2
    assert tasks(worked(chain="holdout: 100%")) == ["day 0 10:10 task_created work:check (holdout)"]


@pytest.mark.slow
def test_work_costs_what_it_says_or_what_the_team_takes() -> None:
    def hours(of: str, exempt: str = "") -> list[str]:
        policy = f"contact_policy: {{budget: {{max: 300, per: month}}{exempt}}}"
        found = worked(everybody(), of=of, more=policy, team=TEAM.replace("30", "120"), within="3d").lines(
            "task_closed"
        )
        return sorted(line[:8] for line in found if "done" in line)

    first = ["day 0 12", "day 0 14", "day 0 16"]
    assert hours("") == first  # 3 × 150: seen from the next day on
    assert hours(", cost: 99") == [*first, "day 1 09", "day 1 11"]
    assert hours("", ", exempt: {service: {obeys: [address]}}") == [*first, "day 1 09", "day 1 11"]


def test_a_run_that_is_ended_calls_its_work_off() -> None:
    timeline = "day 0 19:00 anna cart_abandoned\nday 0 20:00 anna order 10"
    closed = tasks(worked(timeline, chain="exit_on: order", steps="- wait: 7d"))[1]
    assert closed == "day 0 21:00 task_closed work:check (run_ended)"


@pytest.mark.slow
def test_work_is_the_same_for_every_bucket_and_order() -> None:
    first = worked(everybody(), of=", minutes: 50", within="3h").lines()
    assert worked(everybody(), of=", minutes: 50", within="3h", bucket=300).lines() == first
    assert worked(everybody(), of=", minutes: 50", within="3h", shuffle=3).lines() == first
