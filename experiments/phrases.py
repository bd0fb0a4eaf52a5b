"""Every sentence of the verdict, by language.  A further language is one more table with the same keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

Language = Literal["en"]

PHRASES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        # titles
        "brief": "The brief",
        "money": "Money",
        "contents": "What personal messages showed",
        "burnout": "What it does to the base",
        "chains": "What each chain adds",
        "evidence": "How it would look in practice",
        "doubts": "What remains unsure",
        # the brief
        "brief_goal": "Goal of {arm}: {goal}{owner}.",
        "brief_owner": " (answers for it: {owner})",
        "target_met": "met",
        "target_missed": "missed",
        "target_open": "open",
        "target_unknown": "not known",
        "target_reason": "{arm}, {what}: not known ({reason}).",
        "targets_period": "Figures of the targets: {period}{others}.",
        "targets_open": "Open: not decided, the interval lies on both sides of the target.",
        "targets_no_tail": "None of the {stated} days of tail that the file of {arms} states was run: what comes then "
        "is in no figure and no proportion{shares}.",
        "targets_tail": "Only {run} of the {stated} days of tail that the file of {arms} states were run: what comes "
        "later is in no figure and no proportion{shares}.",
        "targets_tail_share": "{arm} against silence: {tail} in the tail as it was run, {whole} in all",
        "targets_part": "Targets that grow with the days are for {days} of the file's {stated} days{which}; what the "
        "file states stands behind “of”.",
        # headlines
        "headline_winner": "{winner} earns more than {loser}: {figure} per customer (certainty {certainty}).",
        "headline_open": "It is not decided whether {arm} or {baseline} earns more: "
        "the difference is {figure} per customer.",
        "headline_same": "{arm} and {baseline} did the same to every customer of this run: no difference was seen.",
        "headline_same_strategy": "{arm} and {baseline} are the same strategy: no difference at all.",
        "headline_unseen": "No difference of contribution was seen between {arm} and {baseline}: {figure}.",
        "headline_unknown": "{arm} and {baseline} cannot be compared: {reason}.",
        "headline_only": "Only of one arm is it certain that it earns more than {baseline}{margin}: "
        "{arms} per customer.",
        "headline_margin": " by as much as matters, {least}",
        "headline_larger": " Larger, but not decided: {arms}.",
        "headline_first": "{winner} earns most: {figure} per customer more than {baseline}, "
        "{lead} more than {second}, the next.",
        "headline_several": "{count} arms earn more than {baseline}{margin}: {arms}.",
        "headline_some_too": " Certain to earn more than {baseline} too, but not whether by as much: {arms}.",
        "headline_best_open": " Which arm is best is not decided.",
        "headline_best_unasked": " Which arm is best is not told: of more than {most} arms only the differences from "
        "{baseline} are.",
        "headline_unsized": "{winner} earns more than {loser}: {figure} per customer (certainty {certainty}). "
        "Whether by as much as matters, {least}, is not known.",
        "headline_nil_two": "There is no difference in contribution that matters between {arm} and {baseline}: "
        "{figure} per customer, within ± {least}{but}.",
        "headline_nil_all": "No arm differs in contribution from {baseline} by as much as matters, {least} per "
        "customer{but}.",
        "headline_some": "It is certain that these arms earn more than {baseline}, but not whether by as much as "
        "matters, {least} per customer: {arms}.",
        "headline_chains": "Of {count} chains and campaigns {parts}.",
        "headline_adding": "{count} add contribution that matters, {best} the most of them: {figure} per customer",
        "headline_adding_some": "{count} add contribution, {best} the most of them: {figure} per customer, but whether "
        "as much as matters, {least}, is not known",
        "headline_taking": "{count} cost more than they bring, by as much as matters ({worst})",
        "headline_taking_some": "{count} cost more than they bring, but whether by as much as matters, {least}, is not "
        "known ({worst})",
        "headline_nil": "{count} make no difference in contribution that matters (± {least} per customer){but}",
        "headline_idle": "of {count} no run began ({which})",
        "headline_not_due": "{count} were not due within the run ({which})",
        "headline_still": "of {count} no difference was seen for any customer, which is no proof that there is none "
        "({which})",
        "headline_unsure": "of {count} it is not decided whether they add contribution or cost more than they bring "
        "({which})",
        "headline_unsure_all": "Of none of {count} chains and campaigns is it decided whether it adds contribution or "
        "costs more than it brings ({which}).",
        "headline_unknown_chains": "of {count} there is no interval to go by ({which})",
        "headline_deciding": " The clearest of them, {chain}, would have an even chance to be decided with about "
        "{count} replications of this size; this run has {replications}.",
        "headline_none": "No arm earns more than {baseline} for certain{margin}.",
        "headline_none_matters": "No arm earns more than {baseline} by as much as matters, {least}.",
        "headline_open_all": "Of no arm is it decided whether it earns more or less than {baseline}.",
        "headline_base_first": "{baseline} earns more than every other arm.",
        "headline_alike": " As good as {baseline} in contribution, within ± {least}: {arms}{but}.",
        "headline_doing_the_same": " Doing the same as {baseline}: {arms}.",
        "headline_less": " Certain to earn less: {arms}.",
        "headline_less_some": " Certain to earn less, but not whether by as much as matters, {least}: {arms}.",
        "headline_undecided": " Not decided: {arms}.",
        "headline_more": " and {count} more",
        "headline_alone": "{arm} earns {figure} per customer against silence.",
        "headline_alone_open": "It is not decided whether {arm} earns more than silence: "
        "the difference is {figure} per customer.",
        "headline_alone_unknown": "What {arm} earns against silence is not known: {reason}.",
        "headline_level": "{arm} earns {figure} per customer; what silence would have earned is not known.",
        # whether any of it pays
        "paying_one_loses": " As a whole {arm} loses against sending nothing{figures}.",
        "paying_one_unknown": " Whether {arm} as a whole earns more than sending nothing is not known{figures}.",
        "paying_two_lose": " But both lose against sending nothing{figures}.",
        "paying_all_lose": " But all arms lose against sending nothing{figures}.",
        "paying_two_unknown": " Neither is known to earn more than sending nothing{figures}{losing}.",
        "paying_all_unknown": " No arm is known to earn more than sending nothing{figures}{losing}.",
        "paying_some_lose": "; for certain these lose: {arms}",
        # what else differs where contribution does not
        "beside_money": ", but {what}",
        "beside_of": "{arm}: {what}",
        "beside_and": " and ",
        "beside_more": "more",
        "beside_fewer": "fewer",
        "beside_truly_reachable_email": "{figure} {sign} truly reachable by e-mail",
        "beside_reachable_email": "{figure} {sign} reachable by e-mail",
        "beside_unsubscribed": "{figure} {sign} unsubscribed",
        "beside_complained": "{figure} {sign} complaining",
        "beside_orders": "{figure} {sign} orders per customer",
        # money
        "earns": "{winner} earns more than {loser}: {arm} − {baseline} = {figure} per customer{relative}; "
        "certainty {certainty}.{unsized}",
        "unsized": " Whether it is as much as matters, {least}, is not known.",
        "unsized_holm": " Its interval alone lies beyond what matters, {least}, but of {count} comparisons at once one "
        "may do so by chance: whether it is as much is not certain.",
        "nil_holm": "{arm} against {baseline} is not decided: {figure} per customer. The interval alone lies within "
        "± {least}, but of {count} comparisons at once one may do so by chance.",
        "nil": "{arm} against {baseline}: no difference in contribution that matters: {figure} per customer, within "
        "± {least}{but}.",
        "open": "{arm} against {baseline} is not decided: {figure} per customer. "
        "The evidence leans to {leaning} with a certainty of {certainty}, which is not enough to choose by: "
        "a choice needs {threshold}.{needed}",
        "open_blank": "{arm} against {baseline} is not decided: {figure} per customer. "
        "Nothing can be said yet about which of them earns more.{needed}",
        "needed": " With about {count} replications of this size there would be an even chance to decide, if the "
        "difference stays as it looks now; this run has {replications}.",
        "needed_too_many": " Even with {count} replications of this size there would be less than an even chance to "
        "decide, if the difference stays as it looks now.",
        "open_holm": "{arm} against {baseline}: {figure} per customer. The interval alone leaves zero out, but of "
        "{count} comparisons at once one may do so by chance (Holm's p {p}): not decided.",
        "same": "{arm} and {baseline} did the same to every customer of this run: the two files describe the same "
        "strategy, or the change never took effect.{doubt}",
        "same_strategy": "{arm} and {baseline} are the same strategy, to the last key: no figure can differ.",
        "unseen": " Not having been seen is no proof: at most one customer in {most} would meet a difference.",
        "unknown": "{arm} against {baseline}: {figure}.",
        "relative": ", relative {figure}",
        "periods_agree": "Horizon and tail agree: {horizon} within the horizon, {tail} in the tail after it.",
        "periods_disagree": "Horizon and tail disagree: {horizon} within the horizon, {tail} in the tail after it. "
        "A report at the end of the horizon would get it wrong.",
        "periods_open": "Within the horizon the difference is {horizon}, in the tail after it {tail}; "
        "whether the two agree is not decided.",
        "dearer": "{arm} spends {figure} per customer more on marketing; {extra}.",
        "cheaper": "{arm} spends less on marketing: {figure} per customer.",
        "cost_same": "Marketing costs the same for every customer of this run.",
        "cost_open": "Which of them spends more on marketing is not decided: {figure} per customer.",
        "extra_paid": "each extra rouble brought back {figure}, more than the rouble that was spent",
        "extra_lost": "each extra rouble brought back {figure}, less than the rouble that was spent",
        "extra_open": "each extra rouble brought back {figure}; whether that is more than the rouble that was spent is "
        "not decided",
        "extra_holm": "each extra rouble brought back {figure}; whether that is more or less than was spent is as "
        "little decided as the difference of contribution, of {count} comparisons at once",
        "extra_unknown": "what an extra rouble brought is not known ({reason})",
        "owed_more": "At the end {arm} owes its customers more in unspent loyalty points than {baseline}: {figure} per "
        "customer at their full worth. Contribution is charged with points only when they pay: no difference told here "
        "holds this yet.",
        "owed_less": "At the end {arm} owes its customers less in unspent loyalty points than {baseline}: {figure} per "
        "customer at their full worth. Contribution is charged with points only when they pay: no difference told here "
        "holds this yet.",
        "gain_of_base": "{arm} against silence, for the {count} customers outside the control group of the base of "
        "{base}: {figure}{open}.",
        "gain_open": ", not decided",
        "romi": "{arm}: ROMI {figure} against silence, contribution {contribution} per customer.",
        "romi_open": "{arm}: whether marketing pays for itself is not decided: against silence it brings "
        "{contribution} per customer, ROMI between {low} and {high}.",
        "romi_no_return": "{arm}: against silence it brings {contribution} per customer; its ROMI is not known "
        "({reason}).",
        "romi_unknown": "{arm}: whether marketing pays for itself is not decided: against silence it brings "
        "{contribution} per customer; ROMI is not known ({reason}).",
        # single chains
        "chain_adds": "{chain} adds {figure} per customer.",
        "chain_takes": "{chain} costs more than it brings: {figure} per customer.",
        "chain_adds_some": "{chain} adds {figure} per customer; whether as much as matters, {least}, is not known.",
        "chain_takes_some": "{chain} costs more than it brings: {figure} per customer; whether as much as matters, "
        "{least}, is not known.",
        "chain_nil": "{chain} makes no difference in contribution that matters: {figure} per customer, within "
        "± {least}{but}.",
        "chain_open": "{chain}: {figure} per customer; whether it adds contribution or costs more than it brings is "
        "not decided.{why}{needed}",
        "few_orders": " The orders of {count} differ; with so few the interval allows for rare orders that were not "
        "seen to differ.",
        "few_orders_none": " Nobody's orders differ; the interval allows for orders that differ so rarely that none "
        "was seen.",
        "few_orders_count": "{count} customers",
        "few_orders_one": "one customer",
        "chain_holm": " The interval alone leaves zero out, but of {count} comparisons at once one may do so by chance "
        "(Holm's p {p}).",
        "chain_holm_nil": " The interval alone lies within ± {least}, but of {count} comparisons at once one may do so "
        "by chance.",
        "chain_nothing": "{chain} changed nothing for any customer of this run: no difference was seen.{doubt}",
        "chain_idle": "{chain}: no run of it began, so nothing is known of what it would add: {why}.",
        "chain_not_due": "{chain} was not due within the run, so nothing is known of what it would add: {why}.",
        "due_later": "its first day behind the {days} days of the run is {day}",
        "due_never": "none of its days lies within the {days} days of the run or soon after",
        "idle_refused": "its trigger came {came}: {reasons}",
        "idle_never": "its trigger never came",
        "chain_unknown": "{chain}: what it adds is not known ({reason}).",
        # contents
        "contents_broken": "In {arm} messages went out broken, with an empty block and no fallback: {which}. They fit "
        "worse than without the block.",
        "contents_fallback": "In {arm} mostly the fallback stood in the place of what personal blocks would show: "
        "{which}.",
        "contents_overloaded": "In {arm} these messages have more personal blocks than the {most} that readers take "
        "in: {which}.",
        "contents_lacked": "{figure} of {message} lacked {blocks}",
        "contents_more": "; and {count} more",
        # the base
        "burnt": "{arm} against {baseline}: {what}.",
        "burnt_alone": "{arm}: {what}.",
        "burnt_item": "{label} {level}, a difference of {figure}",
        "burnt_open": "{label} {level}, no certain difference ({figure})",
        "burnt_alike": "{label} {level}, none of the customers differs",
        "burnt_level": "{label} {level}",
        "mailboxes_unfound": "By its own data {arm} reaches more customers by e-mail at the end{end} than "
        "{baseline} ({seen}), in truth {true}: the rest are dead mailboxes that it has not found out, since only "
        "writing to them does so.",
        "mailboxes_found": "By its own data {arm} reaches fewer customers by e-mail at the end{end} than "
        "{baseline} ({seen}), in truth {true}: the rest are dead mailboxes that it has found out by writing to them.",
        "mailboxes_end": "",
        "mailboxes_end_of_horizon": " of the horizon",
        # practice
        "live": "One live test in {arm} with its control group of {group} would have an interval of "
        "± {half}{verdict}.{bias}",
        "live_stated": "{control} customers, {share} % of the base of {base} (about {buyers} orders in it),",
        "live_drawn": "about {control} customers of the base of {base} ({buyers} orders in it)",
        "live_simulated": "about {control} customers of those simulated, as the file states no base ({buyers} orders "
        "in it)",
        "live_disturbed": " Its control group does not live in silence, since {why}: there the arm makes {figure} per "
        "customer, which the test would miss{measured}.",
        "live_apart": " Its control group does not live in silence, since {why}. How much the arm makes there is not "
        "decided, {figure} per customer, and the test would miss it{measured}.",
        "live_apart_unknown": " Its control group does not live in silence, since {why}. How much the arm makes there, "
        "which the test would miss, is not known ({reason}).",
        "live_measured": ": it would measure {figure}{seen}",
        "live_measured_open": ", which may be nothing",
        "live_measured_blind": ", for which it is too wide",
        "live_measured_perhaps": ", for which it may be too wide",
        "live_true": "; the true effect is {truth}",
        "reaches_points": "it has the arm's loyalty programme, which silence lacks",
        "reaches_messages": "the exempt messages that it gets are not those of silence",
        "reaches_permissions": "its consents and choices follow other rules (double opt-in, preference centre)",
        "reaches_reputation": "its own mail, the digest of the tail too, meets the reputation that the arm's mail "
        "gave the sender",
        "reaches_limits": "it shares limited channels or a budget",
        "reaches_recommendations": "newcomers in it come when customers recommend the shop",
        "reaches_unknown": "the groups share things",
        "live_unsure": "; the true effect, {truth}, is itself not decided",
        "live_blind": ": too wide to see the true effect of {truth}",
        "live_perhaps": ": it may be too wide to see the true effect of {truth}",
        "live_none": "{arm} has no control group: a live run could not tell its effect.",
        "live_few": "{arm}: a live run could not tell its effect, in some replication fewer than two customers are in "
        "the control group or outside it.",
        "sizes": "To see the effect on contribution with a probability of {power} % (two-sided, {level} % level) a "
        "live test of {days} days{tail} needs so many customers in both groups together, in brackets for the ends of "
        "the effect's interval{endless}:",
        "sizes_tail": ", and {days} more in which everybody gets the neutral weekly digest and nothing else,",
        "sizes_endless": "; at least so many where the effect may be nothing, for then there is no upper end",
        "sizes_of": "{arm}: {tests}.{seen}{base}{instead}",
        "sizes_seen": " Against the control group that is for {measured}, what such a test can measure; the true "
        "effect is {truth}.",
        "sizes_unplanned": "no test against its control group, which does not live in silence: it would measure "
        "{measured}, {why}, and the true effect is {truth}{advice}",
        "sizes_unmeasured": "no test against its control group, which does not live in silence: what it would measure "
        "is not known, and the true effect is {truth}{advice}",
        "sizes_not_decided": "of which not even the sign is decided",
        "sizes_other_sign": "an effect of the other sign",
        "sizes_advice": " (a test half and half against another arm has no such bias)",
        "sizes_stated": "{count} with a control group of {share} %",
        "sizes_halves": "{count} with one of 50 %",
        "sizes_baseline": "{count} half and half against {baseline}",
        "sizes_range": "{count} ({low} … {high})",
        "sizes_none": "no number of customers shows an effect of nothing",
        "sizes_at_least": "at least {count}",
        "sizes_enough": " The base of {base} is enough for {which}.",
        "sizes_part": " The base of {base} holds {part} % of {which}.",
        "sizes_part_at_most": " The base of {base} holds at most {part} % of {which}.",
        "sizes_may_do": " Whether the base of {base} is enough for {which} is not known.",
        "sizes_first": "the first",
        "sizes_only": "that",
        "sizes_instead": " On this base such a test would see: {what}.",
        "sizes_instead_control": "{metrics} (with that control group)",
        "sizes_instead_baseline": "{metrics} (half and half against {baseline})",
        "sizes_nothing": " On this base no such test would see another figure's effect either.",
        "claim": "In {arm} attribution ({rule}) would claim {claim} orders per customer; "
        "the true increment is {truth}.",
        # doubts
        "usual": "What holds of every run like this one stands on the page of the report under “What remains unsure”: "
        "{what}.",
        "usual_uncalibrated": "the population is not calibrated on a company, so differences are no forecast",
        "usual_chance": "intervals cover chance and not the assumptions of the model",
        "usual_messages": "which e-mails fared otherwise than published in the shipped scenario reference",
        "usual_base": "for which base amounts are meant",
        "usual_silence": "what silence means",
        "usual_plots": "how bands in plots are read",
        "usual_pairing": "how many customers the common luck saves",
        "idle_chain": "In {arm} no run of {chain} began, so it is in no figure: {why}.",
        "idle_not_due": "In {arm} {chain} was not due within the run, so it is in no figure: {why}.",
        "idle_chains_never": "In {arm} the trigger of {chains} never came, so that is in no figure.",
        "uncalibrated": "The population is not calibrated on data of a company: read differences between the arms as "
        "relative, not as a forecast of roubles.",
        "chance_only": "Intervals cover chance (customers and luck), not the assumptions of the model; "
        "those graded D belong into a sensitivity run (docs/how-to/sensitivity.md).",
        "message_gaps": "Some e-mails are known to fare otherwise in the model than published, which no interval "
        "covers and a verdict about their chains leans on. Rates and factors are those of the shipped scenario "
        "{scenario} over {days} days (docs/explanation/message-rates.md), not of this run, whose own rates may "
        "lie elsewhere: {kinds}.",
        "message_gap": "{kind} ({chains}) {what}",
        "fit_bounds": "In {arm} the model behind the predictive segments stopped at a bound ({which}): past orders do "
        "not tell these parameters. At a bound of a or b hardly anybody seems lost and churn_risk says little; at one "
        "of r or alpha all customers seem to order alike.",
        "target": "The intervals speak of {target}, from {replications} replications of about {customers} customers.",
        "one_world": "There is one replication only: a spread between replications cannot be told. Intervals stand on "
        "the spread between customers, take their shared reputation and season as given, and speak of {target}.",
        "few": "There are only {replications} replications, so intervals are wide to make up for it: "
        "more replications would narrow them.",
        "endless": "ROMI of {arms} has no end on one side, or could be anything: with so few replications or customers "
        "the marketing cost itself is so uncertain that it may be next to nothing, and what is divided by next to "
        "nothing can be as large as one likes. More replications give it an end.",
        "pointwise": "Bands in the plots over time hold for each day looked at by itself, not for the whole course at "
        "once.",
        "arms_after": "Silence means no marketing at all within the horizon. In the tail of {days} days after it all "
        "arms, the silent one too, get the same neutral weekly digest ({digest}); its mails and bounces are part of "
        "the tail figures. Figures per customer that name no period cover horizon and tail together, mean fatigue and "
        "inbox share the horizon, rates the messages of the horizon.",
        "arms_after_none": "Silence means no marketing at all within the horizon; the run has no tail after it.",
        "silence_programme_alike": "In silence there is the loyalty programme too, since all arms have the same one: "
        "what it brings and costs is in no figure against silence, only in a comparison with an arm without it.",
        "silence_programme_alike_alone": "In silence there is the loyalty programme too: what it brings and costs is "
        "in no figure against silence, only in a comparison with an arm without it.",
        "silence_programme_differs": "In silence there is no loyalty programme, since the arms do not have the same "
        "one: what an arm's programme brings and costs is in its figures against silence.",
        "silence_sends": "Silence sends the exempt transactional messages of {which}, which all arms have alike.",
        "silence_sends_alone": "Silence sends the exempt transactional messages of {which}.",
        "silence_lacks": "Silence lacks {which}: the arms differ in them, or in messages, prices, segments and the "
        "like that they stand on, so what they bring is in the figures against silence.",
        "pairing": "Meeting the same customers with the same luck in both arms saves customers: for the same precision "
        "a comparison of {arm} between different customers would need about {figure} times as many.",
        "base": "Budgets, fixed costs, and limits of providers and teams are meant for a base of {base} customers; the "
        "simulated customers have their part of them.",
        "production_part": "What making the messages of {arms} costs once is borne by the {days} days of this run in "
        "proportion to the horizon that the file states.",
        "base_missing": "Budget and fixed costs of {arms} are taken for the simulated customers: the file does not "
        "state for how many customers they are meant (base: …), so the verdict depends on --customers.",
        "unpriced": "In {arm} {which} cost nothing apiece, which no provider offers: what they bring is told "
        "without their price.",
        "slow_teams": "The simulated customers of {arm} have the time of only {which} a day: tasks that come together "
        "wait longer than in the whole base, and more of them expire; --customers makes it more.",
        "silent_missing": "The run has no silent arm: ROMI and what silence would have brought are not known.",
        "no_tail": "The run has no tail: what burnout costs after the horizon is not in the figures.",
        "least": "A difference of less than ± {least} of contribution per customer{share} counts as none that matters, "
        "where its whole interval lies within; --least states another limit.",
        "least_share": " ({share} % of what {baseline} earns)",
        "holm": "{count} arms were compared with the baseline. Winners are named, and differences said to matter or "
        "not to matter, only where that holds for all arms together (Holm's correction); the intervals beside are "
        "those of each arm alone.",
    }
}  # fmt: skip

LABELS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "unsubscribed": "unsubscribed customers",
        "taken_off": "taken off the list by the company, per customer",
        "complained": "complaining customers",
        "fatigue": "mean fatigue",
        "inbox": "inbox share",
        "reachable_email": "reachable by e-mail at the end",
        "truly_reachable_email": "truly reachable by e-mail at the end",
        "reachable_any": "reachable at all at the end",
    }
}


def say(language: Language, key: str, **figures: str) -> str:
    """One sentence with its figures in place."""
    return PHRASES[language][key].format(**figures)


def listed(names: Sequence[str], most: int, between: str = ", ") -> str:
    """The first ``most`` names, and that there are more.

    >>> listed(["a", "b", "c"], 2)
    'a, b, …'
    """
    return between.join([*names[:most], *(["…"] if len(names) > most else [])])
