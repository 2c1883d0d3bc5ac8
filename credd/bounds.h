/* SPDX-License-Identifier: Apache-2.0
 *
 * bounds.h - open files and memory that the configuration asks for, held against what the system allows.
 *
 * Everything from outside is bounded by the configuration, so the most that can be needed is known
 * before the start. A daemon that could be brought to its knees by clients who stay within their limits
 * does not start.
 */
#ifndef CREDD_BOUNDS_H
#define CREDD_BOUNDS_H

#include "config.h"

/* Raises the number of open files if need be. CREDIT_E_FILES_LIMIT, CREDIT_E_MEMORY_LIMIT with what is
 * needed and what is allowed. */
enum credit_error credd_bounds_check(
	const struct credd_config *config, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* The most private memory that the configuration lets clients ask for, in bytes. */
uint64_t credd_bounds_memory(const struct credd_config *config);

#endif
