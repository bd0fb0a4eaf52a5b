"""All numbers of the customer model together: listing them, changing them.

>>> override(Parameters(), {"burnout": {"half_life": 10.0}}).burnout.half_life
10.0
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sim.bounds import Bounds
from sim.parameter_groups import (
    AddressParameters,
    BurnoutParameters,
    ExitParameters,
    Grade,
    JobParameters,
    JourneyParameters,
    LifetimeParameters,
    OfferParameters,
    ReputationParameters,
    TraitParameters,
    TrustParameters,
    Value,
    VisitParameters,
)
from sim.parameter_groups_after_order import (
    AssortmentParameters,
    DeliveryParameters,
    PointsParameters,
    ReturnParameters,
    SupplyParameters,
    SupportParameters,
    VoiceParameters,
)
from sim.parameter_groups_calls import CallParameters
from sim.parameter_groups_life import (
    AnswerParameters,
    OnboardingParameters,
    PreferenceParameters,
    RegistrationParameters,
    SubscriptionParameters,
)
from sim.parameter_groups_response import FitParameters, ResponseParameters
from sim.parameter_groups_sender import SenderParameters
from strategies.vocabulary import ADDRESSED_CHANNELS, CHANNELS


@dataclass(frozen=True)
class ParameterInfo:
    """What is known of one parameter; ``name`` is ``group.key``.

    low, high: the plausible range; bounds: what the model takes at all.
    """

    name: str
    default: Value
    unit: str
    source: str
    grade: Grade
    low: float
    high: float
    about: str
    bounds: Bounds


@dataclass(frozen=True)
class Parameters:
    """All groups."""

    traits: TraitParameters = field(default_factory=TraitParameters)
    lifetime: LifetimeParameters = field(default_factory=LifetimeParameters)
    visits: VisitParameters = field(default_factory=VisitParameters)
    jobs: JobParameters = field(default_factory=JobParameters)
    journey: JourneyParameters = field(default_factory=JourneyParameters)
    response: ResponseParameters = field(default_factory=ResponseParameters)
    fit: FitParameters = field(default_factory=FitParameters)
    burnout: BurnoutParameters = field(default_factory=BurnoutParameters)
    trust: TrustParameters = field(default_factory=TrustParameters)
    exits: ExitParameters = field(default_factory=ExitParameters)
    addresses: AddressParameters = field(default_factory=AddressParameters)
    reputation: ReputationParameters = field(default_factory=ReputationParameters)
    calls: CallParameters = field(default_factory=CallParameters)
    sender: SenderParameters = field(default_factory=SenderParameters)
    offers: OfferParameters = field(default_factory=OfferParameters)
    points: PointsParameters = field(default_factory=PointsParameters)
    delivery: DeliveryParameters = field(default_factory=DeliveryParameters)
    returns: ReturnParameters = field(default_factory=ReturnParameters)
    support: SupportParameters = field(default_factory=SupportParameters)
    voice: VoiceParameters = field(default_factory=VoiceParameters)
    supplies: SupplyParameters = field(default_factory=SupplyParameters)
    assortment: AssortmentParameters = field(default_factory=AssortmentParameters)
    registration: RegistrationParameters = field(default_factory=RegistrationParameters)
    subscription: SubscriptionParameters = field(default_factory=SubscriptionParameters)
    onboarding: OnboardingParameters = field(default_factory=OnboardingParameters)
    answers: AnswerParameters = field(default_factory=AnswerParameters)
    preferences: PreferenceParameters = field(default_factory=PreferenceParameters)


class ParameterError(ValueError):
    """An override names no parameter, or gives it a value it cannot have."""


def all_parameters(parameters: Parameters | None = None) -> list[ParameterInfo]:
    """Every parameter in order of declaration, with the values of ``parameters`` (default: the defaults)."""
    return list(_walk(parameters or Parameters()))


def _walk(parameters: Parameters) -> Iterator[ParameterInfo]:
    for group in fields(parameters):
        values = getattr(parameters, group.name)
        for key in fields(values):
            yield ParameterInfo(f"{group.name}.{key.name}", getattr(values, key.name), **key.metadata)


def override(parameters: Parameters, changes: Mapping[str, Mapping[str, float | Sequence[float]]]) -> Parameters:
    """Parameters with some values replaced: ``{group: {key: value}}``.

    A list by channel may end before in_app, whose default stays then.

    Raises ParameterError for unknown names (with the nearest one), wrong lengths, and numbers that are not finite
    or lie beyond a parameter's bounds.
    """
    groups: dict[str, Any] = {}
    for group_name, keys in changes.items():
        _known(group_name, [group.name for group in fields(parameters)], "parameter group")
        group = getattr(parameters, group_name)
        for key in keys:
            _known(key, [known.name for known in fields(group)], f"parameter of {group_name}")
        bounds = {known.name: known.metadata["bounds"] for known in fields(group)}
        values = {
            key: _checked(f"{group_name}.{key}", getattr(group, key), value, bounds[key]) for key, value in keys.items()
        }
        groups[group_name] = replace(group, **values)
    return replace(parameters, **groups)


def contradiction(parameters: Parameters) -> tuple[tuple[str, ...], str] | None:
    """(groups, what is wrong) where parameters of these groups do not go together, though each is within bounds."""
    normal, ageing = parameters.trust.normal, parameters.lifetime.trust
    most = 1 / max(normal, 1 - normal)
    if ageing >= most:
        text = f"lifetime.trust: found {ageing:g}, expected less than {most:g} where trust.normal is {normal:g}"
        return ("lifetime", "trust"), f"{text}, as the rate of leaving must stay above 0"
    return None


def _known(name: str, names: Sequence[str], kind: str) -> None:
    if name in names:
        return
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
    raise ParameterError(f"unknown {kind} '{name}'; did you mean '{close[0]}'?")


def _checked(name: str, default: Value, value: float | Sequence[float], bounds: Bounds) -> Value:
    if isinstance(default, tuple):
        by_channel = len(default) == len(CHANNELS)
        if by_channel and isinstance(value, Sequence) and len(value) == len(ADDRESSED_CHANNELS):
            value = (*value, default[-1])  # a file from before there were in-app messages
        if isinstance(value, (int, float)) or len(value) != len(default):
            found = "one number" if isinstance(value, (int, float)) else f"{len(value)} numbers"
            without = f" (or {len(ADDRESSED_CHANNELS)}, without in_app)" if by_channel else ""
            raise ParameterError(f"{name}: found {found}, expected {len(default)}{without}")
        numbers = tuple(float(number) for number in value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        numbers = (float(value),)
    else:
        raise ParameterError(f"{name}: found {value!r}, expected a number")
    if not all(math.isfinite(number) for number in numbers):
        raise ParameterError(f"{name}: found {value}, expected finite numbers")
    fault = bounds.fault(numbers)
    if fault is not None:
        raise ParameterError(f"{name}: {fault}")
    return numbers if isinstance(default, tuple) else numbers[0]
