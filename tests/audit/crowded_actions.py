"""Fixed scenarios in which chains keep cards, call people and move one another."""

from __future__ import annotations

ACTIONS = """
scenario: Actions of all kinds
horizon: 8d
channels: {email: {cost: 0.1}, web_push: {}, telegram: {cost: 0.5}, sms: {cost: 4.5}, vk: {}}
contact_policy:
  quiet_hours: {from: "22:00", to: "08:00", zone: customer, then: wait}
  caps:
    - {max: 3, per: day, then: wait, for_at_most: 8h}
    - {max: 1, per: 3h, channel: vk, then: wait}
    - {max: 2, per: 2d, channel: vk, then: wait, for_at_most: 20h}
  exempt: {transactional: {obeys: [address], counts: false}}
fields: {carts: 0, warm: false, stage: {one_of: [new, asked, lost], default: new}, score: {type: number},
  seen: 0, dear: false, answered: {type: date}, left_in: {one_of: [shoes, books]}}
segments:
  listed: {static: true}
  pilots: {members: "0-9, 20"}
  ripe: {if: "segment.listed and field.carts >= 2"}
chains:
  keeper:
    trigger: cart_abandoned
    reenter: always
    on_retrigger: restart
    priority: 80
    holdout: 20%
    exit_on: order
    steps:
      - choose:
          - if: "field.carts == 0"
            steps: [{set: {carts: 1, warm: true}}]
          - else: [{set: {carts: 2, score: 5}}, {add_to: listed}]
      - set: {seen: field.seen + 1, score: "trigger.value / field.seen", dear: "trigger.value > 800 or orders > 2"}
      - send: {email: reminder}
      - wait: {until: click, at_most: 6h}
      - set: {stage: asked, answered: now, left_in: trigger.category}
      - start: helper
      - wait: 1d
      - remove_from: listed
      - set: {carts: 0, stage: lost}
  helper:
    trigger: started
    enter: "field.warm or segment.pilots"
    reenter: {after: 12h}
    steps: [{pause: {chain: talker, for: 9h}}, {send: {telegram: advice}}, {stop: browser}, {webhook: crm},
            {unsubscribe: {topic: urgent}}]
  talker:
    trigger: {any: [site_visited, product_viewed]}
    reenter: always
    timeout: 2d
    steps:
      - wait: 2h
      - send: {web_push: digest}
      - wait: {until: "cart_added or order as lively", at_most: 5h}
      - choose: [{if: "lively.happened", steps: [{send: {email: advice}}]}]
      - wait: {until_true: "field.carts >= 1", check: 40m, at_most: 3h, on_timeout: [{send: {web_push: thanks}}]}
      - send: {email: advice}
  browser:
    trigger: product_viewed
    reenter: {after: 6h}
    steps: [{wait: 4h}, {send: {sms: digest}}, {wait: 1d}]
  hush:
    trigger: {any: [cart_added, order, product_viewed]}
    reenter: always
    steps: [{pause: {chain: patient, for: 5h}}]
  patient:
    trigger: {any: [site_visited, product_viewed, favourite_added]}
    reenter: always
    steps:
      - wait: {until_true: "last_order.age < 50m", check: 40m, at_most: 4h, on_timeout: [{wait: 1h}]}
      - send: {vk: digest}
      - wait: 1h
      - send: {vk: advice}
      - wait: 20m
      - send: {vk: thanks}
  joined: {trigger: {segment_entered: listed}, reenter: always, steps: [{send: {telegram: thanks}}]}
  gone: {trigger: {segment_left: listed}, reenter: always, steps: [{send: {web_push: advice}}]}
  ripened: {trigger: {segment_entered: ripe}, reenter: always, steps: [{send: {sms: gift}}]}
  moved:
    trigger: {field_changed: stage}
    enter: "not field.stage == 'new'"
    reenter: always
    steps:
      - choose: [{if: "field.stage == 'lost'", steps: [{unsubscribe: [email, telegram]}]}]
      - send: {email: status}
  bye:
    trigger: unsubscribed
    enter: "known(field.score)"
    steps: [{send: {sms: receipt}}, {stop: talker}, {wait: 1h}, {unsubscribe: sms}]
control: {share: 20%, exempt: [transactional]}
"""

TASKS = """
scenario: Tasks for teams
horizon: 12d
contact_policy:
  quiet_hours: {from: "12:00", to: "14:00", zone: customer, then: wait}
  budget:
    - {max: 1500, per: week}
    - {team: sales, max: 700, per: week}
  pause_after: {task_created: 9h, until: [task_closed, order], channel: [telegram, web_push]}
  exempt: {transactional: {obeys: [address], counts: false}}
teams:
  sales: {people: 1, hours: {from: "09:00", to: "17:30", days: working}, minutes_per_task: 25, cost: 60}
  care: {people: 2, minutes_per_task: 90}
chains:
  lead:
    trigger: cart_abandoned
    reenter: {after: 6h}
    priority: 80
    holdout: 15%
    exit_on: order
    steps:
      - task: {to: sales, do: call, about: gift, within: 9h}
      - wait: {until: call_answered or task_closed as call, at_most: 1d}
      - choose: [{if: "call.happened", steps: [{send: {email: reminder}}]}]
      - task: {to: care, do: call, about: status, within: 90m}
  quick:
    trigger: checkout_abandoned
    reenter: always
    on_retrigger: restart
    steps: [{task: {to: care, do: call, about: advice, within: 5h}}]
  checked:
    trigger: order
    reenter: always
    priority: 60
    holdout: 10%
    steps:
      - task: {to: sales, do: work, name: check_order, minutes: 70, cost: 15, purpose: transactional, within: 20h}
      - wait: {until: task_closed as check, at_most: 1d}
      - choose: [{if: "check.outcome == 'done'", steps: [{send: {whatsapp: status}}]}]
      - task: {to: care, do: work, name: file_it, within: 5h}
  late: {trigger: {event: task_closed, if: "task == 'check_order' and outcome == 'expired'"}, reenter: always,
         steps: [{wait: 1h}, {send: {email: status}}]}
  answered: {trigger: call_answered, reenter: always, steps: [{wait: 1h}, {send: {web_push: thanks}}]}
  unheard: {trigger: task_closed, reenter: {after: 1d}, steps: [{unsubscribe: sms}]}
  asked: {trigger: task_created, reenter: always, steps: [{wait: 2h}, {send: {telegram: digest}}]}
control: {share: 15%, exempt: [transactional, service]}
"""
