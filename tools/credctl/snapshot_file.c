/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot_file.c - a snapshot on the disk: read through, verified, its lists remembered.
 */
#include "snapshot_file.h"

#include "file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20)

/* --- what is remembered ----------------------------------------------------------------------- */

static enum credit_error take_proof(void *context, const struct credit_snapshot_leaf *leaf,
	const struct credit_tree_head *head, uint64_t file_size)
{
	struct snapshot_file *file = context;

	file->leaf = *leaf;
	file->head = *head;
	file->size = file_size;
	return CREDIT_OK;
}

static enum credit_error take_header(void *context, const struct credit_snapshot_header *header)
{
	struct snapshot_file *file = context;

	file->header = *header;
	file->lists = calloc(header->lists ? header->lists : 1, sizeof *file->lists);
	return file->lists ? CREDIT_OK : CREDIT_E_NO_MEMORY;
}

/* The reader has held the size against its bounds; a NUL in a text ends it. */
static void copy_text(char *ret_text, struct credit_bytes text)
{
	memcpy(ret_text, text.data, text.size);
	ret_text[text.size] = '\0';
}

static enum credit_error take_list(void *context, const struct credit_snapshot_list *list)
{
	struct snapshot_file *file = context;
	struct snapshot_list *taken = &file->lists[file->list_count++];

	taken->number = list->number;
	taken->colour = list->colour;
	copy_text(taken->id, list->id);
	copy_text(taken->title, list->title);
	copy_text(taken->title_en, list->title_en);
	return CREDIT_OK;
}

static struct snapshot_list *find_list(const struct snapshot_file *file, uint32_t number)
{
	uint32_t low = 0, high = file->list_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (file->lists[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return &file->lists[low];
}

static enum credit_error take_entity(void *context, const struct credit_snapshot_entity *entity)
{
	struct snapshot_file *file = context;

	for (uint32_t i = 0; i < entity->count; i++)
		find_list(file, entity->entry[i].list)->entries++;
	return file->entity ? file->entity(file->context, file, entity) : CREDIT_OK;
}

const struct snapshot_list *snapshot_file_list(const struct snapshot_file *file, uint32_t number)
{
	return find_list(file, number);
}

/* --- reading ---------------------------------------------------------------------------------- */

enum credit_error snapshot_file_reader(struct snapshot_file *file,
	const struct credit_named_key *key, struct credit_snapshot_reader **ret_reader,
	struct credit_problem *problem)
{
	struct credit_snapshot_events events = {
		.context = file,
		.proved = take_proof,
		.header = take_header,
		.list = take_list,
		.entity = take_entity,
	};
	enum credit_error error = credit_snapshot_reader_new(key, &events, ret_reader);

	return error ? credit_problem_set(problem, error, NULL, NULL, NULL) : CREDIT_OK;
}

static enum credit_error read_pieces(int fd, const char *path,
	struct credit_snapshot_reader *reader, struct credit_problem *problem)
{
	uint8_t *piece = malloc(PIECE);
	enum credit_error error = CREDIT_OK;
	ssize_t size = 1;

	if (!piece)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	while (!error && size > 0) {
		size = read(fd, piece, PIECE);
		if (size < 0)
			error = file_fault(path, problem);
		else
			error = credit_snapshot_reader_add(
				reader, (struct credit_bytes){piece, (size_t)size}, problem);
	}
	free(piece);
	return error ? error : credit_snapshot_reader_done(reader, problem);
}

enum credit_error snapshot_file_read(struct snapshot_file *file, const char *path,
	const struct credit_named_key *key, struct credit_problem *problem)
{
	struct credit_snapshot_reader *reader;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum credit_error error;

	if (fd < 0)
		return file_fault(path, problem);
	error = snapshot_file_reader(file, key, &reader, problem);
	if (error == CREDIT_OK) {
		error = read_pieces(fd, path, reader, problem);
		credit_snapshot_reader_free(reader);
	}
	close(fd);
	return error;
}

void snapshot_file_free(struct snapshot_file *file)
{
	free(file->lists);
	file->lists = NULL;
}

enum credit_error snapshot_file_check_age(const struct snapshot_file *file, credit_ms_t now,
	int64_t max_age_ms, struct credit_problem *problem)
{
	char text[CREDIT_MS_TEXT_SIZE];
	credit_ms_t made = file->header.publication.recorded_at;

	if (now.ms - made.ms <= max_age_ms)
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_PROOF_OLD, "published_at", NULL, "%s",
		credit_ms_text(made, text));
}
