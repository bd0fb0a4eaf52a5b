"""A fixed scenario of every trigger and wait that is more than an event and a duration."""

from __future__ import annotations

_TABLE = "\\n".join(
    ["customer,time,debt,plan"]
    + [
        f"{number},2026-01-{27 + number % 4} 10:00,{50 * (number % 5)},{('gold', '')[number % 2]}"
        for number in range(36)
    ]
    + [f"{number},2026-01-31 00:00:30,300,{('gold', 'silver')[number % 3 == 0]}" for number in range(36)]
)

TRIGGERS = f"""
scenario: Triggers and waits of every form
calendar: {{country: RU, holidays: ["2026-02-04"], working: ["2026-01-31"]}}
messages:
  digest: {{purpose: promo, topic: news}}
  reminder: {{purpose: promo, topic: cart}}
  today: {{purpose: promo, topic: day, deliver_by: end_of_day}}
  status: {{purpose: service, topic: order}}
  advice: {{purpose: content, topic: news}}
contact_policy: {{quiet_hours: {{from: "22:00", to: "08:00"}}}}
chains:
  birthday: {{trigger: {{date: birthday, at: "21:30"}}, steps: [{{send: {{email: today}}}}]}}
  soon:
    trigger: {{date: birthday, before: 2d, at: "23:00"}}
    steps: [{{send: {{telegram: today}}}}, {{wait: 1h}}, {{send: {{web_push: digest}}}}]
  years: {{trigger: {{date: anniversary, after: 1d}}, steps: [{{send: {{sms: status}}}}]}}
  new: {{trigger: {{date: registered, after: 3d, at: "09:00"}}, steps: [{{send: {{sms: status}}}}]}}
  ends: {{trigger: {{date: subscription_end, before: 1d, at: "12:00"}}, steps: [{{send: {{email: status}}}}]}}
  wishes: {{trigger: {{date: birthday, after: 1d, zone: company}}, steps: [{{send: {{telegram: digest}}}}]}}
  turns: {{trigger: {{every: "2 weeks Thu,Sat 07:30"}}, steps: [{{send: {{sms: advice}}}}]}}
  payday: {{trigger: {{every: "month last working day 11:00", zone: company}}, steps: [{{send: {{sms: status}}}}]}}
  feast: {{trigger: {{on: ["01-30", 2026-02-03], at: "20:30"}}, steps: [{{send: {{sms: digest}}}}]}}
  moved:
    trigger: {{date: last_order, after: 2d, at: "18:00"}}
    reenter: always
    steps: [{{send: {{telegram: advice}}}}]
  first:
    trigger: {{date: first_order, after: 1d}}
    reenter: always
    steps:
      - wait:
          until_true: "orders >= 3"
          check: 2h
          name: again
          at_most: 2d
          on_timeout: [{{send: {{email: reminder}}}}]
      - choose: [{{if: "again.happened", steps: [{{send: {{sms: status}}}}]}}]
  silent:
    trigger: {{count: 2, of: email_unopened, in_a_row: true, answer_within: 6h}}
    reenter: always
    on_retrigger: restart
    steps: [{{send: {{sms: status}}}}]
  looks:
    trigger: {{count: 2, of: product_viewed, within: 1d, without: order, if: "category == 'books'"}}
    reenter: always
    steps: [{{send: {{web_push: advice}}}}]
  reads:
    trigger: {{event: opened, if: "not channel == 'telegram' and message_topic in ['news', 'cart']"}}
    enter: "trigger.chain != 'unread'"
    reenter: always
    priority: 5
    steps:
      - send: {{sms: advice}}
      - wait: {{until: delivered as fate, at_most: 50m}}
      - choose: [{{if: "fate.channel == 'sms' and fate.message == 'advice'", steps: [{{send: {{telegram: advice}}}}]}}]
  unread: {{trigger: {{inactive: 20h, of: opened}}, reenter: always, steps: [{{send: {{sms: digest}}}}]}}
  unread_letters: {{trigger: {{inactive: 15h, of: opened, channel: email}}, reenter: always,
    steps: [{{send: {{telegram: digest}}}}]}}
  away: {{trigger: {{inactive: 18h, of: {{any: [visit, {{event: click, channel: [sms, email]}}]}}}}, reenter: always,
    steps: [{{send: {{web_push: digest}}}}]}}
  by_person:
    trigger: product_viewed
    reenter: {{after: 6h}}
    steps:
      - send: {{email: digest}}
      - wait: 1d
      - choose: [{{if: "opened_by_person(digest)", steps: [{{send: {{sms: status}}}}]}}]
  visits:
    trigger: {{count: 3, of: site_visited, in_a_row: days}}
    reenter: always
    steps: [{{send: {{telegram: status}}}}]
  told:
    trigger: {{external: {{table: "{_TABLE}"}}, if: "debt > 60"}}
    on_retrigger: {{parallel_by: plan}}
    reenter: always
    steps: [{{wait: 4d}}, {{choose: [{{if: "trigger.debt > 150", steps: [{{send: {{email: reminder}}}}]}}]}}]
  cell:
    trigger: {{field_changed: rfm.segment}}
    reenter: always
    steps: [{{within: {{from: "10:00", to: "18:00", days: working, zone: company}}}}, {{send: {{web_push: status}}}}]
  ordered: {{trigger: {{field_changed: orders}}, reenter: always, priority: 90, steps: [{{unsubscribe: whatsapp}}]}}
  refused: {{trigger: {{field_changed: consent.whatsapp}}, reenter: always, steps: [{{send: {{sms: status}}}}]}}
  carts:
    trigger: cart_abandoned
    on_retrigger: {{parallel_by: category}}
    reenter: always
    steps:
      - wait: {{until: order as bought, at_most: 4h, on_timeout: [{{send: {{email: reminder}}}}]}}
      - wait: {{best_hour: {{channel: any, least: 2, spread: 3h}}}}
      - choose: [{{if: "not bought.value < 2000", steps: [{{send: {{telegram: advice}}}}]}}]
campaigns:
  daily: {{every: "day 10:00", send: {{email: digest}}}}
  once: {{on: 2026-01-29, at: "12:00", zone: company, send: {{sms: advice}}}}
  sale: {{every: "day 13:00", from: 2026-01-30, until: 2026-02-01, send: {{sms: reminder}}}}
  thirds: {{every: "3 days 19:00", send: {{sms: advice}}}}
control: {{share: 10%, exempt: [transactional]}}
"""
