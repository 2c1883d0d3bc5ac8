/* SPDX-License-Identifier: Apache-2.0
 *
 * limits.h - the steps that somebody must take in time, and the working days they have.
 *
 * The table says what each limit means; the rule book in force says how long it is. A list or a kind
 * of record may have limits of its own, which stand before the book's.
 */
#ifndef CREDIT_RULES_LIMITS_H
#define CREDIT_RULES_LIMITS_H

#include "rules/book.h"

/* X(NAME, id, may an act extend it, English, Chinese). The clock starts on the day named in the text. */
#define CREDIT__LIMIT_LIST(X) \
	X(FILING, "filing", FIXED, "filing a decision, from its date", "自决定之日起报送") \
	X(HEARING, "notice.hearing", FIXED, "statement and defence, from service of the notice", \
		"自告知送达之日起陈述申辩") \
	X(NOTICE_DECIDE, "notice.decide", FIXED, \
		"deciding on a ripe notice, from the end of the hearing", \
		"自陈述申辩期满起作出决定") \
	X(CONSENT_VALID, "consent.valid", FIXED, "using a consent, from its date", \
		"自同意之日起有效") \
	X(LISTING_REVOKE, "listing.revoke", FIXED, \
		"settling a listing whose basis was annulled, from the annulment", \
		"自所依据的决定被撤销起处理列入") \
	X(HONOUR_REVIEW, "honour.review", FIXED, "reviewing an honour, from the black listing", \
		"自列入严重失信名单起复核荣誉") \
	X(MEASURE_LIFT, "measure.lift", FIXED, "lifting a measure, from the end of its basis", \
		"自依据消失起解除措施") \
	X(MEASURE_FEEDBACK, "measure.feedback", FIXED, \
		"first feedback on a measure, from its application", "自采取措施起首次反馈") \
	X(REPAIR_CHECK, "repair.check", EXTENDED, "formal check of an application, from its slip", \
		"自受理回执之日起形式审查") \
	X(REPAIR_SUPPLEMENT, "repair.supplement", EXTENDED, \
		"supplying what is missing, from the request", "自告知补正之日起补正") \
	X(REPAIR_DECIDE, "repair.decide", EXTENDED, "deciding on repair, from acceptance", \
		"自受理之日起作出修复决定") \
	X(OBJECTION_CHECK, "objection.check", EXTENDED, \
		"formal check of an objection, from its slip", "自受理回执之日起形式审查异议") \
	X(OBJECTION_SUPPLEMENT, "objection.supplement", EXTENDED, \
		"supplying what is missing, from the request", "自告知补正之日起补正异议材料") \
	X(OBJECTION_ANSWER, "objection.answer", EXTENDED, \
		"answering an objection, from acceptance", "自受理之日起答复异议") \
	X(REVIEW_REQUEST, "review.request", FIXED, "asking for a review, from the rejection", \
		"自异议不成立之日起申请复核") \
	X(REVIEW_DECIDE, "review.decide", EXTENDED, "deciding a review, from its slip", \
		"自复核申请之日起作出复核决定") \
	X(PLAN_OUTCOME, "plan.outcome", EXTENDED, \
		"reporting on a reorganisation plan, from the repair", \
		"自修复起报告重整计划执行结果") \
	X(KEY_REVIEW, "key.review", FIXED, \
		"saying whether a record stands that a compromised key signed for, from its flag", \
		"自失密标记起复核记录") \
	X(ACKNOWLEDGE, "subscription.acknowledge", FIXED, \
		"acknowledging a removal or correction, from its record", \
		"自记录移出或更正起确认") \
	X(ESCALATION, "escalation", FIXED, \
		"telling the authority above, from the day a task was due", \
		"自逾期起报告上级机关")

enum credit__limit {
#define X(name, id, extends, en, zh) CREDIT__LIMIT_##name,
	CREDIT__LIMIT_LIST(X)
#undef X
	CREDIT__LIMITS
};

enum credit__limit_extends {
	CREDIT__LIMIT_FIXED,
	CREDIT__LIMIT_EXTENDED, /* once, by a CaseExtension */
};

struct credit__limit_row {
	const char *id;
	enum credit__limit_extends extends;
	const char *text[2]; /* by enum credit_lang */
};
extern const struct credit__limit_row credit__limit_rows[CREDIT__LIMITS];

/* The limit for an item (a list's id, or a record kind's; NULL: the book's own); NULL when the book
 * has none. */
const Credit__V1__TimeLimit *credit__book_limit(
	const Credit__V1__RuleBook *book, const char *item, enum credit__limit limit);

#endif
