/* SPDX-License-Identifier: Apache-2.0
 *
 * words.c - see words.h.
 */
#include "words.h"

#include <credit/v1/act.pb-c.h>
#include <credit/v1/status.pb-c.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* clang-format off */
#define KIND(name) CREDIT__V1__TASK_KIND__TASK_KIND_##name
#define TASK_KINDS(X) \
	X(KIND(DECIDE_NOTICE), "decide-notice", "decide on a notice", "就告知作出决定") \
	X(KIND(LIFT_MEASURE), "lift-measure", "lift a measure", "解除措施") \
	X(KIND(REVIEW_HONOUR), "review-honour", "review an honour", "复核荣誉") \
	X(KIND(REVOKE_LISTING), "revoke-listing", "settle a listing without its basis", "处理依据已撤销的列入") \
	X(KIND(CHECK_CASE), "check-case", "check an application", "形式审查") \
	X(KIND(SUPPLEMENT_CASE), "supplement-case", "see to a supplement", "补正") \
	X(KIND(DECIDE_CASE), "decide-case", "decide a case", "案件决定") \
	X(KIND(REVIEW_CASE), "review-case", "decide a review", "案件复核") \
	X(KIND(ACKNOWLEDGE), "acknowledge", "acknowledge a delivery", "确认送达") \
	X(KIND(RESUME_SUSPENDED), "resume-suspended", "settle a suspension", "处理中止事项") \
	X(KIND(FEEDBACK), "feedback", "report on a measure", "措施反馈") \
	X(KIND(PLAN), "plan", "report on a plan of reorganisation", "报告重整计划结果") \
	X(KIND(REVIEW_KEY), "review-key", "review what a compromised key signed", "复核失密密钥所签")

#define ROW(value, name, en, zh) {value, name, {en, zh}},
#define CHOICE(value, name, en, zh) {name, value},
static const struct word task_kinds[] = {TASK_KINDS(ROW)};
const struct option_choice choices_task_kind[] = {TASK_KINDS(CHOICE) {NULL, 0}};

#define TASK(name) CREDIT__V1__TASK_STATE__TASK_STATE_##name
static const struct word task_states[] = {
	{TASK(OPEN), "open", {"open", "待办"}},
	{TASK(OVERDUE), "overdue", {"OVERDUE", "已逾期"}},
	{TASK(ESCALATED), "escalated", {"OVERDUE, reported", "已逾期并上报"}},
	{TASK(DONE), "done", {"done", "已办结"}},
	{TASK(DROPPED), "dropped", {"dropped", "无需办理"}},
};

#define MEASURE(name) CREDIT__V1__MEASURE_STATE__MEASURE_STATE_##name
static const struct word measure_states[] = {
	{MEASURE(APPLIED), "applied", {"in force", "执行中"}},
	{MEASURE(LIFT_DUE), "lift-due", {"LIFT DUE", "应解除"}},
	{MEASURE(LIFTED), "lifted", {"lifted", "已解除"}},
};

#define CAUSE(name) CREDIT__V1__REMOVAL_CAUSE__REMOVAL_CAUSE_##name
static const struct word causes[] = {
	{CAUSE(UNSPECIFIED), "", {"", ""}},
	{CAUSE(REPAIRED), "repaired", {"repaired", "信用修复"}},
	{CAUSE(EXPIRED), "expired", {"expired", "期满"}},
	{CAUSE(REVOKED), "revoked", {"revoked", "原决定被撤销"}},
	{CAUSE(CORRECTED), "corrected", {"corrected", "更正"}},
};

static const struct word case_kinds[] = {
	{CREDIT__V1__CASE_KIND__CASE_KIND_REPAIR, "repair", {"repair", "信用修复"}},
	{CREDIT__V1__CASE_KIND__CASE_KIND_OBJECTION, "objection", {"objection", "异议"}},
};

#define CASE(name) CREDIT__V1__CASE_STATE__CASE_STATE_##name
static const struct word case_states[] = {
	{CASE(SUBMITTED), "submitted", {"submitted", "已提交"}},
	{CASE(SUPPLEMENT_ASKED), "supplement-asked", {"supplement asked", "待补正"}},
	{CASE(ACCEPTED), "accepted", {"accepted", "已受理"}},
	{CASE(NOT_ACCEPTED), "not-accepted", {"not accepted", "不予受理"}},
	{CASE(GRANTED), "granted", {"granted", "成立"}},
	{CASE(REFUSED), "refused", {"refused", "不成立"}},
	{CASE(REVIEW_ASKED), "review-asked", {"review asked", "复核中"}},
	{CASE(FINAL), "final", {"final", "复核终结"}},
	{CASE(WITHDRAWN), "withdrawn", {"withdrawn", "已撤回"}},
	{CASE(MOOT), "moot", {"moot", "已无需办理"}},
	{CASE(REVOKED), "revoked", {"revoked", "已撤销"}},
	{CASE(PLAN_RUNNING), "plan-running", {"plan running", "重整计划执行中"}},
};

#define RECORD(name) CREDIT__V1__RECORD_KIND__RECORD_KIND_##name
static const struct word record_kinds[] = {
	{RECORD(UNSPECIFIED), "record", {"record", "记录"}},
	{RECORD(PENALTY), "penalty", {"penalty", "行政处罚"}},
	{RECORD(LISTING), "listing", {"listing", "列入名单"}},
	{RECORD(LICENCE), "licence", {"licence", "行政许可"}},
	{RECORD(PLEDGE), "pledge", {"pledge", "信用承诺"}},
	{RECORD(HONOUR), "honour", {"honour", "荣誉"}},
	{RECORD(JUDGMENT), "judgment", {"judgment", "司法裁判"}},
};

static const struct word record_states[] = {
	{CREDIT__V1__RECORD_STATE__RECORD_STATE_PUBLISHED, "published", {"published", "公示中"}},
	{CREDIT__V1__RECORD_STATE__RECORD_STATE_REMOVED, "removed", {"removed", "已终止"}},
};

#define OUTCOME(name) CREDIT__V1__OUTCOME_KIND__OUTCOME_KIND_##name
static const struct word outcomes[] = {
	{OUTCOME(UNSPECIFIED), "", {"", ""}},
	{OUTCOME(PERFORMED), "performed", {"performed", "已履行"}},
	{OUTCOME(BROKEN), "broken", {"broken", "未履行"}},
};
/* clang-format on */

const struct words words_task_kind = {task_kinds, COUNT(task_kinds)};
const struct words words_task_state = {task_states, COUNT(task_states)};
const struct words words_measure_state = {measure_states, COUNT(measure_states)};
const struct words words_removal_cause = {causes, COUNT(causes)};
const struct words words_case_kind = {case_kinds, COUNT(case_kinds)};
const struct words words_case_state = {case_states, COUNT(case_states)};
const struct words words_record_kind = {record_kinds, COUNT(record_kinds)};
const struct words words_outcome = {outcomes, COUNT(outcomes)};
const struct words words_record_state = {record_states, COUNT(record_states)};

static const struct word *find(const struct words *words, uint32_t value)
{
	for (size_t i = 0; i < words->count; i++) {
		if (words->rows[i].value == value)
			return &words->rows[i];
	}
	return NULL;
}

const char *words_name(const struct words *words, uint32_t value)
{
	const struct word *row = find(words, value);

	return row ? row->name : "?";
}

const char *words_text(const struct words *words, uint32_t value, enum credit_lang lang)
{
	const struct word *row = find(words, value);

	return row ? row->text[lang] : "?";
}
