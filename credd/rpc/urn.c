/* SPDX-License-Identifier: Apache-2.0
 *
 * urn.c - reads urn:uscc:<code>.
 */
#include "rpc/urn.h"

#include <string.h>

static const char prefix[] = "urn:uscc:";
#define PREFIX_SIZE (sizeof prefix - 1)

enum credd_urn credd__urn_read(const char *text, size_t size, struct credit_uscc *ret_uscc)
{
	if (size < PREFIX_SIZE || memcmp(text, prefix, PREFIX_SIZE) != 0)
		return CREDD_URN_OTHER;
	if (size != PREFIX_SIZE + CREDIT_USCC_SIZE ||
		credit_uscc_check(text + PREFIX_SIZE) != CREDIT_OK)
		return CREDD_URN_FALSE;
	memcpy(ret_uscc->character, text + PREFIX_SIZE, CREDIT_USCC_SIZE);
	return CREDD_URN_USCC;
}
