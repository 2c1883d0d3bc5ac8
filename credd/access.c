/* SPDX-License-Identifier: Apache-2.0
 *
 * access.c - every method of credit.v1 in one table: who handles it, who may call it, what memory it may
 * take, which quota it is counted in, and what its calls are recorded as.
 */
#include "access.h"

#include "clock.h"
#include "rate.h"
#include "service/service.h"

#include "credit/v1/act.pb-c.h"

#define STATUS "/credit.v1.StatusService/"
#define GRADING "/credit.v1.GradingService/"
#define FILING "/credit.v1.FilingService/"
#define REPAIR "/credit.v1.RepairService/"
#define OBJECTION "/credit.v1.ObjectionService/"
#define ENTITY "/credit.v1.EntityService/"
#define TRANSPARENCY "/credit.v1.TransparencyService/"
#define AUDIT "/credit.v1.AuditService/"
#define SUPERVISION "/credit.v1.SupervisionService/"
#define OFFICIAL (CREDD_ROLE_AUTHORITY | CREDD_ROLE_OPERATOR)
#define NOTICE "/credit.v1.NoticeService/"
#define ADMIN "/credit.v1.AdminService/"

/* clang-format off */
const struct credd_method credd_methods[] = {
	{STATUS "GetStatus", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_status, CREDD_ARENA_SMALL, CREDD_RATE_READ, NULL},
	{STATUS "BatchGetStatus", CREDD_BIDI, CREDD_ROLE_ANY, credd_batch_get_status, CREDD_ARENA_BATCH, CREDD_RATE_LIST, NULL},
	{STATUS "ListRecords", CREDD_UNARY, CREDD_ROLE_ANY, credd_list_records, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, "status-service/list-records"},
	{STATUS "GetHistory", CREDD_UNARY, OFFICIAL, credd_get_history, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, "status-service/get-history"},
	{STATUS "WatchStatus", CREDD_SERVER_STREAM, OFFICIAL, credd_watch_status, CREDD_ARENA_SMALL, CREDD_RATE_STREAM, NULL},
	{GRADING "GetGrade", CREDD_UNARY, OFFICIAL, credd_get_grade, CREDD_ARENA_SMALL, CREDD_RATE_LIST, NULL},
	{GRADING "StreamInspectionList", CREDD_SERVER_STREAM, OFFICIAL, credd_stream_inspection_list, CREDD_ARENA_SMALL, CREDD_RATE_STREAM, NULL},
	{FILING "Submit", CREDD_UNARY, OFFICIAL, credd_submit, CREDD_ARENA_SUBMIT, CREDD_RATE_FILE, NULL},
	{FILING "StageLoad", CREDD_UNARY, CREDD_ROLE_REGISTRAR | CREDD_ROLE_OPERATOR, credd_stage_load, CREDD_ARENA_LOAD, CREDD_RATE_FILE, NULL},
	/* The handler shows a receipt to its owner only; to others there is none. */
	{FILING "GetAct", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_act, CREDD_ARENA_RECEIPT, CREDD_RATE_READ, NULL},
	{TRANSPARENCY "GetCheckpoint", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_checkpoint, CREDD_ARENA_PROOF, CREDD_RATE_READ, NULL},
	{TRANSPARENCY "GetInclusionProof", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_inclusion_proof, CREDD_ARENA_PROOF, CREDD_RATE_READ, NULL},
	{TRANSPARENCY "GetConsistencyProof", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_consistency_proof, CREDD_ARENA_PROOF, CREDD_RATE_READ, NULL},
	/* The handlers show a notice to its department and the authority above; to others there is none. */
	{NOTICE "GetNotice", CREDD_UNARY, OFFICIAL, credd_get_notice, CREDD_ARENA_SMALL, CREDD_RATE_READ, NULL},
	{NOTICE "ListNotices", CREDD_UNARY, OFFICIAL, credd_list_notices, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	/* The handlers show a case to the offices that handle it, and record that they looked. */
	{REPAIR "ListCases", CREDD_UNARY, CREDD_ROLE_AUTHORITY, credd_list_cases, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, "repair-service/list-cases"},
	{REPAIR "GetCase", CREDD_UNARY, CREDD_ROLE_AUTHORITY, credd_get_case, CREDD_ARENA_BATCH, CREDD_RATE_READ, "repair-service/get-case"},
	{REPAIR "GetDocument", CREDD_UNARY, CREDD_ROLE_AUTHORITY, credd_get_document, CREDD_ARENA_DOCUMENT, CREDD_RATE_LIST, "repair-service/get-document"},
	{OBJECTION "ListCases", CREDD_UNARY, CREDD_ROLE_AUTHORITY, credd_list_cases, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, "objection-service/list-cases"},
	{OBJECTION "GetCase", CREDD_UNARY, CREDD_ROLE_AUTHORITY, credd_get_case, CREDD_ARENA_BATCH, CREDD_RATE_READ, "objection-service/get-case"},
	{OBJECTION "GetDocument", CREDD_UNARY, CREDD_ROLE_AUTHORITY, credd_get_document, CREDD_ARENA_DOCUMENT, CREDD_RATE_LIST, "objection-service/get-document"},
	/* The handler asks for the entity's own voice. */
	{ENTITY "GetOwn", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_own, CREDD_ARENA_BATCH, CREDD_RATE_OWN, NULL},
	{TRANSPARENCY "GetStatusProof", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_status_proof, CREDD_ARENA_PROOF, CREDD_RATE_READ, NULL},
	{AUDIT "StreamDeltas", CREDD_SERVER_STREAM, CREDD_ROLE_AUDITOR | CREDD_ROLE_OPERATOR, credd_stream_deltas, CREDD_ARENA_DELTAS, CREDD_RATE_STREAM, NULL},
	{AUDIT "SubmitCosignature", CREDD_UNARY, CREDD_ROLE_AUDITOR | CREDD_ROLE_OPERATOR, credd_submit_cosignature, CREDD_ARENA_SMALL, CREDD_RATE_FILE, NULL},
	{TRANSPARENCY "GetSnapshot", CREDD_SERVER_STREAM, CREDD_ROLE_ANY, credd_get_snapshot, CREDD_ARENA_SMALL, CREDD_RATE_STREAM, NULL},
	/* Of the officials, the handlers ask whose business the office is (credd_office). */
	{SUPERVISION "ListTasks", CREDD_UNARY, OFFICIAL, credd_list_tasks, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	{SUPERVISION "ListOverdue", CREDD_UNARY, CREDD_ROLE_ANY, credd_list_overdue, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	{SUPERVISION "GetAssessment", CREDD_UNARY, OFFICIAL, credd_get_assessment, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	{SUPERVISION "GetMeasureStatistics", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_measure_statistics, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	{SUPERVISION "ListMeasures", CREDD_UNARY, CREDD_ROLE_ANY, credd_list_measures, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	{SUPERVISION "ListSubscriptions", CREDD_UNARY, OFFICIAL, credd_list_subscriptions, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	{SUPERVISION "ListDeliveries", CREDD_UNARY, OFFICIAL, credd_list_deliveries, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, NULL},
	{SUPERVISION "ListAccesses", CREDD_UNARY, CREDD_ROLE_SUPERVISOR | CREDD_ROLE_OPERATOR, credd_list_accesses, CREDD_ARENA_RECORDS, CREDD_RATE_LIST, "supervision-service/list-accesses"},
	{ADMIN "Scrub", CREDD_UNARY, CREDD_ROLE_OPERATOR, credd_scrub, CREDD_ARENA_SMALL, CREDD_RATE_FREE, "admin-service/scrub"},
	{ADMIN "GetScrubState", CREDD_UNARY, CREDD_ROLE_OPERATOR, credd_get_scrub_state, CREDD_ARENA_SMALL, CREDD_RATE_FREE, NULL},
	{ADMIN "Backup", CREDD_UNARY, CREDD_ROLE_OPERATOR, credd_backup, CREDD_ARENA_SMALL, CREDD_RATE_FREE, "admin-service/backup"},
};
/* clang-format on */

const size_t credd_method_count = sizeof credd_methods / sizeof credd_methods[0];

/* A connection has the roles of its kind, and always those of the public. */
static uint32_t roles_of(const struct credd_peer *peer)
{
	switch (peer->kind) {
	case CREDD_PEER_PUBLIC:
		return CREDD_ROLE_PUBLIC;
	case CREDD_PEER_AUTHORITY:
		return CREDD_ROLE_PUBLIC | CREDD_ROLE_AUTHORITY;
	case CREDD_PEER_SOCKET:
		return CREDD_ROLE_PUBLIC | CREDD_ROLE_OPERATOR |
		       (peer->has_uscc ? CREDD_ROLE_AUTHORITY : 0U);
	}
	return 0;
}

/* Roles that a grant gives. */
static const struct {
	uint32_t role;
	Credit__V1__Role grant;
} granted[] = {
	{CREDD_ROLE_AUDITOR, CREDIT__V1__ROLE__ROLE_AUDITOR},
	{CREDD_ROLE_REGISTRAR, CREDIT__V1__ROLE__ROLE_REGISTRAR},
	{CREDD_ROLE_SUPERVISOR, CREDIT__V1__ROLE__ROLE_SUPERVISOR},
};

/* Looks only at the grants that the method asks for. */
static enum credit_error granted_roles(struct credit_view *view, const struct credd_peer *peer,
	uint32_t wanted, uint32_t *ret_roles)
{
	credit_day_t today = credit_day_of(credd_clock_wall());
	enum credit_error error = credit_view_begin(view);
	bool found;

	*ret_roles = 0;
	if (error != CREDIT_OK)
		return error;
	for (size_t i = 0; i < sizeof granted / sizeof granted[0] && error == CREDIT_OK; i++) {
		if (!(wanted & granted[i].role))
			continue;
		error = credit_view_grant(
			view, &peer->uscc, (uint32_t)granted[i].grant, today, &found);
		if (error == CREDIT_OK && found)
			*ret_roles |= granted[i].role;
	}
	credit_view_end(view);
	return error;
}

/* Who may not is refused in the same words whatever was asked for, before the request is looked at. */
enum credit_error credd_allow(void *owner, unsigned worker, const struct credd_peer *peer,
	const struct credd_method *method, uint32_t *ret_retry_after_ms,
	struct credit_problem *problem)
{
	struct credd_service *service = owner;
	uint32_t roles = roles_of(peer);

	/* Before anything that costs, so that being refused is no way to call more often. */
	if (credd_rates_take(service->rates, peer, (enum credd_rate)method->rate,
		    credd_clock_steady_us(), ret_retry_after_ms, problem) != CREDIT_OK)
		return problem->error;
	if (!(method->roles & roles) && (roles & CREDD_ROLE_AUTHORITY)) {
		enum credit_error error =
			granted_roles(service->views[worker], peer, method->roles, &roles);
		if (error != CREDIT_OK)
			return credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	if (method->roles & roles)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_PEER_ROLE, NULL, NULL, NULL);
}
