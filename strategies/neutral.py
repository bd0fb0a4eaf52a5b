"""The neutral policy: what customers live under before the start and after the horizon.

One weekly digest by e-mail to everybody who consented, nothing else: a modest programme that
most shops run, the same for all arms, so that it favours none.  It has campaigns only, so that no
chain run has to survive the change of policy.
"""

from __future__ import annotations

import datetime as dt

from strategies.chain_steps import Send
from strategies.conditions import Field
from strategies.contact_policy import ContactPolicy, Preferences, QuietHours
from strategies.messages import Message
from strategies.scenario import AtStart, Campaign, ChannelSettings, Scenario
from strategies.schedules import Schedule
from strategies.vocabulary import HOUR, MONEY_UNIT

NEUTRAL = "neutral"
"""Name of the policy in ``at_start: {under: neutral}``."""

CHANNELS_OF_THE_PAST = ("email",)
"""The one channel on which the policy writes."""


def neutral_policy(start: dt.date, population: str) -> Scenario:
    """The neutral policy as a scenario."""
    digest = Message(name="neutral_digest", purpose="promo", topic="news")
    send = Send(CHANNELS_OF_THE_PAST, digest.name, "send")
    schedule = Schedule(clock=11 * HOUR, weekdays=(2,))
    return Scenario(
        name=NEUTRAL,
        file="",
        population=population,
        start=start,
        horizon=0,
        tail=0,
        at_start=AtStart(0),
        channels={"email": ChannelSettings(cost=MONEY_UNIT // 10)},
        # Topics are numbered by arm, so the digest cannot know whether its own was switched off.
        policy=ContactPolicy(preferences=Preferences(topics="ignore"), quiet_hours=(QuietHours(22 * HOUR, 8 * HOUR),)),
        messages=(digest,),
        campaigns=(Campaign("neutral_weekly", schedule, send, Field("consent.email", "bool")),),
    )
