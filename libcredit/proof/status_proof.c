/* SPDX-License-Identifier: Apache-2.0
 *
 * status_proof.c - an answer that proves itself offline: making it, and checking any bytes at all.
 *
 * The steps lead from the entity to the signed head: code and opening and Status give the map's value;
 * the map path leads to the map's root; root, time and counts give the publication leaf; the leaf is
 * the last of the tree; the checkpoint is the tree's. Absence walks the same way from the leaf that
 * stands where the code's would. Nothing is allocated, and nothing is believed before it is shown.
 */
#include <credit/proof.h>

#include <credit/v1/status.pb-c.h>

#include <string.h>

/* docs/spec/proof.md: "`CRP1`, or `CRP2` when cosignatures follow" */
static const char magic[4] = {'C', 'R', 'P', '1'};
static const char magic_cosigned[4] = {'C', 'R', 'P', '2'};

/* --- making --------------------------------------------------------------------------------- */

static void write_cosignatures(const struct credit_status_proof *proof, struct credit_buffer *bytes)
{
	credit_buffer_put_u8(bytes, (uint8_t)proof->cosignature_count);
	for (uint32_t i = 0; i < proof->cosignature_count; i++) {
		const struct credit_cosignature *one = &proof->cosignature[i];

		credit_buffer_put_u32(bytes, one->key_hash);
		credit_buffer_put_u64(bytes, one->time);
		credit_buffer_put(bytes, one->signature.byte, CREDIT_SIGNATURE_SIZE);
	}
}

/* docs/spec/proof.md: "A bundle is magic, answer, code, evidence, map path, publication, log path,
 * checkpoint, cosignatures; nothing follows." */
void credit_status_proof_write(const struct credit_status_proof *proof, struct credit_buffer *bytes)
{
	bool enrolled = proof->map.answer == CREDIT_MAP_PRESENT;

	credit_buffer_put(bytes, proof->cosignature_count ? magic_cosigned : magic, sizeof magic);
	credit_buffer_put_u8(bytes, (uint8_t)proof->map.answer);
	credit_buffer_put(bytes, proof->uscc.character, CREDIT_USCC_SIZE);
	if (enrolled) {
		credit_buffer_put(bytes, proof->opening.byte, sizeof proof->opening.byte);
		credit_buffer_put_u8(bytes, (uint8_t)proof->status.size);
		credit_buffer_put(bytes, proof->status.data, proof->status.size);
	} else if (proof->map.answer == CREDIT_MAP_ABSENT) {
		credit_buffer_put(bytes, proof->map.leaf.key.byte, CREDIT_HASH_SIZE);
		credit_buffer_put(bytes, proof->map.leaf.value.byte, CREDIT_HASH_SIZE);
	}
	credit_map_path_write(&proof->map.path, bytes);
	credit_buffer_put_u64(bytes, (uint64_t)proof->leaf.recorded_at.ms);
	credit_buffer_put_u64(bytes, proof->leaf.publication);
	credit_buffer_put_u64(bytes, proof->leaf.epoch);
	credit_buffer_put_u64(bytes, proof->leaf.map_size);
	credit_buffer_put(bytes, proof->leaf.map_root.byte, CREDIT_HASH_SIZE);
	credit_buffer_put_u8(bytes, (uint8_t)proof->log_path.count);
	credit_buffer_put(bytes, proof->log_path.hash, proof->log_path.count * CREDIT_HASH_SIZE);
	credit_buffer_put_u16(bytes, (uint16_t)proof->checkpoint.size);
	credit_buffer_put(bytes, proof->checkpoint.data, proof->checkpoint.size);
	if (proof->cosignature_count)
		write_cosignatures(proof, bytes);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A cursor that remembers running past the end. */
struct reader {
	struct credit_bytes rest;
	bool failed;
};

static struct credit_bytes take(struct reader *reader, size_t size)
{
	struct credit_bytes taken = {reader->rest.data, size};

	if (reader->failed || size > reader->rest.size) {
		reader->failed = true;
		return (struct credit_bytes){NULL, 0};
	}
	reader->rest.data += size;
	reader->rest.size -= size;
	return taken;
}

static void take_into(struct reader *reader, void *ret_data, size_t size)
{
	struct credit_bytes bytes = take(reader, size);

	if (bytes.data)
		memcpy(ret_data, bytes.data, size);
}

static uint64_t take_number(struct reader *reader, size_t size)
{
	struct credit_bytes bytes = take(reader, size);
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.size; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

static void take_map_path(struct reader *reader, struct credit_map_path *ret_path)
{
	struct reader ahead = *reader;
	size_t count = (size_t)take_number(&ahead, 2);
	struct credit_bytes bytes = take(reader, 2 + 33 * count);

	if (!bytes.data || credit_map_path_read(bytes, ret_path) != CREDIT_OK)
		reader->failed = true;
}

static void take_evidence(struct reader *reader, struct credit_status_proof *ret_proof)
{
	switch (ret_proof->map.answer) {
	case CREDIT_MAP_PRESENT:
		take_into(reader, ret_proof->opening.byte, sizeof ret_proof->opening.byte);
		ret_proof->status = take(reader, (size_t)take_number(reader, 1));
		if (ret_proof->status.size > CREDIT_STATUS_MAX)
			reader->failed = true;
		return;
	case CREDIT_MAP_ABSENT:
		take_into(reader, ret_proof->map.leaf.key.byte, CREDIT_HASH_SIZE);
		take_into(reader, ret_proof->map.leaf.value.byte, CREDIT_HASH_SIZE);
		return;
	case CREDIT_MAP_EMPTY:
		return;
	}
	reader->failed = true;
}

/* There is one form of a bundle without any: the other magic. */
static void take_cosignatures(struct reader *reader, struct credit_status_proof *ret_proof)
{
	uint32_t count = (uint32_t)take_number(reader, 1);

	if (count == 0 || count > CREDIT_COSIGNATURES_MAX)
		reader->failed = true;
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		struct credit_cosignature *one = &ret_proof->cosignature[i];

		one->key_hash = (uint32_t)take_number(reader, 4);
		one->time = take_number(reader, 8);
		take_into(reader, one->signature.byte, CREDIT_SIGNATURE_SIZE);
	}
	ret_proof->cosignature_count = count;
}

static enum credit_error read_proof(
	struct credit_bytes bytes, struct credit_status_proof *ret_proof)
{
	struct reader reader = {.rest = bytes};
	struct credit_bytes head = take(&reader, sizeof magic);
	bool cosigned = head.data && memcmp(head.data, magic_cosigned, sizeof magic) == 0;

	if (!head.data || (!cosigned && memcmp(head.data, magic, sizeof magic) != 0))
		return CREDIT_E_RECEIPT_MALFORMED;
	ret_proof->map.answer = (enum credit_map_answer)take_number(&reader, 1);
	take_into(&reader, ret_proof->uscc.character, CREDIT_USCC_SIZE);
	take_evidence(&reader, ret_proof);
	take_map_path(&reader, &ret_proof->map.path);
	ret_proof->leaf.recorded_at.ms = (int64_t)take_number(&reader, 8);
	ret_proof->leaf.publication = take_number(&reader, 8);
	ret_proof->leaf.epoch = take_number(&reader, 8);
	ret_proof->leaf.map_size = take_number(&reader, 8);
	take_into(&reader, ret_proof->leaf.map_root.byte, CREDIT_HASH_SIZE);
	ret_proof->log_path.count = (uint32_t)take_number(&reader, 1);
	if (ret_proof->log_path.count > CREDIT_PATH_MAX)
		return CREDIT_E_RECEIPT_MALFORMED;
	take_into(&reader, ret_proof->log_path.hash, ret_proof->log_path.count * CREDIT_HASH_SIZE);
	ret_proof->checkpoint = take(&reader, (size_t)take_number(&reader, 2));
	if (cosigned)
		take_cosignatures(&reader, ret_proof);
	return reader.failed || reader.rest.size ? CREDIT_E_RECEIPT_MALFORMED : CREDIT_OK;
}

/* --- checking --------------------------------------------------------------------------------- */

static enum credit_error check_map(struct credit_status_proof *proof)
{
	struct credit_bytes code = {(const uint8_t *)proof->uscc.character, CREDIT_USCC_SIZE};
	struct credit_map_leaf leaf;
	enum credit_error error;

	credit_map_key(code, &leaf.key);
	if (proof->map.answer == CREDIT_MAP_PRESENT) {
		credit_commit_status(&proof->opening, code, proof->status, &leaf.value);
		return credit_map_verify_present(&proof->leaf.map_root, &leaf, &proof->map.path);
	}
	/* docs/spec/proof.md: "Absence is proved only of a code that passes its own tests." Nobody is
	 * enrolled under any other, and a mistyped code must not look like a proved answer. */
	error = credit_uscc_check(proof->uscc.character);
	if (error && error != CREDIT_E_USCC_AMBIGUOUS)
		return error;
	return credit_map_verify_absent(&proof->leaf.map_root, &leaf.key,
		proof->map.answer == CREDIT_MAP_ABSENT ? &proof->map.leaf : NULL, &proof->map.path);
}

/* docs/spec/proof.md: "The publication leaf is the last leaf of the checkpoint's tree." */
static enum credit_error check_log(
	const struct credit_status_proof *proof, const struct credit_tree_head *head)
{
	uint8_t entry[CREDIT_PUBLICATION_LEAF_SIZE];
	struct credit_hash hash;

	if (head->size == 0)
		return CREDIT_E_PROOF_SHAPE;
	credit_publication_leaf_write(&proof->leaf, entry);
	credit_leaf_hash((struct credit_bytes){entry, sizeof entry}, &hash);
	return credit_inclusion_verify(head->size - 1, head->size, &hash, proof->log_path.hash,
		proof->log_path.count, &head->root);
}

/* Who of the policy has cosigned the checkpoint that the log's key has signed. */
static enum credit_error check_witnesses(const struct credit_status_proof *proof,
	const struct credit_named_key *log_key, const struct credit_policy *witnesses,
	struct credit_witnessing *ret_witnessing)
{
	struct credit_bytes body, lines;
	enum credit_error error;

	if (!credit_policy_accepts(witnesses, log_key))
		return CREDIT_E_CHECKPOINT_ORIGIN;
	error = credit_note_split(proof->checkpoint, &body, &lines);
	return error ? error
		     : credit_policy_judge(witnesses, body, proof->cosignature,
			       proof->cosignature_count, ret_witnessing);
}

/* When time alone makes the Status say something else. */
static enum credit_error read_fresh_until(struct credit_bytes status, credit_ms_t *ret_until)
{
	uint8_t memory[8192];
	struct credit_arena arena;
	ProtobufCMessage *message;
	enum credit_error error;

	credit_arena_init(&arena, memory, sizeof memory, sizeof memory);
	error = credit_decode(&credit__v1__status__descriptor, status, &arena, &message, NULL);
	if (!error)
		ret_until->ms = ((Credit__V1__Status *)(void *)message)->fresh_until;
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error is_false(
	struct credit_problem *problem, const char *step, enum credit_error cause)
{
	return credit_problem_set(problem, CREDIT_E_PROOF_FALSE, step, NULL, "%s",
		credit_error_text(cause, CREDIT_LANG_EN));
}

enum credit_error credit_status_proof_verify(struct credit_bytes bytes,
	const struct credit_named_key *log_key, const struct credit_policy *witnesses,
	struct credit_status_verdict *ret_verdict, struct credit_problem *problem)
{
	struct credit_status_proof proof = {0};
	struct credit_status_verdict verdict = {0};
	enum credit_error error = read_proof(bytes, &proof);

	if (error)
		return credit_problem_set(problem, error, "bundle", NULL, NULL);
	error = credit_checkpoint_open(proof.checkpoint, log_key, &verdict.head);
	if (error)
		return is_false(problem, "checkpoint", error);
	error = check_log(&proof, &verdict.head);
	if (error)
		return is_false(problem, "log_path", error);
	error = check_map(&proof);
	if (error)
		return is_false(problem, "map_path", error);
	if (proof.map.answer == CREDIT_MAP_PRESENT)
		error = read_fresh_until(proof.status, &verdict.fresh_until);
	if (error)
		return is_false(problem, "status", error);
	verdict.witnessing.carried = proof.cosignature_count;
	verdict.witnesses_asked = witnesses != NULL;
	if (witnesses)
		error = check_witnesses(&proof, log_key, witnesses, &verdict.witnessing);
	if (error)
		return is_false(problem, "witnesses", error);
	verdict.enrolled = proof.map.answer == CREDIT_MAP_PRESENT;
	verdict.uscc = proof.uscc;
	verdict.status = proof.status;
	verdict.publication = proof.leaf;
	*ret_verdict = verdict;
	return CREDIT_OK;
}

enum credit_error credit_status_verdict_check(const struct credit_status_verdict *verdict,
	credit_ms_t now, int64_t max_age_ms, struct credit_problem *problem)
{
	const struct credit_witnessing *witnessing = &verdict->witnessing;
	char text[CREDIT_MS_TEXT_SIZE];

	if (verdict->witnesses_asked && !witnessing->quorum)
		return credit_problem_set(problem, CREDIT_E_QUORUM, "witnesses", NULL,
			"%u of the policy's witnesses, of %u cosignatures", witnessing->cosigned,
			witnessing->carried);
	if (verdict->fresh_until.ms && now.ms >= verdict->fresh_until.ms)
		return credit_problem_set(problem, CREDIT_E_PROOF_OLD, "fresh_until", NULL, "%s",
			credit_ms_text(verdict->fresh_until, text));
	if (now.ms - verdict->publication.recorded_at.ms > max_age_ms)
		return credit_problem_set(problem, CREDIT_E_PROOF_OLD, "published_at", NULL, "%s",
			credit_ms_text(verdict->publication.recorded_at, text));
	/* docs/spec/proof.md: "A registry that dates a publication into the future" */
	if (verdict->witnesses_asked && witnessing->cosigned > 0 &&
		witnessing->newest.ms < now.ms - max_age_ms)
		return credit_problem_set(problem, CREDIT_E_PROOF_OLD, "cosigned_at", NULL, "%s",
			credit_ms_text(witnessing->newest, text));
	return CREDIT_OK;
}

/* --- auditors --------------------------------------------------------------------------------- */

bool credit_auditor_is(const struct credit_cosigner *cosigner, struct credit_uscc *ret_authority)
{
	/* docs/spec/audit.md: "The name of an auditor's key is the code of its authority, a slash and
	 * `audit`." */
	const char *name = cosigner->key.name;
	struct credit_bytes code = {(const uint8_t *)name, CREDIT_USCC_SIZE};
	struct credit_uscc uscc;

	if (strlen(name) != CREDIT_USCC_SIZE + strlen("/audit") ||
		strcmp(name + CREDIT_USCC_SIZE, "/audit") != 0 ||
		credit_uscc_parse(code, CREDIT_USCC_PLAIN, &uscc, NULL) != CREDIT_OK ||
		memcmp(uscc.character, name, CREDIT_USCC_SIZE) != 0)
		return false;
	*ret_authority = uscc;
	return true;
}

/* The newest of this key; one that is false refuses them all. */
enum credit_error credit_status_proof_audited(struct credit_bytes bytes,
	const struct credit_cosigner *auditor, credit_ms_t *ret_at, struct credit_problem *problem)
{
	struct credit_status_proof proof = {0};
	struct credit_bytes body, lines;
	struct credit_uscc authority;
	uint64_t newest = 0;
	enum credit_error error = read_proof(bytes, &proof);

	if (!error)
		error = credit_note_split(proof.checkpoint, &body, &lines);
	if (!error && !credit_auditor_is(auditor, &authority))
		error = CREDIT_E_COSIGNATURE;
	for (uint32_t i = 0; !error && i < proof.cosignature_count; i++) {
		const struct credit_cosignature *one = &proof.cosignature[i];

		if (one->key_hash != credit_cosigner_hash(auditor))
			continue;
		error = credit_cosignature_verify(body, auditor, one);
		if (one->time > newest)
			newest = one->time;
	}
	if (!error && newest == 0)
		error = CREDIT_E_NOTE_UNVERIFIED;
	if (error)
		return credit_problem_set(problem, error, "auditor", NULL, "%s", auditor->key.name);
	ret_at->ms = newest > INT64_MAX / 1000 ? INT64_MAX : (int64_t)newest * 1000;
	return CREDIT_OK;
}
