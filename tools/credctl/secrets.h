/* SPDX-License-Identifier: Apache-2.0
 *
 * secrets.h - making keys: signing keys and development certificates.
 */
#ifndef CREDCTL_SECRETS_H
#define CREDCTL_SECRETS_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/uscc.h>

/* Draws a key pair, writes the private file (0600) and beside it the public one (0644), which ends in
 * .pub in place of .key. Neither may exist. ret_pair may be NULL. */
enum credit_error secret_key_make(const char *name, const char *path,
	struct credit_key_pair *ret_pair, struct credit_named_key *ret_key,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The same for a key that cosigns: a witness's, an auditor's. */
enum credit_error secret_cosigner_make(const char *name, const char *path,
	struct credit_cosigner *ret_cosigner, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Development certificates: ECDSA P-256, 825 days, made on one machine for that machine. A registry in
 * earnest gets its certificates from a certification authority. */
/* <folder>/ca.crt and ca.key. */
enum credit_error certificate_make_ca(
	const char *folder, const char *origin, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* <folder>/server.crt and server.key, for localhost and 127.0.0.1, signed by the CA in the folder. */
enum credit_error certificate_make_server(
	const char *folder, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* <prefix>.crt and <prefix>.key, which say urn:uscc:<code>. */
enum credit_error certificate_make_client(const char *folder, const struct credit_uscc *uscc,
	const char *prefix, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
