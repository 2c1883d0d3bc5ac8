/* SPDX-License-Identifier: Apache-2.0
 *
 * qr.h - a proof of a status as one QR code: the text in it, and its picture.
 *
 * Source: docs/spec/proof.md, section 4; capacities from ISO/IEC 18004, version 40.
 */
#ifndef CREDCTL_QR_H
#define CREDCTL_QR_H

#include <credit/base.h>

#define QR_PREFIX "CRP:"
#define QR_TEXT_MAX 4296   /* letters and digits in the largest symbol, at level L */
#define QR_BUNDLE_MAX 2861 /* bytes whose text is QR_TEXT_MAX long */

/* Do these bytes begin as the text of such a code does, after white space? */
bool qr_text_is(struct credit_bytes bytes);
/* The bundle in such a text, white space around it allowed. *ret_bundle is a view into `memory`, of
 * QR_BUNDLE_MAX bytes. problem->field is "bundle". */
enum credit_error qr_text_read(struct credit_bytes text, uint8_t *memory,
	struct credit_bytes *ret_bundle, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* What was drawn. */
struct qr_symbol {
	unsigned version; /* 1..40 */
	char level;       /* of error correction: 'M' or 'L' */
};
/* Draws the bundle into a PNG that must not exist yet: CREDIT_E_EXISTS. CREDIT_E_TOO_LARGE when one
 * symbol does not hold it. */
enum credit_error qr_create(const char *path, struct credit_bytes bundle,
	struct qr_symbol *ret_symbol, struct credit_problem *problem) CREDIT_MUST_CHECK;

#endif
