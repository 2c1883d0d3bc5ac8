/* SPDX-License-Identifier: Apache-2.0
 *
 * view_rows.c - reading rows page by page, and the tasks that are still to do.
 */
#include "registry/internal.h"

#include <string.h>

enum credit_error credit_view_scan_from(struct credit_view *view, uint32_t effect_kind,
	struct credit_bytes prefix, struct credit_bytes from, void *context,
	enum credit_error (*each)(
		void *context, struct credit_bytes key, struct credit_bytes value))
{
	struct credit__eyes eyes = {.reader = view->state};
	int keyspace = credit__effect_keyspace(effect_kind);

	if (keyspace < 0)
		return CREDIT_E_INTERNAL;
	return credit__eyes_scan(
		&eyes, (unsigned)keyspace, prefix, from.size ? from : prefix, context, each);
}

/* --- open tasks --- */

struct task_walk {
	struct credit_view *view;
	const uint8_t *after;
	void *context;
	enum credit_error (*each)(void *context, struct credit_bytes key, struct credit_bytes task);
};

/* The key names office and task: their row is fetched. */
static enum credit_error walk_task(
	void *context, struct credit_bytes key, struct credit_bytes value)
{
	const struct task_walk *walk = context;
	uint8_t row[CREDIT_USCC_SIZE + CREDIT_RECORD_ID_SIZE];
	struct credit_bytes task;
	enum credit_error error;

	(void)value;
	if (key.size != CREDIT_OPEN_TASK_KEY_SIZE)
		return CREDIT_E_STORE_CORRUPT;
	if (walk->after && memcmp(key.data, walk->after, key.size) == 0)
		return CREDIT_OK;
	memcpy(row, key.data + 1, CREDIT_USCC_SIZE);
	memcpy(row + CREDIT_USCC_SIZE, key.data + 1 + CREDIT_USCC_SIZE + 4, CREDIT_RECORD_ID_SIZE);
	error = credit_read_get(
		walk->view->state, STATE_TASK, (struct credit_bytes){row, sizeof row}, &task);
	if (error == CREDIT_E_NOT_FOUND)
		return CREDIT_E_STORE_CORRUPT;
	return error ? error : walk->each(walk->context, key, task);
}

enum credit_error credit_view_open_tasks(struct credit_view *view, bool overdue,
	const struct credit_uscc *office, const uint8_t after[CREDIT_OPEN_TASK_KEY_SIZE],
	void *context,
	enum credit_error (*each)(void *context, struct credit_bytes key, struct credit_bytes task))
{
	struct credit__eyes eyes = {.reader = view->state};
	struct task_walk walk = {view, after, context, each};
	uint8_t begin[1 + CREDIT_USCC_SIZE] = {overdue ? 0 : 1};
	struct credit_bytes prefix = {begin, office ? sizeof begin : 1};
	struct credit_bytes from = {after, CREDIT_OPEN_TASK_KEY_SIZE};

	if (office)
		memcpy(begin + 1, office->character, CREDIT_USCC_SIZE);
	return credit__eyes_scan(
		&eyes, STATE_OPEN_TASK, prefix, after ? from : prefix, &walk, walk_task);
}
