"""Answers on channels that nothing is sent by: told by ``crmsim check`` (see :mod:`strategies.language.doubts`)."""

from __future__ import annotations

from collections.abc import Iterable

from strategies.chain_triggers import CountTrigger, InactivityTrigger, Silence
from strategies.language.reader import Value
from strategies.language.signs import sign_words
from strategies.neutral import CHANNELS_OF_THE_PAST
from strategies.scenario import Chain, Scenario
from strategies.signs import channel_of
from strategies.step_tree import sends


def sign_doubts(value: Value, scenario: Scenario) -> None:
    """Notices about signs of life and silences of one channel.  value: the whole scenario as written."""
    used = {channel for send in sends(scenario) for channel in send.channels}
    if scenario.at_start.history:
        used |= {*CHANNELS_OF_THE_PAST}
    chains = value.child("chains")
    for chain in scenario.chains:
        here = chains.child(chain.name) if chains is not None else None
        if here is not None:
            _triggers(here, chain, used)
    policy = value.child("contact_policy")
    for number, row in enumerate(scenario.policy.sunset):
        _tell((policy or value).child("sunset"), f"contact_policy.sunset[{number}].none_of", row.none_of, used)
    if scenario.engagement is not None:
        _tell(value.child("engagement"), "engagement.signs", scenario.engagement.signs, used)


def _triggers(here: Value, chain: Chain, used: set[str]) -> None:
    where = here.child("trigger") or here
    match chain.trigger:
        case InactivityTrigger(of=signs):
            never = _unheard(signs, used)
            if len(never) == len(signs):
                where.remark(
                    f"{where.path}: waits for {sign_words(never)}, but no chain and no campaign sends there, so nobody "
                    "is ever missed and nobody enters"
                )
            else:
                _tell(where, f"{where.path}.of", signs, used)
        case CountTrigger(of=Silence(channel)) if channel not in used:
            where.remark(
                f"{where.path}: counts messages by {channel}, but no chain and no campaign sends any, so nobody enters"
            )


def _tell(where: Value | None, path: str, signs: Iterable[str], used: set[str]) -> None:
    never = _unheard(signs, used)
    if never and where is not None:
        where.remark(f"{path}: {sign_words(never)} never comes, for no chain and no campaign sends there")


def _unheard(signs: Iterable[str], used: set[str]) -> tuple[str, ...]:
    """Signs of channels that nothing is sent by."""
    return tuple(sign for sign in signs if channel_of(sign) and channel_of(sign) not in used)
