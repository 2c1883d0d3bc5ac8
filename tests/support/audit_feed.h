/* SPDX-License-Identifier: Apache-2.0
 *
 * audit_feed.h - feeds an auditor's replica from a registry in the same process, and remembers what the
 * auditor told.
 */
#ifndef TESTS_SUPPORT_AUDIT_FEED_H
#define TESTS_SUPPORT_AUDIT_FEED_H

#include <credit/audit.h>

#define FEED_FINDINGS_MAX 64

struct audit_feed {
	struct credit_audit *audit;
	/* What was told. */
	struct credit_finding findings[FEED_FINDINGS_MAX];
	size_t finding_count;
	uint64_t publications, honest;
	/* Changes a whole part before the auditor sees it; NULL: nothing. */
	void (*tamper)(void *context, enum credit_delta_part part, struct credit_bytes *bytes,
		struct credit_hash *leaf);
	void *context;
};

/* Opens the replica in `folder`; the test fails when that fails. */
void audit_feed_open(
	struct audit_feed *feed, const char *folder, const struct credit_named_key *log_key);
void audit_feed_close(struct audit_feed *feed);
/* Takes at most `publications` publications (0: all there are), in pieces of at most `limit` bytes; commits
 * after each. */
enum credit_error audit_feed_run(struct audit_feed *feed, struct credit_registry *registry,
	uint64_t publications, size_t limit);
/* How often an error was found. */
size_t audit_feed_found(const struct audit_feed *feed, enum credit_error error);

#endif
