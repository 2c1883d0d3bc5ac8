/* SPDX-License-Identifier: Apache-2.0
 *
 * access.h - who may call what: roles as bits, and the one table of methods.
 */
#ifndef CREDD_ACCESS_H
#define CREDD_ACCESS_H

#include "rpc/rpc.h"

/* The roles of design section 7 that a connection can have: by its kind, or by a grant that its
 * authority holds at the moment of the call. What an authority may *file* is decided by its grants in
 * the rules, not here. */
enum credd_role {
	CREDD_ROLE_PUBLIC = 1 << 0, /* anybody */
	CREDD_ROLE_AUTHORITY =
		1 << 1, /* a certificate of the configured CA that names an authority */
	CREDD_ROLE_OPERATOR = 1 << 2,   /* the Unix socket */
	CREDD_ROLE_AUDITOR = 1 << 3,    /* an authority with a grant of it in force */
	CREDD_ROLE_REGISTRAR = 1 << 4,  /* the same */
	CREDD_ROLE_SUPERVISOR = 1 << 5, /* the same */
	CREDD_ROLE_ANY = CREDD_ROLE_PUBLIC | CREDD_ROLE_AUTHORITY | CREDD_ROLE_OPERATOR
};

/* Every method of credit.v1 with its handler, roles, limits, quota and audit. */
extern const struct credd_method credd_methods[];
extern const size_t credd_method_count;

/* The check that the rpc room makes before a handler runs: quota, then role. */
enum credit_error credd_allow(void *service, unsigned worker, const struct credd_peer *peer,
	const struct credd_method *method, uint32_t *ret_retry_after_ms,
	struct credit_problem *problem);

#endif
