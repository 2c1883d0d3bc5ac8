/* SPDX-License-Identifier: Apache-2.0
 *
 * access.c - the filing that records a read or a deed, made on the thread that was asked for it.
 *
 * It goes through the same queue and the same rules as every other filing; the writer's epochs batch
 * what many threads make.
 */
#include "registry/internal.h"

#include "credit/v1/act.pb-c.h"
#include "credit/v1/filing.pb-c.h"

#include <string.h>

const char *credit_registry_origin(const struct credit_registry *registry)
{
	return registry->origin;
}

struct credit_uscc credit_registry_root(const struct credit_registry *registry)
{
	return registry->root_uscc;
}

static enum credit_error seal(const struct credit_registry *registry,
	const struct credit_access *access, struct credit_sealer *sealer,
	Credit__V1__Filing **ret_filing, struct credit_problem *problem)
{
	char entity[CREDIT_USCC_SIZE + 1] = "", reader[CREDIT_USCC_SIZE + 1] = "";
	Credit__V1__AccessRecord record = CREDIT__V1__ACCESS_RECORD__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	const struct credit_manifest_options options = {
		.origin = registry->origin,
		.issuer = registry->root_uscc,
		.created_at = access->at,
	};
	enum credit_error error;

	if (access->entity)
		memcpy(entity, access->entity->character, CREDIT_USCC_SIZE);
	memcpy(reader, access->reader.character, CREDIT_USCC_SIZE);
	record.entity_uscc = entity;
	record.reader_uscc = reader;
	record.method = (char *)(uintptr_t)access->method;
	record.purpose = (char *)(uintptr_t)access->purpose;
	record.at = access->at.ms;
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_ACCESS_RECORD;
	act.access_record = &record;
	error = credit_sealer_add(sealer, &act, (struct credit_bytes){NULL, 0}, NULL, problem);
	return error ? error
		     : credit_sealer_sign(
			       sealer, &options, &registry->system_key, ret_filing, problem);
}

/* The sealer's filing goes with it: what is kept is a copy in the arena. */
static enum credit_error keep(const Credit__V1__Filing *made, struct credit_arena *arena,
	struct credit_filing **ret_filing, struct credit_problem *problem)
{
	struct credit_bytes bytes;
	ProtobufCMessage *copy;
	enum credit_error error = credit_encode(&made->base, arena, &bytes);

	if (!error)
		error = credit_decode(
			&credit__v1__filing__descriptor, bytes, arena, &copy, problem);
	return error ? error
		     : credit_filing_open(
			       (const Credit__V1__Filing *)(const void *)copy, ret_filing, problem);
}

enum credit_error credit_registry_access_filing(const struct credit_registry *registry,
	const struct credit_access *access, struct credit_arena *arena,
	struct credit_filing **ret_filing, struct credit_problem *problem)
{
	struct credit_filing *filing = NULL;
	struct credit_sealer *sealer = NULL;
	Credit__V1__Filing *made = NULL;
	enum credit_error error = credit_sealer_new(&sealer);

	if (!error)
		error = seal(registry, access, sealer, &made, problem);
	if (!error)
		error = keep(made, arena, &filing, problem);
	if (!error)
		error = credit_filing_verify(filing, &registry->system_key.public_key, problem);
	credit_sealer_free(sealer);
	if (error) {
		credit_filing_free(filing);
		return error;
	}
	*ret_filing = filing;
	return CREDIT_OK;
}
