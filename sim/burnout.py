"""Burnout: fatigue F, which every contact feeds and time heals, and blindness B to a channel.

At delivery into the inbox F grows by a quarter of w·irritation/τ, at the moment of noticing by the
rest, w·irritation·2^(−max(0, ρ))/τ less that quarter.  Irritation is

    1 + ι_misfit·max(0, ¼ − ρ) + ι_repeat + ι_night + ι_double + ι_soon,

its misfit part known only to who noticed.  All stocks are kept in forward-decayed form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import DAY, HOUR, MINUTE, NEVER
from sim.messages import MessageTable
from sim.population import Customers
from sim.setting import Setting
from strategies.vocabulary import CHANNELS

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

NIGHT, DOUBLE, SOON, REPEAT = 1, 2, 4, 8
"""What irritates about the moment of a delivery: lowest world bits of the contact's payload."""
IRRITANT_BITS = 4
IRRITANTS = (1 << IRRITANT_BITS) - 1

NIGHT_FROM, NIGHT_UNTIL = 22 * HOUR, 8 * HOUR


MOST_HALF_LIVES = 120
"""Half-lives of blindness in a past or run: float32 holds 2^126 and 2^-126 exactly, and blindness is a few steps."""


class Burnout:
    """Columns: fatigue (N,) float64; blindness (8, N) float32; the contact delivered last (N,): time int32,
    channel int8, topic, offer and variant's site int16."""

    def __init__(self, setting: Setting, customers: Customers) -> None:
        self.customers, self.size = customers, setting.columns.size
        self.parameters = p = setting.parameters.burnout
        columns = setting.columns
        self._fatigue_rate = 1.0 / (p.half_life * DAY)
        self._blindness_rate = 1.0 / (p.blindness_half_life * DAY)
        self._fatigue: Floats = columns.add("burnout.fatigue", np.float64)
        self._blindness: NDArray[np.float32] = columns.add("burnout.blindness", np.float32, rows=len(CHANNELS)).reshape(
            -1
        )
        self.last_time = columns.add("burnout.last_time", np.int32, NEVER)
        self.last_channel = columns.add("burnout.last_channel", np.int8, -1)
        self.last_topic = columns.add("burnout.last_topic", np.int16, -1)
        self.last_offer = columns.add("burnout.last_offer", np.int16, -1)
        self._weight = np.array(p.weights)
        moments = [
            p.night * bool(bits & NIGHT)
            + p.double * bool(bits & DOUBLE)
            + p.soon * bool(bits & SOON)
            + p.repeat * bool(bits & REPEAT)
            for bits in range(16)
        ]
        self._irritation = 1.0 + np.array(moments)

    def fatigue(self, customer: Int64s, time: Int64s) -> Floats:
        """F now."""
        result: Floats = self._fatigue.take(customer) * np.exp2(time * -self._fatigue_rate)
        return result

    def fatigue_at(self, time: int) -> Floats:
        """(N,) F of everybody."""
        result: Floats = self._fatigue * np.exp2(time * -self._fatigue_rate)
        return result

    def blindness(self, customer: Int64s, channel: Int64s, time: Int64s) -> Floats:
        """B of the channel now."""
        result: Floats = self._blindness.take(channel * self.size + customer) * np.exp2(time * -self._blindness_rate)
        return result

    def irritants(
        self, customer: Int64s, time: Int64s, site: Int64s, messages: MessageTable, last_action: Int64s
    ) -> Int64s:
        """Bits NIGHT, DOUBLE, SOON, REPEAT of deliveries; notes them as the last ones."""
        channel, topic, offer = messages.channel.take(site), messages.topic.take(site), messages.offer.take(site)
        clock = (time + self.customers.zone_seconds(customer)) % DAY
        since = time - self.last_time.take(customer)
        repeated = self.repeats(customer, time, site, messages)
        bits = ((clock < NIGHT_UNTIL) | (clock >= NIGHT_FROM)) * NIGHT
        bits += ((since < HOUR) & (self.last_channel.take(customer) != channel)) * DOUBLE
        bits += (time - last_action < 15 * MINUTE) * SOON
        bits += repeated * REPEAT
        self.last_time[customer] = time
        self.last_channel[customer] = channel
        self.last_topic[customer] = topic
        self.last_offer[customer] = offer
        return bits

    def receive(self, customer: Int64s, time: Int64s, channel: Int64s, bits: Int64s) -> None:
        """A message lies in the inbox: the part of fatigue that comes without noticing."""
        amount = self.parameters.unnoticed * self._weight.take(channel) * self._irritation.take(bits)
        self._tire(customer, time, amount)

    def notice(self, customer: Int64s, time: Int64s, channel: Int64s, bits: Int64s, rho: Floats) -> None:
        """A message was noticed: the rest of its fatigue."""
        p = self.parameters
        moment = self._irritation.take(bits)
        irritation = moment + p.misfit * np.maximum(p.misfit_below - rho, 0.0)
        irritation *= np.exp2(-np.maximum(rho, 0.0))
        irritation -= p.unnoticed * moment
        self._tire(customer, time, self._weight.take(channel) * irritation)

    def be_shown(self, customer: Int64s, time: Int64s, channel: Int64s, repeated: NDArray[np.bool_]) -> None:
        """A message stands where the customer is: the part of fatigue that comes without noticing."""
        self.receive(customer, time, channel, repeated * REPEAT)

    def repeats(self, customer: Int64s, time: Int64s, site: Int64s, messages: MessageTable) -> NDArray[np.bool_]:
        """Whether the contact delivered last had the same topic or offer, within ``repeat_days``."""
        topic, offer = messages.topic.take(site), messages.offer.take(site)
        again = (topic >= 0) & (self.last_topic.take(customer) == topic)
        again |= (offer >= 0) & (self.last_offer.take(customer) == offer)
        lately: NDArray[np.bool_] = again & (time - self.last_time.take(customer) < self.parameters.repeat_days * DAY)
        return lately

    def be_called(self, customer: Int64s, time: Int64s, weight: float, rho: Floats) -> None:
        """The telephone rang: w·irritation·2^(−max(0, ρ)), at night more."""
        p = self.parameters
        clock = (time + self.customers.zone_seconds(customer)) % DAY
        irritation = self._irritation.take(((clock < NIGHT_UNTIL) | (clock >= NIGHT_FROM)) * NIGHT)
        irritation = irritation + p.misfit * np.maximum(p.misfit_below - rho, 0.0)
        self._tire(customer, time, weight * irritation * np.exp2(-np.maximum(rho, 0.0)))

    def _tire(self, customer: Int64s, time: Int64s, amount: Floats) -> None:
        growth = np.exp2(time * self._fatigue_rate)
        self._fatigue[customer] += amount * growth / self.customers.patience.take(customer)

    def ignore(self, customer: Int64s, channel: Int64s, time: Int64s) -> None:
        """Messages that were not noticed make blind to their channel."""
        growth = np.exp2(time * self._blindness_rate)
        self._blindness[channel * self.size + customer] += self.parameters.blindness_step * growth

    def awake(self, customer: Int64s, channel: Int64s) -> None:
        """A click opens the eyes again."""
        at = channel * self.size + customer
        self._blindness[at] = self._blindness.take(at) * self.parameters.blindness_click
