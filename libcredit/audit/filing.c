/* SPDX-License-Identifier: Apache-2.0
 *
 * filing.c - who signed what: a recorded filing by itself, before and after its acts.
 */
#include "audit/internal.h"

#include "model/manifest.h"

#include <credit/proof.h>

#include <string.h>

static unsigned long long number_of(const struct credit_audit *audit)
{
	return audit->next_filing ? audit->next_filing - 1 : 0;
}

static void tell(struct credit_audit *audit, enum credit_error what, const char *why)
{
	credit__audit_tell(audit, what, NULL, "filing %llu: %s", number_of(audit), why);
}

/* --- the manifest --- */

static enum credit_error check_root(struct credit_audit *audit)
{
	const struct credit__audit_filing *filing = &audit->filing;
	size_t count = filing->manifest->count;
	struct credit_hash *leaves = credit_arena_alloc(&audit->row_arena, count * sizeof *leaves);
	const uint8_t *at = filing->line->commitments.data;
	struct credit_hash root;

	if (!leaves)
		return CREDIT_E_NO_MEMORY;
	if (filing->line->commitments.len != count * CREDIT_HASH_SIZE) {
		tell(audit, CREDIT_E_AUDIT_MANIFEST, "it has not the commitments that it counts");
		return CREDIT_OK;
	}
	for (size_t i = 0; i < count; i++, at += CREDIT_HASH_SIZE)
		credit_leaf_hash((struct credit_bytes){at, CREDIT_HASH_SIZE}, &leaves[i]);
	credit_tree_root(leaves, count, &root);
	if (!credit__audit_hash_is(filing->manifest->root, &root))
		tell(audit, CREDIT_E_AUDIT_MANIFEST,
			"the commitments do not give the manifest's root");
	return CREDIT_OK;
}

static enum credit_error check_new(struct credit_audit *audit)
{
	struct credit_bytes place;
	enum credit_error error = credit_write_get(
		audit->write, STATE_FILING, credit__hash_bytes(&audit->filing.digest), &place);

	if (error == CREDIT_OK)
		tell(audit, CREDIT_E_AUDIT_MANIFEST, "it was recorded before");
	return error == CREDIT_E_NOT_FOUND ? CREDIT_OK : error;
}

/* --- the key --- */

/* The founding's own key is pinned by nobody but the founding: its decision compares the two. */
static enum credit_error enrolled_key(struct credit_audit *audit, struct credit_public_key *ret_key,
	struct credit_problem *problem)
{
	const struct credit__audit_filing *filing = &audit->filing;
	struct credit__eyes eyes = {.write = audit->write};
	struct credit_state_view view = credit__state_view(&eyes);
	struct credit_bytes founding;
	enum credit_error error =
		credit__eyes_get(&eyes, STATE_FOUNDING, credit_bytes_of("founding"), &founding);

	if (error == CREDIT_E_NOT_FOUND) {
		if (filing->line->issuer_key.len != CREDIT_PUBLIC_KEY_SIZE)
			return CREDIT_E_KEY_UNKNOWN;
		memcpy(ret_key->byte, filing->line->issuer_key.data, CREDIT_PUBLIC_KEY_SIZE);
		return CREDIT_OK;
	}
	return error ? error
		     : credit_key_lookup(&view, &filing->issuer, &filing->key_id,
			       audit->epoch->number, ret_key, problem);
}

/* The registry's own checks, on the times and texts that it recorded. */
static enum credit_error check_signature(struct credit_audit *audit)
{
	const struct credit__audit_filing *filing = &audit->filing;
	struct credit_filing signed_filing = {
		.manifest = {filing->line->manifest.data, filing->line->manifest.len},
		.digest = filing->digest,
		.origin = credit_bytes_of(filing->manifest->origin),
		.key_id = filing->key_id,
		.created_at = {filing->manifest->created_at},
		.not_after = {filing->manifest->not_after},
	};
	struct credit_problem problem = {0};
	struct credit_public_key key;
	enum credit_error error = enrolled_key(audit, &key, &problem);

	if (!error && filing->line->signature.len != CREDIT_SIGNATURE_SIZE)
		error = CREDIT_E_SIGNATURE_INVALID;
	if (!error) {
		memcpy(signed_filing.signature.byte, filing->line->signature.data,
			CREDIT_SIGNATURE_SIZE);
		error = credit_filing_verify(&signed_filing, &key, &problem);
	}
	if (error && credit_error_is_fault(error))
		return error;
	if (error)
		tell(audit, CREDIT_E_AUDIT_KEY, credit_error_name(error));
	else if (filing->line->issuer_key.len != sizeof key ||
		 memcmp(filing->line->issuer_key.data, key.byte, sizeof key) != 0)
		tell(audit, CREDIT_E_AUDIT_KEY, "receipts would show another key");
	error = credit_filing_check(&signed_filing, audit->options.log_key.name,
		(credit_ms_t){audit->epoch->time}, &problem);
	if (error)
		tell(audit, CREDIT_E_AUDIT_MANIFEST, credit_error_name(error));
	return CREDIT_OK;
}

enum credit_error credit__audit_filing_begin(
	struct credit_audit *audit, const Credit__V1__EpochFiling *line)
{
	struct credit_bytes manifest = {line->manifest.data, line->manifest.len};
	struct credit__audit_filing *filing = &audit->filing;
	struct credit_problem problem;
	enum credit_error error;

	*filing = (struct credit__audit_filing){.line = line};
	error = credit_dsse_digest(CREDIT_MANIFEST_TYPE, manifest, &filing->digest);
	if (!error)
		error = credit__manifest_open(
			manifest, &audit->epoch_arena, &filing->manifest, &problem);
	if (error == CREDIT_E_NO_MEMORY)
		return error;
	if (error) {
		filing->manifest = NULL;
		tell(audit, CREDIT_E_AUDIT_MANIFEST, credit_error_name(error));
		return CREDIT_OK;
	}
	memcpy(filing->issuer.character, filing->manifest->issuer_uscc, CREDIT_USCC_SIZE);
	memcpy(filing->key_id.byte, filing->manifest->key_id.data, CREDIT_HASH_SIZE);
	error = check_new(audit);
	if (!error)
		error = check_root(audit);
	return error ? error : check_signature(audit);
}

/* --- after its acts --- */

static enum credit_error read_founding(struct credit_audit *audit, struct credit_arena *arena,
	const Credit__V1__RegistryFounding **ret_founding)
{
	struct credit_bytes value;
	ProtobufCMessage *message;
	enum credit_error error =
		credit_write_get(audit->write, STATE_FOUNDING, credit_bytes_of("founding"), &value);

	if (!error)
		error = credit_decode(
			&credit__v1__registry_founding__descriptor, value, arena, &message, NULL);
	if (!error)
		*ret_founding = (const Credit__V1__RegistryFounding *)(const void *)message;
	return error;
}

/* Every act that is not in force is refused once, and no other. */
static bool covers_the_rest(
	const struct credit__audit_filing *filing, const Credit__V1__RefusalStatement *statement)
{
	uint8_t seen[sizeof filing->accepted];
	uint32_t count = filing->manifest->count;

	memcpy(seen, filing->accepted, sizeof seen);
	for (size_t i = 0; i < statement->n_refusals; i++) {
		uint32_t index = statement->refusals[i]->index;

		if (index >= count || (seen[index / 8] >> (index % 8) & 1))
			return false;
		seen[index / 8] |= (uint8_t)(1U << (index % 8));
	}
	return filing->taken + statement->n_refusals == count;
}

static const char *check_refusals(const struct credit__audit_filing *filing,
	const Credit__V1__RegistryFounding *founding, struct credit_arena *arena)
{
	struct credit_bytes bytes = {filing->line->refusals.data, filing->line->refusals.len};
	struct credit_public_key key;
	struct credit_signature signature;
	struct credit_problem problem;
	ProtobufCMessage *message;

	if (filing->line->refusals_signature.len != sizeof signature ||
		founding->system_key.len != sizeof key)
		return "what is not in force was not refused with a signature";
	memcpy(signature.byte, filing->line->refusals_signature.data, sizeof signature);
	memcpy(key.byte, founding->system_key.data, sizeof key);
	if (credit_refusals_verify(bytes, &signature, &key, &filing->digest, &problem) ||
		credit_decode(
			&credit__v1__refusal_statement__descriptor, bytes, arena, &message, NULL))
		return "the refusals are not signed with the system key";
	if (!covers_the_rest(filing, (const Credit__V1__RefusalStatement *)(const void *)message))
		return "the refusals are not of the acts that are not in force";
	return NULL;
}

static const char *check_answers(const struct credit__audit_filing *filing,
	const Credit__V1__RegistryFounding *founding, struct credit_arena *arena)
{
	uint32_t count = filing->manifest->count;

	if (filing->taken != filing->line->accepted)
		return "it has not the rows that it counts";
	if (filing->manifest->all_or_nothing && filing->taken != 0 && filing->taken != count)
		return "it was for all or nothing";
	if (filing->taken == count)
		return filing->line->refusals.len ? "refused and in force at once" : NULL;
	return check_refusals(filing, founding, arena);
}

enum credit_error credit__audit_filing_end(struct credit_audit *audit)
{
	struct credit__audit_filing *filing = &audit->filing;
	const Credit__V1__RegistryFounding *founding;
	const char *wrong = NULL;
	enum credit_error error = read_founding(audit, &audit->epoch_arena, &founding);

	if (error && error != CREDIT_E_NOT_FOUND)
		return error;
	if (error) {
		tell(audit, CREDIT_E_AUDIT_ANSWERS, "there is no founding");
	} else {
		if (filing->manifest)
			wrong = check_answers(filing, founding, &audit->epoch_arena);
		if (wrong)
			tell(audit, CREDIT_E_AUDIT_ANSWERS, wrong);
		if (audit->epoch->number == 1 &&
			(founding->log_key.len != CREDIT_PUBLIC_KEY_SIZE ||
				memcmp(founding->log_key.data,
					audit->options.log_key.public_key.byte,
					CREDIT_PUBLIC_KEY_SIZE) != 0))
			tell(audit, CREDIT_E_AUDIT_KEY, "the founding names another log key");
	}
	error = filing->manifest ? credit__apply_filing(audit->write, audit->epoch->number,
					   audit->next_filing - 1, filing->line)
				 : CREDIT_OK;
	filing->line = NULL;
	return error;
}
