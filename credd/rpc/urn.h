/* SPDX-License-Identifier: Apache-2.0
 *
 * urn.h - the URI in a certificate that names an authority: urn:uscc:<code>.
 *
 * Threads: pure functions.
 */
#ifndef CREDD_RPC_URN_H
#define CREDD_RPC_URN_H

#include <credit/uscc.h>

enum credd_urn {
	CREDD_URN_OTHER, /* it says something else */
	CREDD_URN_FALSE, /* it means to name an authority, and does not */
	CREDD_URN_USCC
};

/* The text may hold anything, NUL too. ret_uscc is set with CREDD_URN_USCC. */
enum credd_urn credd__urn_read(const char *text, size_t size, struct credit_uscc *ret_uscc);

#endif
