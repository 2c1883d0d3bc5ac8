/* SPDX-License-Identifier: Apache-2.0
 *
 * service.h - what the handlers of credit.v1 share: the registry's eyes, the writer, their helpers.
 *
 * Each handler decodes its request into the call's arena, looks at the registry through the view of
 * its worker thread, and replies with a few parts: field headers made here and bytes as they are
 * stored. Nothing that the registry has serialised already is taken apart to be sent.
 *
 * Threads: handlers run on worker threads; but for the flag, struct credd_service does not change while
 * they do.
 */
#ifndef CREDD_SERVICE_H
#define CREDD_SERVICE_H

#include "rpc/rpc.h"

#include <credit/registry.h>

#include <stdatomic.h>

struct credd_metrics;
struct credd_writer;
struct credd_rates;

struct credd_service {
	struct credd_writer *writer;
	struct credd_rates *rates;  /* how often who may call */
	struct credit_view **views; /* one for each worker */
	uint32_t interval_ms;       /* of publication: when to ask again */
	uint32_t slow_ms;           /* slower calls are logged as warnings */
	int64_t deltas_ms;          /* how long deltas are kept for auditors */
	atomic_flag backing_up;     /* one backup at a time */
	int64_t watch_keep_ms;      /* a watch is not resumed from further back */
	struct credd_watchers *watchers;
	struct credd_metrics *metrics;
	const char *snapshot_folder; /* NULL: no snapshots are made */
};

/* --- watch.c: who waits for the next publication --- */

/* NULL when there is no memory. */
struct credd_watchers *credd_watchers_new(void);
/* After the server was freed. NULL is allowed. */
void credd_watchers_free(struct credd_watchers *watchers);
/* There is a new publication. From any thread. */
void credd_watchers_wake(struct credd_watchers *watchers);

/* --- handlers: case.c, own.c ----------------------------------------------------------------- */

void credd_list_cases(void *service, struct credd_call *call, enum credd_event event);
void credd_get_case(void *service, struct credd_call *call, enum credd_event event);
void credd_get_document(void *service, struct credd_call *call, enum credd_event event);
void credd_get_own(void *service, struct credd_call *call, enum credd_event event);

/* --- handlers: status.c, history.c, filing.c, notice.c, transparency.c, audit.c, snapshot.c, admin.c */

void credd_get_status(void *service, struct credd_call *call, enum credd_event event);
void credd_batch_get_status(void *service, struct credd_call *call, enum credd_event event);
void credd_list_records(void *service, struct credd_call *call, enum credd_event event);
void credd_get_history(void *service, struct credd_call *call, enum credd_event event);
void credd_get_notice(void *service, struct credd_call *call, enum credd_event event);
void credd_list_notices(void *service, struct credd_call *call, enum credd_event event);
void credd_submit(void *service, struct credd_call *call, enum credd_event event);
void credd_stage_load(void *service, struct credd_call *call, enum credd_event event); /* load.c */
void credd_get_act(void *service, struct credd_call *call, enum credd_event event);
void credd_get_checkpoint(void *service, struct credd_call *call, enum credd_event event);
void credd_get_inclusion_proof(void *service, struct credd_call *call, enum credd_event event);
void credd_get_consistency_proof(void *service, struct credd_call *call, enum credd_event event);
void credd_watch_status(void *service, struct credd_call *call, enum credd_event event);
void credd_get_grade(void *service, struct credd_call *call, enum credd_event event);
void credd_stream_inspection_list(void *service, struct credd_call *call, enum credd_event event);
void credd_get_status_proof(void *service, struct credd_call *call, enum credd_event event);
void credd_stream_deltas(void *service, struct credd_call *call, enum credd_event event);
void credd_submit_cosignature(void *service, struct credd_call *call, enum credd_event event);
void credd_get_snapshot(void *service, struct credd_call *call, enum credd_event event);

/* supervision.c, figures.c, measures.c, accesses.c */
void credd_list_tasks(void *service, struct credd_call *call, enum credd_event event);
void credd_list_overdue(void *service, struct credd_call *call, enum credd_event event);
void credd_get_assessment(void *service, struct credd_call *call, enum credd_event event);
void credd_get_measure_statistics(void *service, struct credd_call *call, enum credd_event event);
void credd_list_measures(void *service, struct credd_call *call, enum credd_event event);
void credd_list_subscriptions(void *service, struct credd_call *call, enum credd_event event);
void credd_list_deliveries(void *service, struct credd_call *call, enum credd_event event);
void credd_list_accesses(void *service, struct credd_call *call, enum credd_event event);
void credd_scrub(void *service, struct credd_call *call, enum credd_event event);
void credd_get_scrub_state(void *service, struct credd_call *call, enum credd_event event);
void credd_backup(void *service, struct credd_call *call, enum credd_event event);

/* Memory that a request and its reply may take in the call's arena. */
#define CREDD_ARENA_SMALL ((size_t)64 << 10)
#define CREDD_ARENA_PROOF ((size_t)128 << 10) /* a publication's row, and a bundle or checkpoint */
#define CREDD_ARENA_BATCH ((size_t)512 << 10) /* 1,000 codes, 1,000 statuses of 161 bytes */
/* 101 records of up to 32 KiB, decoded, and once more while their reading is recorded. */
#define CREDD_ARENA_RECORDS ((size_t)12 << 20)
#define CREDD_ARENA_DELTAS ((size_t)256 << 10) /* one message of a stream */
#define CREDD_ARENA_GRADE ((size_t)16 << 20)   /* the records that a grade is judged by */

#define CREDD_ARENA_DOCUMENT \
	((size_t)6 << 20)                  /* one of CREDIT_ATTACHMENT_MAX, opened and replied */
#define CREDD_ARENA_LOAD ((size_t)3 << 20) /* rows of CREDIT_LOAD_PIECE_MAX */
/* A receipt is built from its epoch's header, which counts every commitment of the epoch. */
#define CREDD_ARENA_RECEIPT ((size_t)64 << 20)
#define CREDD_ARENA_SUBMIT \
	((size_t)20 << 20) /* a filing of CREDIT_FILING_MAX and its 1,000 acts \
			    */

/* --- helpers: reply.c ------------------------------------------------------------------------ */

/* Decodes the request into the call's arena; NULL when it was refused and the call has failed. */
void *credd_decode(struct credd_call *call, const ProtobufCMessageDescriptor *type);

/* The view of this worker, begun; NULL when that failed and the call has failed. */
struct credit_view *credd_view(struct credd_service *service, struct credd_call *call);
/* The message Grade as it is today. CREDIT_E_NOT_FOUND; CREDIT_E_GRADING_MISSING when the book has none. */
enum credit_error credd_pack_grade(struct credit_view *view, const struct credit_uscc *uscc,
	struct credit_arena *arena, struct credit_bytes *ret_grade) CREDIT_MUST_CHECK;

/* The publication that answers come from; false when the caller wants a later one, and the call has
 * failed. (status.c) */
bool credd_read_publication(const struct credd_service *service, struct credd_call *call,
	struct credit_view *view, uint64_t min_epoch, struct credit_publication *ret_publication);
/* Fails the call for a code that is not enrolled; `plain` is what credit_uscc_check says of it.
 * (status.c) */
void credd_explain_absence(struct credd_call *call, const char *field,
	const struct credit_uscc *uscc, enum credit_error plain);

/* One page of a list (AIP-158): its size, and what the token of the page before holds. A page larger than
 * the most is made smaller, a negative one refused. */
#define CREDD_PAGE_MAX 100
enum credit_error credd_page_size(
	int32_t asked, uint32_t *ret_limit, struct credit_problem *problem) CREDIT_MUST_CHECK;
enum credit_error credd_page_token(const char *token, void *ret_data, size_t size,
	struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Empty, or the 2, 4 or 6 digits of an administrative division, in a request's field `region`. */
enum credit_error credd_check_region(
	const char *region, struct credit_problem *problem) CREDIT_MUST_CHECK;

/* Ends the call with an error that has no field of its own. */
void credd_fail(struct credd_call *call, enum credit_error error);

/* --- reads that are recorded: recorded.c ------------------------------------------------------ */

struct credd_reply;

/* Whoever reads must be an enrolled authority and say what for; else the call fails, false. */
bool credd_may_be_recorded(const struct credd_service *service, struct credd_call *call,
	struct credit_view *view, const char *purpose);
/* Records the call under its method's name (credd_method.recorded_as) and then runs `then`, on the writer
 * thread, which finishes the call; when it cannot be recorded the call fails. `entity` NULL: the registry
 * as a whole. `context` lives in the call's arena. */
void credd_record_first(struct credd_service *service, struct credd_call *call,
	const struct credit_uscc *entity, const char *purpose,
	void (*then)(struct credd_call *call, void *context), void *context);
/* Replies once the read of this entity's data is in the log: "who looked" comes before the answer. Copies
 * the reply, so that the view may be ended. */
void credd_reply_recorded(struct credd_service *service, struct credd_call *call,
	const struct credit_uscc *entity, const char *purpose, const struct credd_reply *reply);

/* A reply message, field by field. Bytes are borrowed until it is sent. Large enough for a page of
 * records, which is why it is begun with _begin and not zeroed. */
#define CREDD_REPLY_FIELDS_MAX 104
struct credd_reply {
	size_t fields, parts;
	struct credit_bytes part[2 * CREDD_REPLY_FIELDS_MAX];
	uint8_t header[CREDD_REPLY_FIELDS_MAX][16];
};
void credd_reply_begin(struct credd_reply *reply);
/* Fields with the default value (0, empty) are left out, as proto3 has it. */
void credd_reply_number(struct credd_reply *reply, uint32_t field, uint64_t value);
void credd_reply_bytes(struct credd_reply *reply, uint32_t field, struct credit_bytes value);
/* A message, present also when it is empty. */
void credd_reply_message(struct credd_reply *reply, uint32_t field, struct credit_bytes value);
/* The header of a length-delimited field; returns its size. `header` has room for 11 bytes. */
size_t credd_field_header(uint8_t *header, uint32_t field, size_t size);

#endif
