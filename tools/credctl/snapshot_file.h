/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_file.h - a snapshot on the disk: read through, verified, its lists remembered.
 */
#ifndef CREDCTL_SNAPSHOT_FILE_H
#define CREDCTL_SNAPSHOT_FILE_H

#include <credit/snapshot.h>

/* A list, its texts with a NUL behind them. */
struct snapshot_list {
	uint32_t number;
	enum credit_snapshot_colour colour;
	char id[65], title[401], title_en[401];
	uint64_t entries;
};

struct snapshot_file {
	struct credit_snapshot_leaf leaf;
	struct credit_tree_head head;
	struct credit_snapshot_header header;
	uint64_t size; /* of the file */
	struct snapshot_list *lists;
	uint32_t list_count;
	/* Each entity in order of the codes, when the caller wants them; nothing of it is proved before
	 * snapshot_file_read returns. */
	void *context;
	enum credit_error (*entity)(void *context, const struct snapshot_file *file,
		const struct credit_snapshot_entity *entity);
};

/* A reader that fills `file`, which must stay where it is. */
enum credit_error snapshot_file_reader(struct snapshot_file *file,
	const struct credit_named_key *key, struct credit_snapshot_reader **ret_reader,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Reads all of it and verifies it. CREDIT_E_IO, or the errors of credit_snapshot_reader_add and _done. */
enum credit_error snapshot_file_read(struct snapshot_file *file, const char *path,
	const struct credit_named_key *key, struct credit_problem *problem) CREDIT_MUST_CHECK;
void snapshot_file_free(struct snapshot_file *file);

/* The list of that number; it is there in a snapshot that was read. */
const struct snapshot_list *snapshot_file_list(const struct snapshot_file *file, uint32_t number);
/* CREDIT_E_PROOF_OLD when it shows a publication older than that. */
enum credit_error snapshot_file_check_age(const struct snapshot_file *file, credit_ms_t now,
	int64_t max_age_ms, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
