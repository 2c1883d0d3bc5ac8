/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.h - the signed manifest by itself: for filings, for sealing and for receipts.
 */
#ifndef CREDIT_MODEL_MANIFEST_H
#define CREDIT_MODEL_MANIFEST_H

#include <credit/model.h>
#include <credit/v1/filing.pb-c.h>

/* Shape and limits of every field; nothing that depends on a registry or on time. */
enum credit_error credit__manifest_check(
	const Credit__V1__Manifest *manifest, struct credit_problem *problem);

/* Decodes canonical bytes and checks them. problem->field begins with "manifest". */
enum credit_error credit__manifest_open(struct credit_bytes bytes, struct credit_arena *arena,
	const Credit__V1__Manifest **ret_manifest, struct credit_problem *problem);

#endif
