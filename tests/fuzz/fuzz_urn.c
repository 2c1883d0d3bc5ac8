/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_urn.c - names in client certificates: a URI of a subject's alternative names says which authority
 * it is. Only a code that passes its checks, behind exactly urn:uscc:, does.
 *
 * Decoder: credd/rpc/urn.c
 */
#include "rpc/urn.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "urn:uscc:"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t prefix = strlen(PREFIX);
	struct credit_uscc uscc;

	switch (credd__urn_read((const char *)data, size, &uscc)) {
	case CREDD_URN_OTHER:
		if (size >= prefix && memcmp(data, PREFIX, prefix) == 0)
			abort();
		break;
	case CREDD_URN_FALSE:
		if (size < prefix || memcmp(data, PREFIX, prefix) != 0)
			abort();
		break;
	case CREDD_URN_USCC:
		if (size != prefix + CREDIT_USCC_SIZE ||
			memcmp(data + prefix, uscc.character, CREDIT_USCC_SIZE) != 0 ||
			credit_uscc_check(uscc.character) != CREDIT_OK)
			abort();
		break;
	}
	return 0;
}
