/* SPDX-License-Identifier: Apache-2.0
 *
 * deep.c - the two levels above the registry's word: what departments signed, and what an auditor ran
 * again.
 *
 * docs/spec/audit.md: "A status is department-signed when each listing that it shows is opened by a
 * receipt"
 */
#include <credit/proof.h>

#include "credit/v1/act.pb-c.h"
#include "credit/v1/status.pb-c.h"

#include <stdio.h>
#include <string.h>

/* One receipt, verified, with a listing in it. */
struct opened {
	struct credit_receipt_verdict verdict;
	const Credit__V1__Listing *listing;
};

static enum credit_error unsigned_(struct credit_problem *problem, size_t listing,
	const Credit__V1__ListingDetail *detail, const char *why)
{
	char field[CREDIT_FIELD_PATH_MAX];

	snprintf(field, sizeof field, "listings[%zu]", listing);
	return credit_problem_set(problem, CREDIT_E_DEPARTMENT_UNSIGNED, field, NULL,
		"leaf %llu: %s", (unsigned long long)detail->leaf_index, why);
}

/* --- the Detail ------------------------------------------------------------------------------- */

static bool stands_for(const Credit__V1__ListEntry *entry, const Credit__V1__ListingDetail *listing)
{
	return entry->colour == listing->colour && entry->listed_on == listing->listed_on &&
	       entry->published_until == listing->published_until;
}

/* Both say the same: each entry of the Status has a listing of its own in the Detail. */
static bool agree(const Credit__V1__Status *status, const Credit__V1__Detail *detail)
{
	uint64_t taken = 0;

	if (status->n_lists + status->more_lists != detail->n_listings || detail->n_listings > 64)
		return false;
	for (size_t i = 0; i < status->n_lists; i++) {
		size_t j = 0;

		while (j < detail->n_listings &&
			((taken >> j & 1) || !stands_for(status->lists[i], detail->listings[j])))
			j++;
		if (j == detail->n_listings)
			return false;
		taken |= (uint64_t)1 << j;
	}
	return true;
}

static enum credit_error open_detail(const struct credit_status_verdict *verdict,
	struct credit_bytes bytes, struct credit_arena *arena,
	const Credit__V1__Status **ret_status, const Credit__V1__Detail **ret_detail,
	struct credit_problem *problem)
{
	ProtobufCMessage *status, *detail;
	struct credit_hash hash;
	enum credit_error error = credit_decode(
		&credit__v1__status__descriptor, verdict->status, arena, &status, problem);

	if (!error)
		error = credit_decode(
			&credit__v1__detail__descriptor, bytes, arena, &detail, problem);
	if (error)
		return error;
	*ret_status = (const Credit__V1__Status *)(const void *)status;
	*ret_detail = (const Credit__V1__Detail *)(const void *)detail;
	credit_sha256(bytes, &hash);
	if ((*ret_status)->detail_hash.len != sizeof hash.byte ||
		memcmp((*ret_status)->detail_hash.data, hash.byte, sizeof hash.byte) != 0)
		return credit_problem_set(problem, CREDIT_E_PROOF_FALSE, "detail_hash", NULL, NULL);
	if (!agree(*ret_status, *ret_detail))
		return credit_problem_set(problem, CREDIT_E_PROOF_FALSE, "listings", NULL,
			"the detail lists other things than the status");
	return CREDIT_OK;
}

/* --- receipts --------------------------------------------------------------------------------- */

/* What is no receipt of this registry is passed over: a folder may hold other files. */
static bool open_receipt(struct credit_bytes bytes, const struct credit_named_key *log_key,
	struct credit_arena *arena, struct opened *ret_opened)
{
	const Credit__V1__Act *act;

	if (credit_receipt_verify(bytes, log_key, arena, &ret_opened->verdict, NULL) != CREDIT_OK ||
		!ret_opened->verdict.act_shown ||
		credit_act_decode(ret_opened->verdict.act, arena, &act, NULL) != CREDIT_OK ||
		act->payload_case != CREDIT__V1__ACT__PAYLOAD_LISTING)
		return false;
	ret_opened->listing = act->listing;
	return true;
}

static bool names(ProtobufCBinaryData record, const struct credit_hash *commitment)
{
	return record.len == CREDIT_RECORD_ID_SIZE &&
	       memcmp(record.data, commitment->byte, record.len) == 0;
}

/* NULL, or why the receipt is not of this listing as the registry shows it. */
static const char *compare(const struct credit_status_verdict *status, const struct opened *opened,
	const Credit__V1__ListingDetail *detail)
{
	const struct credit_receipt_verdict *receipt = &opened->verdict;
	const Credit__V1__Listing *listing = opened->listing;

	if (receipt->leaf_index != detail->leaf_index)
		return "the receipt is of another leaf";
	if (memcmp(listing->entity_uscc, status->uscc.character, CREDIT_USCC_SIZE) != 0)
		return "the act is about another entity";
	if (strcmp(listing->list, detail->list) != 0 ||
		strcmp(listing->ground, detail->ground) != 0 ||
		strcmp(listing->instrument, detail->instrument) != 0 ||
		strcmp(listing->document_no, detail->document_no) != 0)
		return "the act says something else";
	if (memcmp(receipt->issuer.character, detail->decider_uscc, CREDIT_USCC_SIZE) != 0)
		return "another authority signed the act";
	/* Both heads are signed by one key: where they can be compared here, they must agree. */
	if (receipt->head.size > status->head.size ||
		(receipt->head.size == status->head.size &&
			!credit_hash_equal(&receipt->head.root, &status->head.root)))
		return "the receipt's log is not the status's";
	return NULL;
}

static enum credit_error check_listing(const struct credit_status_verdict *status,
	const struct opened *opened, size_t count, const Credit__V1__Detail *detail, size_t number,
	struct credit_problem *problem)
{
	const Credit__V1__ListingDetail *listing = detail->listings[number];
	const char *why = "there is no receipt of it";

	if (strlen(listing->decider_uscc) != CREDIT_USCC_SIZE)
		return unsigned_(problem, number, listing, "it names no authority");
	for (size_t i = 0; i < count; i++) {
		if (!names(listing->record, &opened[i].verdict.commitment))
			continue;
		why = compare(status, &opened[i], listing);
		if (!why)
			return CREDIT_OK;
	}
	return unsigned_(problem, number, listing, why);
}

enum credit_error credit_status_deep_verify(const struct credit_status_verdict *verdict,
	struct credit_bytes detail, const struct credit_bytes *receipts, size_t count,
	const struct credit_named_key *log_key, struct credit_arena *arena,
	struct credit_deep_verdict *ret_verdict, struct credit_problem *problem)
{
	struct opened *opened = credit_arena_alloc(arena, (count + 1) * sizeof *opened);
	const Credit__V1__Status *status;
	const Credit__V1__Detail *message;
	size_t found = 0;
	enum credit_error error;

	if (!opened)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	error = open_detail(verdict, detail, arena, &status, &message, problem);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		if (open_receipt(receipts[i], log_key, arena, &opened[found]))
			found++;
	for (size_t i = 0; i < message->n_listings && !error; i++)
		error = check_listing(verdict, opened, found, message, i, problem);
	if (!error)
		*ret_verdict = (struct credit_deep_verdict){
			.listings = (uint32_t)message->n_listings, .penalties = status->penalties};
	return error;
}
