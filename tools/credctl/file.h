/* SPDX-License-Identifier: Apache-2.0
 *
 * file.h - whole files in, whole files out.
 */
#ifndef CREDCTL_FILE_H
#define CREDCTL_FILE_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/witness.h>

/* Reads at most `max` bytes; "-" is stdin. A NUL is put behind them. CREDIT_E_IO, _TOO_LARGE;
 * problem->field is the path. Owns: freed with file_free, which wipes. */
enum credit_error file_read(const char *path, size_t max, struct credit_bytes *ret_bytes,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void file_free(struct credit_bytes bytes);
/* Makes a file that must not exist yet: CREDIT_E_EXISTS. Synced. */
enum credit_error file_create(const char *path, unsigned mode, struct credit_bytes bytes,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Replaces a file so that after a crash either the old or the new one is there, never a part. */
enum credit_error file_replace(const char *path, unsigned mode, struct credit_bytes bytes,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* CREDIT_E_IO with errno's sentence; for what has no function here. */
enum credit_error file_fault(const char *path, struct credit_problem *problem);

/* A private key file of ours; refused with CREDIT_E_KEY_EXPOSED when others may read or write it. */
enum credit_error file_key_pair(const char *path, struct credit_named_key *ret_name,
	struct credit_key_pair *ret_pair, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* A verifier key: the text itself, or a file that holds it. */
enum credit_error file_vkey(const char *text_or_path, struct credit_named_key *ret_key,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The same two for a witness's or an auditor's key. */
enum credit_error file_cosigner_pair(const char *path, struct credit_cosigner *ret_cosigner,
	struct credit_key_pair *ret_pair, struct credit_problem *problem) CREDIT_MUST_CHECK;
enum credit_error file_cosigner(const char *text_or_path, struct credit_cosigner *ret_cosigner,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* A witness policy. problem->field is the path and the line. */
enum credit_error file_policy(const char *path, struct credit_policy *ret_policy,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
