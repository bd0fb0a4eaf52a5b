"""What of the language the auditor reads: places in a scenario file → its own rules → the broken engines that show it.

Places are named as in the JSON schema, definition and key.  Several stand in one row where one reading covers them.
"""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """places: words ``definition.key``; rules: those that the auditor blames; mutants: engines that break it."""

    places: str
    rules: str
    mutants: str


RULEBOOK = (
    # ------------------------------------------------------------------ contact policy
    Reading(
        "contact_policy.caps cap.max cap.per",
        "cap due",
        "caps_allow_one_more rolling_windows_are_calendar_days calendar_days_are_rolling months_are_thirty_days"
        " several_local_days_are_hours everything_is_capped caps_count_what_was_dropped nothing_is_ever_sent",
    ),
    Reading("cap.zone cap.own_rule", "cap", "caps_count_days_of_the_company an_own_rule_holds_beside_the_default"),
    Reading("cap.week_from", "cap", "weeks_from_sunday_begin_on_monday weeks_begin_on_sunday"),
    Reading("cap.by scenario.engagement engagement.*", "cap", "caps_by_cell_take_else everybody_is_engaged"),
    Reading(
        "cap.channel cap.purposes cap.topic cap.chain cap.message cap.segment"
        " min_gap.channel min_gap.purposes min_gap.topic min_gap.chain min_gap.message min_gap.segment",
        "cap gap",
        "caps_forget_their_scope rows_forget_of_which_contacts_they_speak caps_blame_whoever_was_first",
    ),
    Reading("cap.counts min_gap.counts", "cap gap", "bounced_contacts_count_as_sent attempts_count_only_when_accepted"),
    Reading(
        "cap.then cap.for_at_most cap.every cap.attempts min_gap.for_at_most preferences.for_at_most"
        " send_window.for_at_most one_main_chain.for_at_most",
        "held_too_long held",
        "the_longest_wait_is_forgotten a_retry_waits_for_the_window attempts_never_end",
    ),
    Reading(
        "cap.instead_of",
        "cap",
        "every_cap_binds_beside_those_in_its_place a_cap_for_a_segment_stands_in_for_everybody",
    ),
    Reading("cap.name min_gap.name send_window.name quiet_hours.name", "cap gap", "a_bundle_loses_its_later_rows"),
    Reading(
        "contact_policy.preferences preferences.*",
        "preference",
        "unwanted_topics_are_sent the_chosen_frequency_is_ignored a_month_is_a_week",
    ),
    Reading(
        "contact_policy.quiet_hours quiet_hours.*",
        "quiet_hours held due gap",
        "quiet_hours_are_the_companys quiet_hours_end_a_minute_late hours_bind_all_channels"
        " held_contacts_go_out_unexamined held_contacts_never_come_back",
    ),
    Reading(
        "contact_policy.send_window send_window.*",
        "send_window",
        "windows_are_open_on_every_day windows_open_an_hour_late",
    ),
    Reading("contact_policy.min_gap min_gap.any min_gap.then", "gap", "gaps_are_a_minute_short"),
    Reading(
        "min_gap.same_channel min_gap.other_channel",
        "gap",
        "other_channels_are_the_same_channel the_same_channel_is_any_other",
    ),
    Reading("min_gap.same_purpose min_gap.same_topic", "gap", "purposes_have_no_gap topics_have_no_gap"),
    Reading("min_gap.same_offer min_gap.same_message", "gap", "offers_have_no_gap messages_have_no_gap"),
    Reading("min_gap.own_run", "gap", "gaps_obey_the_own_run gaps_ignore_the_own_run gaps_blame_the_first_chain"),
    Reading(
        "contact_policy.pause_after pause_after.* pause_signal.*",
        "pause held due",
        "only_the_first_row_pauses nothing_ends_a_pause_before_its_time nobody_is_woken_when_a_pause_ends"
        " pauses_speak_of_every_contact pauses_are_ignored nothing_pauses_beside_plain_events"
        " pauses_do_not_hear_of_segments",
    ),
    Reading(
        "contact_policy.quiet_elsewhere_after quiet_elsewhere_after.*",
        "pause",
        "nobody_listens_to_answers answers_silence_their_own_channel proxies_count_as_answers answers_reach_no_gate",
    ),
    Reading(
        "contact_policy.one_main_chain one_main_chain.*",
        "main_chain due held",
        "every_chain_speaks the_lowest_priority_leads the_main_chain_leads_customers_of_any_segment"
        " everybody_is_woken_whoever_stands_before_him",
    ),
    Reading("contact_policy.exempt exemption.*", "quiet_hours gap cap", "exemptions_are_ignored"),
    Reading("contact_policy.sunset sunset.*", "sunset", "sunset_is_ignored silence_begins_before_the_first_message"),
    Reading(
        "contact_policy.budget budget.* channel.cost team.cost",
        "budget",
        "the_budget_is_ignored only_the_first_budget_is_kept every_budget_pays_for_everything"
        " calls_are_paid_like_texts",
    ),
    Reading("contact_policy.at_goal", "at_goal", "goals_end_nothing"),
    Reading("contact_policy.like", "cap", "a_bundle_loses_its_later_rows"),
    # ------------------------------------------------------------------ who may be written to, and how often at once
    Reading(
        "scenario.contact_policy scenario.channels",
        "no_address no_consent numbers twice reports",
        "withdrawn_consent_is_ignored service_needs_no_consent dead_addresses_are_used"
        " contacts_of_a_run_share_a_number contacts_go_out_twice answers_come_to_unknown_messages",
    ),
    Reading(
        "channel.window channel.template_cost message.template",
        "no_template",
        "free_writing_is_always_allowed clicks_open_no_window a_missing_template_ends_the_cascade",
    ),
    Reading(
        "channel.throughput",
        "queued throughput places",
        "limits_are_ignored who_asks_is_refused_before_places_are_given nobody_hears_that_he_got_no_place"
        " the_plan_is_taken_for_the_provider a_provider_takes_twice_as_many half_of_the_places_stay_idle"
        " the_lowest_priority_gets_the_places",
    ),
    Reading("scenario.base", "places", "the_base_is_not_divided the_fraction_of_an_hour_is_lost"),
    Reading(
        "scenario.sender sender.* change.sender",
        "warmup places",
        "the_plan_binds_receipts_too the_plan_forgets_what_was_sent the_plan_of_tomorrow_holds_today",
    ),
    Reading("scenario.control control.*", "control", "control_gets_everything control_misses_its_exempt_messages"),
    Reading(
        "scenario.double_opt_in",
        "no_consent entry",
        "subscriptions_need_no_confirmation confirmations_are_not_heard subscriptions_are_not_heard"
        " consents_are_as_old_as_the_account forms_are_taken_for_registrations registrations_are_not_heard",
    ),
    Reading(
        "scenario.preference_centre preference_centre.*",
        "preference",
        "choices_are_forgotten topics_cannot_be_switched_off",
    ),
    # ------------------------------------------------------------------ messages on the site and in the app
    Reading(
        "send.in_app rung.in_app",
        "in_app_visits in_app_delivery no_address steps waits",
        "no_visit_shows_anything banners_are_shown_when_they_are_sent every_impression_is_a_delivery"
        " banners_need_an_address nobody_knows_what_was_shown",
    ),
    Reading(
        "scenario.in_app_slot in_app_slot.show_for",
        "in_app_removal in_app_waiting",
        "banners_wait_a_day_longer what_expires_is_not_told validity_does_not_shorten_a_banner"
        " ended_runs_leave_their_banners every_run_takes_its_banner_along"
        " copies_of_a_banner_pile_up every_banner_makes_room_for_any_other clicked_banners_are_shown_again",
    ),
    Reading(
        "in_app_slot.at_most in_app_slot.in_all",
        "in_app_limits in_app_visits",
        "one_banner_is_shown_at_every_visit a_banner_is_shown_once_less all_banners_together_know_no_limit",
    ),
    Reading("in_app_slot.winner", "in_app_winner", "the_oldest_banner_wins the_lowest_priority_wins"),
    Reading(
        "contact_policy.in_app in_app_rules.obeys in_app_rules.counts",
        "cap pause control quiet_hours budget in_app_limits",
        "banners_obey_every_rule banners_fill_the_caps banners_obey_nothing impressions_cost_nothing"
        " banners_are_shown_whatever_they_cost",
    ),
    # ------------------------------------------------------------------ changes on a date
    Reading(
        "scenario.changes change.on change.contact_policy",
        "cap held due changes",
        "nothing_ever_changes changes_come_a_day_late what_waits_is_left_waiting changes_add_an_attempt",
    ),
    Reading("change.counters", "cap", "counters_are_never_reset counters_are_always_reset"),
    Reading("change.runs", "changes", "runs_outlive_every_change runs_end_with_every_change"),
    Reading(
        "change.in_app_slot change.counters",
        "in_app_limits in_app_visits in_app_removal",
        "the_slot_never_changes what_waits_gets_the_time_of_the_new_slot every_change_forgets_impressions"
        " no_change_forgets_impressions",
    ),
    Reading("change.channels", "budget", "a_new_budget_is_not_followed"),
    # ------------------------------------------------------------------ chains
    Reading(
        "scenario.chains chain.trigger chain.steps trigger.event trigger.any trigger.if",
        "entry trigger steps due",
        "nobody_ever_enters attributes_take_the_first_text_only every_message_is_about_the_first_topic",
    ),
    Reading(
        "trigger.event trigger.any",
        "numbers steps",
        "both_opens_of_a_message_start_one_run who_opens_behind_a_proxy_is_no_person",
    ),
    Reading("trigger.inactive trigger.of any_of.*", "entry", "nobody_is_missed"),
    Reading("trigger.channel sign.*", "entry trigger", "answers_on_any_channel_are_signs_of_each"),
    Reading(
        "trigger.segment_entered trigger.segment_left",
        "entry segment",
        "segments_are_never_looked_at members_enter_without_an_event",
    ),
    Reading(
        "trigger.field_changed",
        "entry trigger on_retrigger",
        "changes_of_fields_start_nothing changes_of_fields_are_not_noticed fields_are_compared_one_after_the_other",
    ),
    Reading(
        "trigger.date trigger.before trigger.after trigger.at",
        "entry trigger",
        "dates_never_come birthdays_come_a_day_late dates_are_on_the_companys_clock an_earlier_order_keeps_its_date"
        " every_order_is_the_first",
    ),
    Reading(
        "trigger.count trigger.in_a_row trigger.within trigger.without trigger.answer_within",
        "entry trigger",
        "nobody_is_silent opens_are_not_heard a_row_goes_on_after_an_open counted_events_never_age"
        " days_in_a_row_are_the_companys counting_never_begins_anew",
    ),
    Reading(
        "trigger.every trigger.on trigger.at trigger.from trigger.until trigger.zone campaign.on campaign.at"
        " campaign.from campaign.until campaign.zone",
        "entry trigger due campaigns",
        "schedules_start_nothing every_week_has_its_turn the_last_one_of_a_month_is_any schedules_have_no_end"
        " days_of_every_year_never_come the_companys_clock_is_the_customers",
    ),
    Reading("trigger.external external.*", "entry", "rows_of_a_table_come_a_minute_late"),
    Reading("chain.enter", "enter", "entry_conditions_are_ignored"),
    Reading(
        "chain.on_retrigger parallel.*",
        "on_retrigger",
        "restarts_leave_the_old_run_going a_second_run_begins_beside_the_first parallel_runs_are_all_of_one_kind",
    ),
    Reading(
        "chain.reenter reenter.*",
        "reentry entry",
        "reentry_counts_from_the_exit everybody_may_enter_again entries_are_not_counted entries_count_for_ever",
    ),
    Reading("chain.priority campaign.priority", "arbitration", "the_lowest_priority_goes_first"),
    Reading(
        "chain.goal goal.*",
        "goal",
        "the_goal_counts_once_too_often signals_are_no_goals events_among_several_goals_do_not_count",
    ),
    Reading(
        "signal.*",
        "exit_on goal waits due",
        "conditions_of_signals_are_ignored runs_do_not_hear_of_segments what_came_in_the_sending_is_forgotten",
    ),
    Reading(
        "chain.exit_on",
        "exit_on withdrawal exit",
        "exits_are_ignored exits_come_five_minutes_late exits_withdraw_silently ended_runs_still_send",
    ),
    Reading("chain.timeout", "timeout", "timeouts_are_ignored"),
    Reading(
        "chain.holdout holdout.*",
        "holdout shares steps exit_on reports",
        "ghosts_are_written_to nobody_is_held_out"
        " messages_kept_back_never_went_out ghosts_hear_of_no_delivery messages_kept_back_are_delivered",
    ),
    Reading("chain.while", "condition while", "while_is_ignored expiring_points_are_the_whole_balance"),
    # ------------------------------------------------------------------ waits and steps
    Reading("step.wait", "waits due minutes", "waits_count_from_the_request minutes_are_not_whole"),
    Reading(
        "step.at wait.at at_clock.*",
        "waits due",
        "waits_from_entry_count_from_now clocks_are_the_companys weekends_are_working_days",
    ),
    Reading(
        "step.within wait.within window.* at_clock.zone",
        "waits due",
        "windows_of_waits_are_always_open waits_go_by_the_customers_clock_alone",
    ),
    Reading("scenario.calendar calendar.*", "waits due", "holidays_are_worked"),
    Reading(
        "wait.best_hour best_hour.*",
        "waits due",
        "one_open_is_enough_to_learn_an_hour hours_are_learned_from_scattered_opens",
    ),
    Reading(
        "wait.until wait.at_most",
        "waits due steps",
        "waits_for_events_are_deaf waits_forget_what_was_reported_at_once",
    ),
    Reading("wait.until_true wait.check wait.name", "waits due", "conditions_are_looked_at_half_as_often"),
    Reading("wait.on_timeout", "waits due steps", "everybody_takes_the_time_out_branch"),
    Reading("step.send send.first_of send.message send.*", "channel", "first_of_takes_the_first_channel"),
    Reading(
        "send.on_capped rung.on_capped",
        "cap quiet_hours pause",
        "caps_move_a_cascade_to_the_louder_channel the_night_moves_a_cascade_on what_holds_never_moves_a_cascade_on",
    ),
    Reading(
        "send.best_channel rung.best_channel",
        "channel",
        "the_best_channel_is_the_first the_best_channel_is_learned_from_one_message clicks_teach_nothing"
        " banners_that_wait_count_as_tried",
    ),
    Reading(
        "step.cascade rung.*",
        "steps waits due",
        "cascades_have_one_rung cascades_ask_no_conditions cascades_hear_no_signals",
    ),
    Reading("step.choose branch.*", "steps waits due", "every_branch_is_taken silence_is_heard_from_every_channel"),
    Reading("step.split split.* split_arm.*", "shares", "everybody_takes_the_first_arm"),
    # ------------------------------------------------------------------ actions and tasks
    Reading(
        "step.set scenario.fields card_field.*",
        "action",
        "fields_are_not_written formulas_see_the_card_as_it_was ghosts_act",
    ),
    Reading(
        "step.add_to step.remove_from segment.static segment.members", "action segment", "static_segments_do_not_change"
    ),
    Reading(
        "step.unsubscribe unsubscribe.*",
        "action unsubscribe no_consent",
        "the_company_keeps_the_consent_that_it_gave_up the_company_unsubscribes_without_a_row"
        " topics_cannot_be_given_up",
    ),
    Reading("step.webhook webhook.name", "action", "the_control_group_leaves_the_house"),
    Reading("step.start", "entry", "chains_are_not_started"),
    Reading("step.stop", "stop", "stop_stops_nothing"),
    Reading("step.pause pause.*", "paused waits due", "paused_runs_go_on a_pause_does_not_hold_contacts"),
    Reading(
        "step.pause pause.for",
        "waits due steps held_too_long",
        "pauses_lengthen_waits paused_runs_look_at_nothing pauses_use_up_the_longest_wait",
    ),
    Reading(
        "offer.valid give.coupon message.offer",
        "offer_expired held steps due waits in_app_removal in_app_visits in_app_waiting",
        "coupons_never_end used_coupons_last kept_back_coupons_last the_first_coupon_decides banners_outlive_coupons"
        " coupons_are_held_for_ever what_was_kept_back_is_not_held",
    ),
    Reading("step.give give.points", "books action", "a_gift_is_forgotten ghosts_get_gifts"),
    Reading(
        "step.task task.* scenario.teams",
        "task entry waits",
        "everybody_may_be_called calls_disturb_quiet_hours tasks_outlive_their_runs tasks_are_called_off_by_a_good_end"
        " tasks_never_expire nobody_hears_of_closed_tasks work_is_a_call nobody_hears_how_a_task_ended",
    ),
    Reading(
        "team.people team.minutes_per_task",
        "team",
        "a_team_calls_without_end every_task_takes_a_second idle_people_save_up_their_time"
        " what_did_not_fit_an_hour_is_begun_anew",
    ),
    Reading("team.hours team_hours.*", "task", "a_team_works_round_the_clock"),
    # ------------------------------------------------------------------ segments
    Reading(
        "scenario.rfm rfm.* edges.* weights.*",
        "due campaigns condition",
        "the_last_fitting_cell_counts scores_weigh_alike",
    ),
    Reading(
        "scenario.segments segment.if segment.did segment.times segment.within segment.same segment.but_not"
        " segment.for segment.during during.* happening.*",
        "enter entry segment",
        "what_came_since_a_deed_is_ignored one_deed_is_enough deeds_count_a_day_longer"
        " deeds_of_all_categories_count_together conditions_of_deeds_are_ignored days_of_deeds_are_the_companys"
        " every_day_of_a_deed_is_in_season",
    ),
    Reading("segment.refresh", "enter entry segment", "members_are_found_anew_at_every_question"),
    Reading(
        "segment.predict predict.* churn_risk.* scenario.predictions predictions.*",
        "fit due campaigns segment condition",
        "chances_look_a_day_too_far orders_of_the_run_do_not_move_chances the_fit_is_carelessly_rounded"
        " clocks_begin_with_the_first_order",
    ),
    # ------------------------------------------------------------------ loyalty, messages, campaigns, data
    Reading(
        "scenario.loyalty loyalty.points points.earn points.worth tier.earn",
        "books",
        "orders_earn_nothing gold_earns_like_everybody",
    ),
    Reading("points.active_after", "books", "points_are_active_at_once"),
    Reading(
        "points.expire_after points.expiring",
        "books entry",
        "points_never_expire nobody_hears_that_points_expire what_was_spent_expires_too",
    ),
    Reading("loyalty.tiers tier.from loyalty.spent_in loyalty.refresh", "books", "tiers_are_kept_for_ever"),
    Reading("message.deliver_by", "offer_expired", "validity_is_ignored the_day_ends_at_the_companys_midnight"),
    Reading(
        "message.personal message.fallback message_variant.personal message_variant.fallback",
        "blocks",
        "every_block_has_its_data an_emptied_cart_is_still_shown",
    ),
    Reading(
        "message.variants message_variant.share",
        "variants shares",
        "variants_are_drawn_anew_by_channel everybody_gets_the_first_variant",
    ),
    Reading(
        "scenario.messages message.purpose message.topic message.offer",
        "no_consent gap",
        "service_needs_no_consent offers_have_no_gap",
    ),
    Reading(
        "scenario.campaigns campaign.every campaign.send campaign.to",
        "campaigns due",
        "campaigns_reach_nobody campaigns_go_to_everybody subscribers_wait_for_tomorrows_campaign"
        " campaigns_ask_whom_they_cannot_reach",
    ),
    Reading(
        "scenario.data_faults data_faults.lost",
        "trigger exit_on goal waits",
        "lost_events_are_heard lost_clicks_are_heard",
    ),
    Reading(
        "data_faults.late late.*",
        "trigger exit_on",
        "late_events_are_heard_at_once what_arrives_late_is_logged_and_forgotten",
    ),
    Reading("data_faults.doubled", "entry exit_on", "what_is_told_twice_is_heard_once"),
    Reading("data_faults.two_ids two_ids.*", "trigger exit_on", "events_under_another_id_are_heard"),
)
