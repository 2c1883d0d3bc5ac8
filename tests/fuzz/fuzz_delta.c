/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_delta.c - what a registry shows its auditor: publications to run again, in parts.
 *
 * An input is parts one after the other: kind (1 byte), size (4, big-endian), the log's leaf hash if it is
 * a row (32), the bytes. The seeds are the true deltas of a town (tests/support/town.h), whose log key
 * the auditor has pinned. Beside not crashing: what is called honest is signed by that key, places only
 * grow, and an auditor that has said so of a lie never cosigns again.
 *
 * Decoder: libcredit/audit/audit.c libcredit/audit/filing.c libcredit/audit/publication.c
 *          libcredit/audit/row.c
 */
#include "tests/support/temp_dir.h"
#include "tests/support/town.h"

#include <credit/audit.h>

#include <stdlib.h>
#include <string.h>

#define MAP_SIZE ((size_t)64 << 20)

extern const unsigned fuzz_mutations;
const unsigned fuzz_mutations = 30; /* each is a replica on a disk */

struct auditing {
	struct credit_named_key log_key;
	uint64_t last;
	bool lied;
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void found(void *context, const struct credit_finding *finding)
{
	struct auditing *auditing = context;

	require(finding->problem.error != CREDIT_OK);
	auditing->lied = true;
}

static void published(void *context, uint64_t number, bool honest, struct credit_bytes checkpoint)
{
	struct auditing *auditing = context;
	struct credit_tree_head head;

	require(number > auditing->last);
	auditing->last = number;
	if (!honest)
		return;
	require(!auditing->lied);
	require(credit_checkpoint_open(checkpoint, &auditing->log_key, &head) == CREDIT_OK);
}

/* Takes the next part off the front. */
static bool next_part(struct credit_bytes *rest, enum credit_delta_part *ret_part,
	struct credit_bytes *ret_bytes, struct credit_hash *ret_leaf)
{
	size_t head = 5, size;

	if (rest->size < head)
		return false;
	*ret_part = (enum credit_delta_part)(rest->data[0] & 7);
	size = credit_read_u32(rest->data + 1);
	if (*ret_part == CREDIT_DELTA_ROW) {
		if (rest->size < head + CREDIT_HASH_SIZE)
			return false;
		memcpy(ret_leaf->byte, rest->data + head, CREDIT_HASH_SIZE);
		head += CREDIT_HASH_SIZE;
	}
	if (size > rest->size - head)
		size = rest->size - head;
	*ret_bytes = (struct credit_bytes){rest->data + head, size};
	rest->data += head + size;
	rest->size -= head + size;
	return true;
}

static void feed(struct credit_audit *audit, struct credit_bytes rest)
{
	enum credit_delta_part part;
	struct credit_bytes bytes;
	struct credit_hash leaf = {{0}};

	while (next_part(&rest, &part, &bytes, &leaf)) {
		if (credit_audit_take(audit, part, bytes, &leaf) != CREDIT_OK)
			return;
		if (part == CREDIT_DELTA_PUBLICATION && credit_audit_commit(audit) != CREDIT_OK)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct town town;
	struct auditing auditing = {.last = 0};
	struct credit_audit_options options = {.map_size = MAP_SIZE,
		.finding = found,
		.publication = published,
		.context = &auditing};
	struct credit_audit *audit;

	town_keys(&town);
	temp_dir_make();
	auditing.log_key = options.log_key = town.log_name;
	options.folder = temp_dir_path("replica");
	require(credit_audit_open(&options, &audit, NULL) == CREDIT_OK);
	feed(audit, (struct credit_bytes){data, size});
	credit_audit_close(audit);
	temp_dir_remove();
	return 0;
}
