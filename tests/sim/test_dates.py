"""Birthdays and registrations of the profile."""

from __future__ import annotations

import numpy as np
import pytest

from sim.population import day_of_leap_year
from tests.sim.harness import Scene, shop


def test_birthdays_cover_a_leap_year_and_29_february_is_a_quarter_as_frequent() -> None:
    days = day_of_leap_year((np.arange(1_461) + 0.5) / 1_461)
    counts = np.bincount(days, minlength=367)
    assert counts[0] == 0
    assert counts[60] == 1
    assert set(counts[[*range(1, 60), *range(61, 367)]].tolist()) == {4}


def test_a_share_of_profiles_has_a_birthday_and_everybody_a_registration() -> None:
    """Band of four standard errors of 4,000 customers."""
    scene = Scene(customers=4_000, end=1, period=None)
    observed, known = scene.observed, scene.world.life.arrivals.account
    assert (observed.birthday[known] > 0).mean() == pytest.approx(
        shop().profile.birthdays, abs=4 * np.sqrt(0.25 / 4_000)
    )
    assert set(np.unique(observed.birthday).tolist()) <= {-1, *range(1, 367)}
    assert observed.registered.max() < 0
    assert observed.registered[known].min() > -3.1 * 365 * 86_400
    assert set(observed.registered[~known].tolist()) == {np.iinfo(np.int32).min}
    assert not observed.keeps_preferences
    assert not observed.chosen_frequency.any()
    assert not observed.topics_off.any()
