/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.h - an auditor's replica of a registry: it runs every publication again and says which lied.
 *
 * The replica is a folder with a state like the registry's own, and no journal. It is fed with deltas
 * (registry.h, audit_service.proto). For each publication it checks that every filing is signed by a
 * key enrolled in that epoch, that every act is the one that was sealed and the one in the log, that
 * the rules give the recorded effects (all but drawn openings), that publications change no status,
 * and that the statuses give the map root that the log ends with. It decides and applies with the
 * registry's own functions.
 *
 * What is found false is told and the run goes on, on the effects as recorded, so that one lie does
 * not hide the next. From the first lie on nothing is cosigned: later publications stand on it.
 *
 * Threads: a struct credit_audit belongs to one thread.
 *
 * Source: docs/spec/audit.md.
 */
#ifndef CREDIT_AUDIT_H
#define CREDIT_AUDIT_H

#include <credit/registry.h>

struct credit_audit;

/* One thing found false. */
struct credit_finding {
	struct credit_problem problem; /* its error: one of CREDIT_E_AUDIT_* */
	uint64_t publication;          /* which lied */
	uint64_t epoch;                /* 0: not one epoch's matter */
	bool has_row;
	uint32_t row;  /* of the epoch */
	uint64_t leaf; /* its index in the log */
};

struct credit_audit_options {
	const char *folder;              /* made when missing; locked while open */
	struct credit_named_key log_key; /* the registry's: pinned */
	size_t map_size;                 /* of the store at first; 0: 1 GiB */
	void (*finding)(void *context, const struct credit_finding *finding);
	/* A publication was run again; `honest`: nothing false in it nor before it, so that its
	 * checkpoint (valid until return) may be cosigned. */
	void (*publication)(
		void *context, uint64_t number, bool honest, struct credit_bytes checkpoint);
	void *context;
};

/* CREDIT_E_FOLDER_NOT_OURS when the folder follows another registry; CREDIT_E_BUSY, _STORE_*. */
CREDIT_API enum credit_error credit_audit_open(const struct credit_audit_options *options,
	struct credit_audit **ret_audit, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* What was not committed is forgotten. NULL is allowed. */
CREDIT_API void credit_audit_close(struct credit_audit *audit);

/* How far the replica is: the last publication taken. */
struct credit_audit_place {
	uint64_t publication, epoch; /* 0 before the first */
	credit_ms_t time;
	struct credit_tree_head head; /* of the tree that the publication ends */
	uint64_t lied;                /* the first publication that was found false; 0: none */
	uint64_t acts, erased;        /* rows taken, and those among them whose act was erased */
	uint64_t blind; /* the first publication that holds an erased act, which cannot
	                                * be run again: nothing is cosigned from there on. 0: none */
};
CREDIT_API void credit_audit_place(
	const struct credit_audit *audit, struct credit_audit_place *ret_place);

/* Takes the next whole part of a delta. `leaf`: of a row, the leaf hash that the log has there.
 * Lies are told through `finding` and are no error. CREDIT_E_DELTA_ORDER when parts come in an order
 * in which no registry sends them; faults of the store. After an error the audit is closed. */
CREDIT_API enum credit_error credit_audit_take(struct credit_audit *audit,
	enum credit_delta_part part, struct credit_bytes bytes,
	const struct credit_hash *leaf) CREDIT_MUST_CHECK;
/* Makes what was taken durable; between publications only. */
CREDIT_API enum credit_error credit_audit_commit(struct credit_audit *audit) CREDIT_MUST_CHECK;

/* The newest checkpoint that the auditor has seen and found to continue the one before: kept in the
 * folder, so that a registry cannot show another face later. Empty before the first. The view is valid
 * until the next call. Setting it commits; between publications only. */
CREDIT_API enum credit_error credit_audit_seen(
	struct credit_audit *audit, struct credit_bytes *ret_checkpoint) CREDIT_MUST_CHECK;
CREDIT_API enum credit_error credit_audit_see(
	struct credit_audit *audit, struct credit_bytes checkpoint) CREDIT_MUST_CHECK;

#endif
