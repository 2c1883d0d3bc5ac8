/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.h - the effects in a serialised row or publication, where they stand: nothing is unpacked or
 * copied, for whoever goes through all there are.
 */
#ifndef CREDIT_REGISTRY_EFFECTS_H
#define CREDIT_REGISTRY_EFFECTS_H

#include <credit/base.h>

struct credit__effect {
	uint32_t kind;
	bool gone; /* the key is deleted */
	struct credit_bytes key, value;
};

/* Calls `each` for the effects of the given field. CREDIT_E_STORE_CORRUPT when the bytes are no message. */
enum credit_error credit__effects_each(struct credit_bytes message, uint32_t field, void *context,
	enum credit_error (*each)(
		void *context, const struct credit__effect *effect)) CREDIT_MUST_CHECK;
/* The last field of bytes with that number, empty when there is none. */
enum credit_error credit__message_bytes(struct credit_bytes message, uint32_t field,
	struct credit_bytes *ret_bytes) CREDIT_MUST_CHECK;

#endif
