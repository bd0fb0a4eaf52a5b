"""Zones of measured rates."""

import pytest

from experiments.benchmarks import RATE_NAMES, benchmark_of, chain_norm, find, table
from experiments.metrics import catalogue
from experiments.statistics import Estimate
from strategies.vocabulary import CHANNELS


@pytest.mark.parametrize(
    ("channel", "metric", "value", "zone"),
    [
        ("email", "open_rate", 0.11, "alarm"),
        ("email", "open_rate", 0.15, "outside"),
        ("email", "open_rate", 0.25, "norm"),
        ("email", "open_rate", 0.35, "good"),
        ("email", "click_rate", 0.05, "good"),
        ("email", "unsubscribe_rate", 0.001, "norm"),
        ("email", "unsubscribe_rate", 0.004, "outside"),
        ("email", "unsubscribe_rate", 0.006, "alarm"),
        ("email", "complaint_rate", 0.002, "alarm"),
        ("email", "bounce_rate", 0.031, "alarm"),
        ("telegram", "blocked_rate", 0.06, "alarm"),
        ("vk", "open_rate", 0.5, "norm"),
        ("mobile_push", "open_rate", 0.2, "norm"),
        ("sms", "click_rate", 0.04, "alarm"),
    ],
)
def test_zones_are_those_of_the_sources(channel: str, metric: str, value: float, zone: str) -> None:
    benchmark = find(channel, metric)
    assert benchmark is not None
    assert benchmark.zone(value, catalogue()[metric].better) == zone


def test_every_figure_of_a_channel_names_its_source() -> None:
    for channel in CHANNELS:
        for metric in RATE_NAMES:
            benchmark = find(channel, metric)
            assert benchmark is None or benchmark.source


def test_a_rate_per_another_denominator_is_not_compared() -> None:
    assert find("sms", "conversion_claim") is None
    assert find("email", "conversion_claim") is not None


def test_an_interval_across_a_limit_is_told_apart() -> None:
    benchmark = find("email", "complaint_rate")
    assert benchmark is not None
    assert benchmark.judged(Estimate(0.0011, 0.0008, 0.0014), -1) == ("alarm", False)
    assert benchmark.judged(Estimate(0.0020, 0.0018, 0.0022), -1) == ("alarm", True)
    assert benchmark.judged(Estimate(None), -1) is None


def test_chains_have_norms_by_name() -> None:
    norm = chain_norm("welcome")
    assert norm is not None
    assert norm.norm == (0.03, 0.10)
    assert chain_norm("opens_by_step") is None
    assert benchmark_of(catalogue()["goal_rate"], "chain", "abandoned_cart") is not None
    assert benchmark_of(catalogue()["open_rate"], "chain", "abandoned_cart") is None


def test_limits_that_other_pages_use_are_there() -> None:
    assert table()["frequency_limits"]["email_per_week"]["max"] == 3
