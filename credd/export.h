/* SPDX-License-Identifier: Apache-2.0
 *
 * export.h - the thread that keeps publication.folder up to the last publication.
 *
 * The writer only says that there is something new; it never waits. The thread looks at most once
 * in every interval, so that a registry that publishes a hundred times a second does not sync
 * thousands of small files. A failure is logged once and tried again until it passes; the registry
 * goes on.
 *
 * Threads: _start and _stop one after the other; _wake from any.
 */
#ifndef CREDD_EXPORT_H
#define CREDD_EXPORT_H

#include <credit/registry.h>

struct credd_export;

/* Opens the folder and begins. The errors of credit_exporter_open: a folder that is not this log's
 * is the administrator's to look at, before anything is served. */
enum credit_error credd_export_start(struct credit_registry *registry, const char *folder,
	uint32_t interval_ms, int64_t kept_ms, struct credd_export **ret_export,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* There is a new publication. NULL is allowed. */
void credd_export_wake(struct credd_export *export);
/* Exports what was published last, for a few seconds at most, and ends; before the registry is
 * closed. NULL is allowed. */
void credd_export_stop(struct credd_export *export);

#endif
