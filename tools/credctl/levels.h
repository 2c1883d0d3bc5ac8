/* SPDX-License-Identifier: Apache-2.0
 *
 * levels.h - how far a true status is shown: by the registry alone, by the departments that signed its
 * listings, by an auditor that ran it again (docs/spec/audit.md).
 */
#ifndef CREDCTL_LEVELS_H
#define CREDCTL_LEVELS_H

#include "app.h"
#include "status_proof.h"

#include <jansson.h>

struct levels {
	bool deep_asked, department_signed;
	struct credit_deep_verdict deep;
	bool auditors_asked, auditor_cosigned;
	char auditor[CREDIT_KEY_NAME_MAX + 1]; /* the first that has */
	credit_ms_t audited_at;
	struct credit_problem
		missing; /* the first level that was asked for and is not reached; else _OK */
};

/* Of a verified bundle. Returns only what keeps it from looking: files that cannot be read. */
enum credit_error levels_find(struct credit_bytes bundle,
	const struct credit_status_verdict *verdict, const struct status_proof_trust *trust,
	struct levels *ret_levels, struct credit_problem *problem) CREDIT_MUST_CHECK;
void levels_print(const struct app *app, const struct levels *levels);
/* {"levels": [...], "auditor": ..., ...} */
json_t *levels_json(const struct levels *levels);

#endif
