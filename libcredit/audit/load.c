/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - the load file that comes before the row of its act.
 *
 * Its pieces go into a file without a name in the auditor's folder, for they may be larger than memory, and
 * are read again when the publication is: nothing of it outlives the publication, or a kill.
 */
#include "audit/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <limits.h>

void credit__audit_load_reset(struct credit_audit *audit)
{
	struct credit__audit_load *load = &audit->load;

	if (load->map)
		munmap(load->map, load->size);
	if (load->open)
		close(load->fd);
	free(load->ends);
	*load = (struct credit__audit_load){0};
}

static enum credit_error open_file(struct credit_audit *audit)
{
	struct credit__audit_load *load = &audit->load;
	char path[PATH_MAX];

	if (load->open)
		return CREDIT_OK;
	if ((size_t)snprintf(path, sizeof path, "%s/load-XXXXXX", audit->folder) >= sizeof path)
		return CREDIT_E_TOO_LARGE;
	load->fd = mkstemp(path);
	if (load->fd < 0)
		return credit__errno_error();
	unlink(path);
	load->open = true;
	credit_hasher_init(&load->hasher);
	credit_hasher_add(&load->hasher, CREDIT_LOAD_HEAD, CREDIT_LOAD_HEAD_SIZE);
	return CREDIT_OK;
}

static enum credit_error keep(struct credit__audit_load *load, struct credit_bytes rows)
{
	size_t *ends = realloc(load->ends, (load->pieces + 1) * sizeof *ends);

	if (!ends)
		return CREDIT_E_NO_MEMORY;
	load->ends = ends;
	for (size_t done = 0; done < rows.size;) {
		ssize_t count = write(load->fd, rows.data + done, rows.size - done);

		if (count < 0)
			return credit__errno_error();
		done += (size_t)count;
	}
	load->size += rows.size;
	load->ends[load->pieces++] = load->size;
	credit_hasher_add(&load->hasher, rows.data, rows.size);
	return CREDIT_OK;
}

/* docs/spec/load.md: "Every row is checked before it is kept" - by whoever keeps it. */
enum credit_error credit__audit_load_take(struct credit_audit *audit, struct credit_bytes rows)
{
	struct credit__audit_load *load = &audit->load;
	struct credit_problem problem = {0};
	struct credit_load_piece piece;
	enum credit_error error = open_file(audit);

	if (error || load->unsound)
		return error;
	error = credit_load_piece_check(rows, &piece, &problem);
	if (!error && load->pieces && memcmp(&load->last, &piece.first, sizeof piece.first) >= 0)
		error = problem.error = CREDIT_E_LOAD_ORDER;
	if (error) {
		credit__audit_tell(audit, CREDIT_E_AUDIT_ACT, &audit->next_row, "%s %s",
			credit_error_name(error), problem.field);
		load->unsound = true;
		return CREDIT_OK;
	}
	load->entities += piece.entities;
	load->last = piece.last;
	return keep(load, rows);
}

enum credit_error credit__audit_load_staged(
	void *context, const struct credit_hash *digest, uint32_t *ret_entities)
{
	const struct credit__audit_load *load = &((struct credit_audit *)context)->load;
	struct credit_hasher hasher = load->hasher;
	struct credit_hash measured;

	if (load->pieces == 0 || load->unsound)
		return CREDIT_E_NOT_FOUND;
	credit_hasher_done(&hasher, &measured);
	*ret_entities = load->entities;
	return credit_hash_equal(&measured, digest) ? CREDIT_OK : CREDIT_E_NOT_FOUND;
}

static enum credit_error piece(void *context, const struct credit_hash *digest, uint32_t number,
	struct credit_bytes *ret_rows)
{
	struct credit__audit_load *load = &((struct credit_audit *)context)->load;
	size_t begin;

	(void)digest; /* at most one waits */
	if (number >= load->pieces || load->unsound)
		return CREDIT_E_NOT_FOUND;
	if (!load->map) {
		void *map = mmap(NULL, load->size, PROT_READ, MAP_PRIVATE, load->fd, 0);

		if (map == MAP_FAILED)
			return credit__errno_error();
		load->map = map;
	}
	begin = number ? load->ends[number - 1] : 0;
	*ret_rows = (struct credit_bytes){load->map + begin, load->ends[number] - begin};
	return CREDIT_OK;
}

struct credit__load_source credit__audit_load_source(struct credit_audit *audit)
{
	return (struct credit__load_source){.context = audit, .piece = piece};
}
