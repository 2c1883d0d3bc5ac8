/* SPDX-License-Identifier: Apache-2.0
 *
 * status_counts.h - what a Status counts beside its listings, in words and in JSON.
 */
#ifndef CREDCTL_STATUS_COUNTS_H
#define CREDCTL_STATUS_COUNTS_H

#include "app.h"
#include "output.h"

#include <credit/v1/status.pb-c.h>

/* One field each: penalties always, the others where there are any. */
void status_counts_print(const struct app *app, const Credit__V1__Status *status);
/* Sets one member each; all are 0 when `status` is NULL. */
void status_counts_json(json_t *object, const Credit__V1__Status *status);

#endif
