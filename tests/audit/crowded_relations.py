"""A fixed scenario in which points come, go and are given, tiers change, and answers carry scores and topics."""

from __future__ import annotations

RELATIONS = """
scenario: Loyalty and service
horizon: 14d
loyalty:
  points: {earn: 5%, active_after: 1507m, expire_after: 5767m, expiring: 2887m, pay_up_to: 20%}
  tiers: {silver: {from: 4000}, gold: {from: 11000, earn: 10%}}
  spent_in: 6d
  refresh: 2d
contact_policy:
  quiet_hours: {from: "22:00", to: "08:00", zone: customer, then: wait}
  caps: [{max: 3, per: day, then: wait, for_at_most: 1d}]
  exempt: {transactional: {obeys: [address], counts: false}}
segments: {rich: {if: "points.balance >= 300"}}
chains:
  sorry:
    trigger: {event: support_closed, if: "result == 'unsolved' and topic in ['delivery', 'payment', 'return']"}
    reenter: always
    on_retrigger: restart
    holdout: 30%
    steps:
      - send: {email: status}
      - wait: {until: nps_answered as answer, at_most: 1d}
      - choose:
          - if: "answer.score < 4"
            steps: [{send: {sms: receipt}}, {give: {points: 250}}]
          - if: "not answer.happened"
            steps: [{give: {points: 251}}]
          - if: "answer.score >= 9"
            steps: [{send: {telegram: thanks}}]
  last_call:
    trigger: points_expiring
    reenter: always
    priority: 70
    while: "points.expiring >= 60"
    steps: [{send: {email: digest}}, {wait: 9h}, {send: {telegram: digest}}]
  lost: {trigger: {event: points_expired, if: "amount >= 50"}, reenter: always, steps: [{send: {web_push: advice}}]}
  up: {trigger: {event: tier_changed, if: "tier == 'gold'"}, reenter: always, steps: [{wait: 1h}, {send: {sms: gift}}]}
  down: {trigger: tier_changed, enter: "not known(trigger.tier)", reenter: always, steps: [{send: {email: advice}}]}
  buyer:
    trigger: order
    enter: "points.balance >= 200 or tier == 'silver'"
    reenter: {after: 12h}
    steps: [{wait: 3h}, {send: {email: reminder}}]
  member: {trigger: {segment_entered: rich}, reenter: always, steps: [{send: {telegram: thanks}}]}
  given: {trigger: {event: points_earned, if: "amount == 250"}, reenter: always, steps: [{send: {web_push: gift}}]}
control: {share: 15%, exempt: [transactional]}
"""
