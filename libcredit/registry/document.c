/* SPDX-License-Identifier: Apache-2.0
 *
 * document.c - documents of cases: encrypted in one keyspace of the journal, their keys in another.
 *
 * Each document of each case has a key of its own, drawn when its epoch is committed. Erasing a document
 * is destroying its key: the scrub writes the journal anew without it (copy.c), and what is left of the
 * document on a disk or in a file system's blocks nobody can read. What a log or a receipt says of a
 * document is its digest.
 */
#include "registry/internal.h"

#include "credit/v1/act.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define CASE_DOCUMENT CREDIT__V1__ACT__PAYLOAD_CASE_DOCUMENT

static struct credit_bytes name_bytes(const struct credit__document_name *name)
{
	return (struct credit_bytes){name->byte, sizeof name->byte};
}

static bool make_name(const ProtobufCBinaryData *case_id, const ProtobufCBinaryData *digest,
	struct credit__document_name *ret_name)
{
	if (case_id->len != CREDIT_RECORD_ID_SIZE || digest->len != CREDIT_HASH_SIZE)
		return false;
	memcpy(ret_name->byte, case_id->data, CREDIT_RECORD_ID_SIZE);
	memcpy(ret_name->byte + CREDIT_RECORD_ID_SIZE, digest->data, CREDIT_HASH_SIZE);
	return true;
}

bool credit__document_of(const struct Credit__V1__Act *act, struct credit__document_name *ret_name)
{
	return act->payload_case == CASE_DOCUMENT &&
	       make_name(&act->case_document->case_id, &act->case_document->digest, ret_name);
}

/* --- writing ----------------------------------------------------------------------------------- */

enum credit_error credit__document_put(struct credit_write *journal,
	const struct credit__document_name *name, struct credit_bytes plain)
{
	size_t size = plain.size + CREDIT_SEAL_OVERHEAD;
	uint8_t *sealed = malloc(size);
	struct credit_seal_key key;
	enum credit_error error;

	if (!sealed)
		return CREDIT_E_NO_MEMORY;
	credit_random(key.byte, sizeof key.byte);
	error = credit_seal(&key, name_bytes(name), plain, sealed);
	if (!error)
		error = credit_write_put(journal, JOURNAL_DOCUMENTS, name_bytes(name),
			(struct credit_bytes){sealed, size});
	if (!error)
		error = credit_write_put(journal, JOURNAL_DOCUMENT_KEYS, name_bytes(name),
			(struct credit_bytes){key.byte, sizeof key.byte});
	credit_wipe(&key, sizeof key);
	free(sealed);
	return error;
}

/* --- reading ----------------------------------------------------------------------------------- */

enum credit_error credit__document_read(struct credit_reader *journal,
	const struct credit__document_name *name, struct credit_arena *arena,
	struct credit_bytes *ret_plain)
{
	struct credit_bytes sealed, stored;
	struct credit_seal_key key;
	struct credit_hash digest;
	uint8_t *plain;
	enum credit_error error =
		credit_read_get(journal, JOURNAL_DOCUMENT_KEYS, name_bytes(name), &stored);

	if (error)
		return error;
	error = credit_read_get(journal, JOURNAL_DOCUMENTS, name_bytes(name), &sealed);
	if (error || stored.size != sizeof key.byte || sealed.size < CREDIT_SEAL_OVERHEAD)
		return error && error != CREDIT_E_NOT_FOUND ? error : CREDIT_E_STORE_CORRUPT;
	plain = credit_arena_alloc(arena, sealed.size - CREDIT_SEAL_OVERHEAD + 1);
	if (!plain)
		return CREDIT_E_NO_MEMORY;
	memcpy(key.byte, stored.data, sizeof key.byte);
	error = credit_unseal(&key, name_bytes(name), sealed, plain);
	credit_wipe(&key, sizeof key);
	if (error)
		return error;
	*ret_plain = (struct credit_bytes){plain, sealed.size - CREDIT_SEAL_OVERHEAD};
	credit_sha256(*ret_plain, &digest);
	return memcmp(digest.byte, name->byte + CREDIT_RECORD_ID_SIZE, CREDIT_HASH_SIZE) == 0
		       ? CREDIT_OK
		       : CREDIT_E_STORE_CORRUPT;
}

enum credit_error credit_view_document(struct credit_view *view,
	const struct credit_record_id *case_id, const struct credit_hash *digest,
	struct credit_arena *arena, struct credit_bytes *ret_document)
{
	struct credit__document_name name;
	enum credit_error error = credit__view_journal(view);

	memcpy(name.byte, case_id->byte, CREDIT_RECORD_ID_SIZE);
	memcpy(name.byte + CREDIT_RECORD_ID_SIZE, digest->byte, CREDIT_HASH_SIZE);
	return error ? error
		     : credit__document_read(view->journal.reader, &name, arena, ret_document);
}
