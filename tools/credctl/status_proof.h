/* SPDX-License-Identifier: Apache-2.0
 *
 * status_proof.h - answers that prove themselves offline: fetched by 'status --proof' and '--qr',
 * checked by 'verify'.
 */
#ifndef CREDCTL_STATUS_PROOF_H
#define CREDCTL_STATUS_PROOF_H

#include "app.h"

#include "client/client.h"

#include <credit/proof.h>

/* The files to make of one bundle; NULL: not this one. */
struct status_proof_files {
	const char *bundle; /* the bytes themselves */
	const char *qr;     /* a PNG with a QR code */
};

/* Asks for the bundle of one code and makes the files. When the registry is pinned, the bundle is
 * checked before it is written. */
enum credit_error status_proof_fetch(const struct app *app, struct client *client, const char *uscc,
	uint64_t min_epoch, const struct status_proof_files *files,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Do these bytes begin as a bundle does, or as the text of a QR code with one? */
bool status_proof_is(struct credit_bytes bytes);

/* Whom the asker believes, and for how long. */
struct status_proof_trust {
	const struct credit_named_key *key;    /* the registry's */
	const struct credit_policy *witnesses; /* NULL: none asked for */
	const char *max_age;                   /* "24h", "30m", "7d" or "90s" */
	const char *deep;                      /* folder or file of receipts; NULL: not asked for */
	const struct option_list *auditors;    /* their keys; NULL: none asked for */
};

/* Checks and tells what is proved, for whom, as of when, and how far it is shown. Returns the exit
 * code. */
int status_proof_tell(
	const struct app *app, struct credit_bytes bytes, const struct status_proof_trust *trust);

#endif
