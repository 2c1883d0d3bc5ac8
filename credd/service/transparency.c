/* SPDX-License-Identifier: Apache-2.0
 *
 * transparency.c - credit.v1.TransparencyService: the log's newest signed head, and proofs.
 *
 * Public. Heads and log proofs are answered from the journal: they are there as soon as the receipt
 * is, before the publication that shows the act. Status proofs are of the last publication.
 */
#include "service/service.h"

#include "clock.h"

#include "credit/v1/transparency_service.pb-c.h"

#define STALE_RETRY_MS 1000

static struct credit_bytes path_bytes(const struct credit_path *path)
{
	return (struct credit_bytes){path->hash[0].byte, (size_t)path->count * CREDIT_HASH_SIZE};
}

static void finish(struct credd_call *call, enum credit_error error, const char *field,
	const struct credd_reply *reply)
{
	struct credit_problem problem;

	if (error == CREDIT_OK) {
		credd_call_reply(call, reply->part, reply->parts);
		return;
	}
	credit_problem_set(&problem, error, error == CREDIT_E_LOG_INDEX ? field : NULL, NULL, NULL);
	credd_call_fail(call, &problem, 0);
}

/* A log without a head is that of a registry without a founding. */
static enum credit_error read_head(
	struct credit_view *view, struct credd_call *call, struct credit_signed_head *ret_head)
{
	enum credit_error error = credit_view_cosigned_head(view, credd_call_arena(call), ret_head);

	return error == CREDIT_E_NOT_FOUND ? CREDIT_E_NOT_FOUNDED : error;
}

void credd_get_checkpoint(void *service, struct credd_call *call, enum credd_event event)
{
	struct credd_reply reply;
	struct credit_signed_head head;

	if (event != CREDD_EVENT_REQUEST ||
		!credd_decode(call, &credit__v1__get_checkpoint_request__descriptor))
		return;
	struct credit_view *view = credd_view(service, call);
	if (!view)
		return;
	enum credit_error error = read_head(view, call, &head);
	credd_reply_begin(&reply);
	if (error == CREDIT_OK) {
		credd_reply_bytes(&reply, 1, head.checkpoint);
		credd_reply_number(&reply, 2, head.head.size);
		credd_reply_number(&reply, 3, head.epoch);
		credd_reply_number(&reply, 4, credit_view_newest_epoch(view));
	}
	finish(call, error, NULL, &reply);
	credit_view_end(view);
}

/* The size asked for, or with 0 the newest head's and its checkpoint. */
static enum credit_error choose_size(struct credit_view *view, struct credd_call *call,
	uint64_t asked, uint64_t *ret_size, struct credit_bytes *ret_checkpoint)
{
	struct credit_signed_head head;
	enum credit_error error = CREDIT_OK;

	if (asked != 0) {
		*ret_size = asked;
		return error;
	}
	error = read_head(view, call, &head);
	if (error == CREDIT_OK) {
		*ret_size = head.head.size;
		*ret_checkpoint = head.checkpoint;
	}
	return error;
}

void credd_get_inclusion_proof(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetInclusionProofRequest *request;
	struct credd_reply reply;
	struct credit_bytes checkpoint = {NULL, 0};
	struct credit_hash leaf;
	struct credit_path path;
	uint64_t size = 0;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_inclusion_proof_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	enum credit_error error = choose_size(view, call, request->tree_size, &size, &checkpoint);
	if (error == CREDIT_OK)
		error = credit_view_inclusion(view, request->leaf_index, size, &path);
	if (error == CREDIT_OK)
		error = credit_view_leaf_hash(view, request->leaf_index, &leaf);
	credd_reply_begin(&reply);
	if (error == CREDIT_OK) {
		credd_reply_number(&reply, 1, request->leaf_index);
		credd_reply_number(&reply, 2, size);
		credd_reply_bytes(&reply, 3, (struct credit_bytes){leaf.byte, sizeof leaf.byte});
		credd_reply_bytes(&reply, 4, path_bytes(&path));
		credd_reply_bytes(&reply, 5, checkpoint);
	}
	finish(call, error, "leaf_index", &reply);
	credit_view_end(view);
}

void credd_get_consistency_proof(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetConsistencyProofRequest *request;
	struct credd_reply reply;
	struct credit_bytes checkpoint = {NULL, 0};
	struct credit_path path;
	uint64_t size = 0;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_consistency_proof_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	enum credit_error error = choose_size(view, call, request->new_size, &size, &checkpoint);
	if (error == CREDIT_OK)
		error = credit_view_consistency(view, request->old_size, size, &path);
	credd_reply_begin(&reply);
	if (error == CREDIT_OK) {
		credd_reply_number(&reply, 1, request->old_size);
		credd_reply_number(&reply, 2, size);
		credd_reply_bytes(&reply, 3, path_bytes(&path));
		credd_reply_bytes(&reply, 4, checkpoint);
	}
	finish(call, error, "old_size", &reply);
	credit_view_end(view);
}

static void answer_status_proof(struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const Credit__V1__GetStatusProofRequest *request)
{
	struct credit_publication publication;
	struct credit_stored_status stored;
	struct credit_problem problem;
	struct credd_reply reply;
	struct credit_bytes proof;
	struct credit_uscc uscc;
	enum credit_error plain;
	credit_ms_t now = credd_clock_wall();
	enum credit_error error =
		credit_entity_name_parse(request->name, "/status", &uscc, &plain, &problem);

	if (error != CREDIT_OK) {
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (!credd_read_publication(service, call, view, request->min_epoch, &publication))
		return;
	/* A code that fails its own tests is not proved absent: it is explained. */
	if (plain != CREDIT_OK && plain != CREDIT_E_USCC_AMBIGUOUS &&
		credit_view_status(view, &uscc, now, &stored) == CREDIT_E_NOT_FOUND) {
		credd_explain_absence(call, "name", &uscc, plain);
		return;
	}
	error = credit_view_status_proof(view, &uscc, now, credd_call_arena(call), &proof);
	if (error != CREDIT_OK) {
		credit_problem_set(&problem, error, NULL, NULL, NULL);
		credd_call_fail(
			call, &problem, error == CREDIT_E_STATUS_STALE ? STALE_RETRY_MS : 0);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_bytes(&reply, 1, proof);
	credd_call_reply(call, reply.part, reply.parts);
}

void credd_get_status_proof(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__GetStatusProofRequest *request;

	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__get_status_proof_request__descriptor);
	struct credit_view *view = request ? credd_view(service, call) : NULL;
	if (!view)
		return;
	answer_status_proof(service, call, view, request);
	credit_view_end(view);
}
