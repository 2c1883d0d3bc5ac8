/* SPDX-License-Identifier: Apache-2.0
 *
 * key_file.h - private key files: read only when nobody else could have read them.
 *
 * Threads: pure functions of the file system.
 */
#ifndef CREDD_KEY_FILE_H
#define CREDD_KEY_FILE_H

#include <credit/crypto.h>

/* Refuses a file that its group or others may read or write. CREDIT_E_KEY_EXPOSED, _IO; the path is
 * in problem->detail and `field` in problem->field. */
enum credit_error credd_key_file_check(
	const char *field, const char *path, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The same, and reads the pair (credit/crypto.h, key files). CREDIT_E_KEY_FILE. */
enum credit_error credd_key_file_read(const char *field, const char *path,
	struct credit_key_pair *ret_pair, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
