/* SPDX-License-Identifier: Apache-2.0
 *
 * toy_state.h - the registry's state as a sorted array in memory, to decide acts on.
 *
 * It executes effects as the real state does, and is strict: deleting a row that is not there, an
 * empty value where a row has one, or an unknown kind ends the test. Every row lies in memory of
 * exactly its size, so that AddressSanitizer sees a view that is used after the row has changed.
 */
#ifndef TESTS_SUPPORT_TOY_STATE_H
#define TESTS_SUPPORT_TOY_STATE_H

#include <credit/rules.h>

struct toy_row {
	uint32_t kind;
	struct credit_bytes key, value; /* owned */
};

struct toy_state {
	struct toy_row *rows; /* sorted by kind, then key */
	size_t count, capacity;
	enum credit_error fail_get; /* what every get returns, when it is not CREDIT_OK */
};

/* The view is good for as long as `state` is. */
struct credit_state_view toy_state_view(struct toy_state *state);
void toy_state_apply(struct toy_state *state, const struct credit_effects *effects);
/* NULL when there is no such row. */
const struct toy_row *toy_state_find(
	const struct toy_state *state, uint32_t kind, struct credit_bytes key);
size_t toy_state_count(const struct toy_state *state, uint32_t kind);
/* The rows of those kinds as one piece of memory, to be freed; and in their place those of another time. */
typedef bool toy_kind_fn(uint32_t kind);
struct credit_bytes toy_state_save(const struct toy_state *state, toy_kind_fn *wanted);
void toy_state_load(struct toy_state *state, toy_kind_fn *wanted, struct credit_bytes saved);
void toy_state_deinit(struct toy_state *state);

#endif
