/* SPDX-License-Identifier: Apache-2.0
 *
 * config.h - credd.yaml: what the daemon is told before it starts.
 *
 * One table (config_table.c) holds all there is to say of a setting: its path in the file, type,
 * bounds, default, and help in English and Chinese. The reader, the check and the reference manual
 * are made from it. A setting that is not in the table is refused, and so is a second value for the
 * same one: a typing error never becomes a silent default.
 *
 * Depends on libcredit's base, uscc and crypto rooms and, of the daemon, on the classes of rate.h.
 *
 * Owns: a struct credd_config holds all texts it points at, until credd_config_deinit.
 * Threads: pure functions.
 */
#ifndef CREDD_CONFIG_H
#define CREDD_CONFIG_H

#include "rate.h"

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/uscc.h>

#include <stdio.h>

#define CREDD_CONFIG_FILE_MAX 65536 /* bytes of credd.yaml */

/* An optional code. */
struct credd_config_uscc {
	bool given;
	struct credit_uscc uscc;
};

struct credd_config {
	const char *origin;
	const char *data,
		*head; /* paths: as given when absolute, else joined to the file's folder */

	struct credd_config_uscc root_uscc;
	struct credit_named_key root_key;
	const char *log_key, *system_key;

	const char *tcp;    /* NULL: no TCP */
	const char *socket; /* NULL: no Unix socket */
	uint32_t socket_mode;
	struct credd_config_uscc socket_authority;
	const char *tls_certificate, *tls_key, *tls_client_ca; /* NULL without TCP */

	uint32_t workers; /* 0: as many as processors */
	uint32_t message_bytes, calls, connections, answer_bytes, unheard_bytes;
	uint32_t calls_per_address, calls_per_connection, vain_calls;
	uint32_t connections_per_address, connects_per_second;
	uint32_t handshake_ms, stall_ms;
	uint32_t queue, queue_bytes, epoch_filings;
	uint32_t drain_ms;
	uint32_t interval_ms, idle_ms, at_least_ms;
	const char *publication_folder; /* NULL: none */
	uint32_t bundle_days;           /* that its bundles of entries are kept; 0: for ever */

	uint32_t deltas_hours;      /* that deltas are kept */
	const char *witness_policy; /* NULL: no witnesses */
	const char *witness_ca;     /* NULL: the system's */
	uint32_t witness_timeout_ms, witness_needed;
	uint32_t snapshot_interval_hours, snapshot_keep;
	uint32_t watch_keep_days;
	uint32_t scrub_minutes;

	const char *metrics; /* NULL: none */
	struct credd_rate_quotas rates;

	uint32_t log_level; /* enum credd_level */
	uint32_t slow_ms;
	bool reflection;

	struct credit_arena texts;
};

/* Where in the file a problem lies, for "file:line: ...". Line 0: in no line (a missing setting).
 */
struct credd_config_place {
	unsigned line;
};

/* Reads `text` as YAML; `folder` is what relative paths are joined to. Every setting is checked by
 * its row, then those that depend on each other. CREDIT_E_CONFIG_SYNTAX, _CONFIG_UNKNOWN,
 * _CONFIG_VALUE, _FIELD_MISSING; problem->field is the setting's path. */
enum credit_error credd_config_parse(struct credit_bytes text, const char *folder,
	struct credd_config *ret_config, struct credit_problem *problem,
	struct credd_config_place *ret_place) CREDIT_MUST_CHECK;
/* The same from a file. CREDIT_E_IO when it cannot be read. */
enum credit_error credd_config_load(const char *path, struct credd_config *ret_config,
	struct credit_problem *problem, struct credd_config_place *ret_place) CREDIT_MUST_CHECK;
void credd_config_deinit(struct credd_config *config);

/* The reference of all settings, as in credd.yaml(5). */
void credd_config_help(FILE *out);

#endif
