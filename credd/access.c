/* SPDX-License-Identifier: Apache-2.0
 *
 * access.c - every method of credit.v1 in one table: who handles it, who may call it, what it may
 * cost.
 */
#include "access.h"

#include "service/service.h"

#define STATUS "/credit.v1.StatusService/"
#define GRADING "/credit.v1.GradingService/"
#define FILING "/credit.v1.FilingService/"
#define TRANSPARENCY "/credit.v1.TransparencyService/"
#define ADMIN "/credit.v1.AdminService/"

/* clang-format off */
const struct credd_method credd_methods[] = {
	{STATUS "GetStatus", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_status, CREDD_ARENA_SMALL},
	{STATUS "BatchGetStatus", CREDD_BIDI, CREDD_ROLE_ANY, credd_batch_get_status, CREDD_ARENA_BATCH},
	{STATUS "ListRecords", CREDD_UNARY, CREDD_ROLE_ANY, credd_list_records, CREDD_ARENA_RECORDS},
	{STATUS "WatchStatus", CREDD_SERVER_STREAM, CREDD_ROLE_AUTHORITY | CREDD_ROLE_OPERATOR, credd_watch_status, CREDD_ARENA_SMALL},
	{GRADING "GetGrade", CREDD_UNARY, CREDD_ROLE_AUTHORITY | CREDD_ROLE_OPERATOR, credd_get_grade, CREDD_ARENA_SMALL},
	{GRADING "StreamInspectionList", CREDD_SERVER_STREAM, CREDD_ROLE_AUTHORITY | CREDD_ROLE_OPERATOR, credd_stream_inspection_list, CREDD_ARENA_SMALL},
	{FILING "Submit", CREDD_UNARY, CREDD_ROLE_AUTHORITY | CREDD_ROLE_OPERATOR, credd_submit, CREDD_ARENA_SUBMIT},
	/* The handler shows a receipt to its owner only; to others there is none. */
	{FILING "GetAct", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_act, CREDD_ARENA_RECEIPT},
	{TRANSPARENCY "GetCheckpoint", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_checkpoint, CREDD_ARENA_SMALL},
	{TRANSPARENCY "GetInclusionProof", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_inclusion_proof, CREDD_ARENA_SMALL},
	{TRANSPARENCY "GetConsistencyProof", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_consistency_proof, CREDD_ARENA_SMALL},
	{TRANSPARENCY "GetStatusProof", CREDD_UNARY, CREDD_ROLE_ANY, credd_get_status_proof, CREDD_ARENA_PROOF},
	{ADMIN "Scrub", CREDD_UNARY, CREDD_ROLE_OPERATOR, credd_scrub, CREDD_ARENA_SMALL},
	{ADMIN "GetScrubState", CREDD_UNARY, CREDD_ROLE_OPERATOR, credd_get_scrub_state, CREDD_ARENA_SMALL},
	{ADMIN "Backup", CREDD_UNARY, CREDD_ROLE_OPERATOR, credd_backup, CREDD_ARENA_SMALL},
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

enum credit_error credd_allow(void *service, const struct credd_peer *peer,
	const struct credd_method *method, struct credit_problem *problem)
{
	(void)service; /* the table alone decides */
	if (method->roles & roles_of(peer))
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_PEER_ROLE, NULL, NULL, NULL);
}
