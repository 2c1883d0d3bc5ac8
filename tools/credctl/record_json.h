/* SPDX-License-Identifier: Apache-2.0
 *
 * record_json.h - a record as scripts read it, of today (credctl records) or of once (credctl history).
 */
#ifndef CREDCTL_RECORD_JSON_H
#define CREDCTL_RECORD_JSON_H

#include <credit/v1/status.pb-c.h>

#include <jansson.h>

json_t *record_json(const Credit__V1__Record *record);

#endif
