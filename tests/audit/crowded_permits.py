"""A crowded scenario of consents that come, are confirmed, and are narrowed by choices."""

PERMITS = """
scenario: Consents and choices
double_opt_in: [email]
preference_centre: {frequencies: [weekly, monthly], topics: [news, cart]}
messages:
  digest: {purpose: promo, topic: news}
  reminder: {purpose: promo, topic: cart}
  advice: {purpose: content, topic: news}
  thanks: {purpose: content, offer: small_gift}
  please: {purpose: service, topic: order, asks: confirmation}
contact_policy:
  preferences: {weekly: 3d, monthly: 8d, then: drop}
chains:
  confirm:
    trigger: {event: subscribed, if: "channel == 'email' and place == 'form'"}
    exit_on: subscription_confirmed
    reenter: always
    steps: [{wait: 6h}, {send: {email: please}}]
  welcome:
    trigger: {any: [registered, subscription_confirmed]}
    enter: "consent.email or consent.sms"
    reenter: {after: 1d}
    steps: [{send: {email: digest}}, {wait: 12h}, {send: {sms: advice}}]
  young:
    trigger: site_visited
    enter: "profile.registered.age < 2d or consent.telegram.age < 1d"
    reenter: {after: 6h}
    steps: [{send: {telegram: thanks}}]
  formed:
    trigger: product_viewed
    enter: "consent.sms.place == 'form' and preferences.frequency != 'monthly'"
    reenter: {after: 6h}
    steps: [{send: {sms: reminder}}]
campaigns:
  daily: {every: "day 10:00", to: "consent.email", send: {email: digest}}
control: {share: 10%, exempt: [transactional]}
"""
