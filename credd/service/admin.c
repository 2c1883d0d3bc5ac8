/* SPDX-License-Identifier: Apache-2.0
 *
 * admin.c - credit.v1.AdminService: scrubs and backups, for the operator at the Unix socket.
 *
 * Both take as long as the database is large, so that no worker does them: a scrub is the writer's, a
 * backup has a thread of its own, which ends by finishing its call. The server waits for both when it
 * stops, and a call that is given up has its backup given up too.
 */
#include "service/service.h"

#include "log.h"
#include "writer.h"

#include "credit/v1/admin_service.pb-c.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What was asked for. In the call's arena, which lives until the call is finished. */
struct asked {
	struct credd_service *service;
	struct credd_call *call;
	const Credit__V1__BackupRequest *backup; /* NULL: none */
	struct credd_scrub_job scrub;
};

/* Has `then` run with a struct asked when it is recorded who asks and what for; else the call fails. */
static void record(struct credd_service *service, struct credd_call *call, const char *purpose,
	const Credit__V1__BackupRequest *backup,
	void (*then)(struct credd_call *call, void *context))
{
	struct asked *asked = credit_arena_alloc(credd_call_arena(call), sizeof *asked);
	struct credit_view *view;
	bool may;

	if (!asked) {
		credd_fail(call, CREDIT_E_NO_MEMORY);
		return;
	}
	*asked = (struct asked){.service = service, .call = call, .backup = backup};
	view = credd_view(service, call);
	if (!view)
		return;
	may = credd_may_be_recorded(service, call, view, purpose);
	credit_view_end(view);
	if (may)
		credd_record_first(service, call, NULL, purpose, then, asked);
}

/* --- scrubs ------------------------------------------------------------------------------------ */

static void scrubbed(struct credd_scrub_job *job)
{
	struct credd_reply reply;

	if (job->error != CREDIT_OK) {
		credd_fail(job->call, job->error);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_number(&reply, 1, job->scrubbed);
	credd_call_reply(job->call, reply.part, reply.parts);
}

/* It is in the log that somebody wants this, and why. */
static void start_scrub(struct credd_call *call, void *context)
{
	struct asked *asked = context;
	enum credit_error error;

	asked->scrub = (struct credd_scrub_job){.call = call, .done = scrubbed};
	error = credd_writer_scrub(asked->service->writer, &asked->scrub);
	if (error != CREDIT_OK)
		credd_fail(call, error);
}

void credd_scrub(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__ScrubRequest *request;

	/* Once asked for it is done, whether or not anybody still waits. */
	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__scrub_request__descriptor);
	if (request)
		record(service, call, request->purpose, NULL, start_scrub);
}

void credd_get_scrub_state(void *service, struct credd_call *call, enum credd_event event)
{
	struct credit_scrub_state state;
	struct credd_reply reply;

	if (event != CREDD_EVENT_REQUEST ||
		!credd_decode(call, &credit__v1__get_scrub_state_request__descriptor))
		return;
	struct credit_view *view = credd_view(service, call);
	if (!view)
		return;
	enum credit_error error = credit_view_scrub_state(view, &state);
	credit_view_end(view);
	if (error != CREDIT_OK) {
		credd_fail(call, error);
		return;
	}
	credd_reply_begin(&reply);
	credd_reply_number(&reply, 1, state.pending);
	credd_reply_number(&reply, 2, (uint64_t)state.pending_since.ms);
	credd_reply_number(&reply, 3, state.erasure_epoch);
	credd_reply_number(&reply, 4, (uint64_t)state.erased_at.ms);
	credd_call_reply(call, reply.part, reply.parts);
}

/* --- backups ----------------------------------------------------------------------------------- */

static bool go_on(void *context)
{
	return !credd_call_cancelled(context);
}

static void log_backup(const struct credit_backup *backup, const struct credit_problem *problem)
{
	struct credd_line line;

	credd_line_begin(
		&line, problem ? CREDD_ERROR : CREDD_INFO, problem ? "backup-failed" : "backup");
	if (problem) {
		credd_line_problem(&line, problem);
	} else {
		credd_line_number(&line, "epoch", (int64_t)backup->epoch);
		credd_line_number(&line, "bytes", (int64_t)backup->bytes);
	}
	credd_line_end(&line);
}

static void reply_backup(struct credd_call *call, const struct credit_backup *backup)
{
	char name[CREDIT_BACKUP_NAME_MAX];
	struct credd_reply reply;

	credd_reply_begin(&reply);
	credd_reply_bytes(&reply, 1, credit_bytes_of(credit_backup_name(backup, name)));
	credd_reply_number(&reply, 2, backup->epoch);
	credd_reply_number(&reply, 3, backup->head.size);
	credd_reply_bytes(
		&reply, 4, (struct credit_bytes){backup->digest.byte, sizeof backup->digest.byte});
	credd_reply_number(&reply, 5, backup->bytes);
	credd_call_reply(call, reply.part, reply.parts);
}

#define LOOK_MS 5

/* That a backup was asked for is recorded in an epoch, and a backup ends with a publication: with one that
 * holds it, or the newest backup would always be behind what was signed. */
static enum credit_error wait_for_publication(
	struct credd_service *service, struct credd_call *call)
{
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000};
	struct credit_publication publication = {0};
	struct credit_view *view;
	enum credit_error error = credit_view_new(credd_writer_registry(service->writer), &view);
	uint64_t wanted;

	if (error)
		return error;
	wanted = credit_view_newest_epoch(view);
	while (!error && publication.epoch < wanted) {
		error = credit_view_begin(view);
		if (error)
			break;
		error = credit_view_publication(view, &publication);
		credit_view_end(view);
		if (!error && credd_call_cancelled(call))
			error = CREDIT_E_CANCELLED;
		if (!error && publication.epoch < wanted)
			nanosleep(&pause, NULL);
	}
	credit_view_free(view);
	return error;
}

static enum credit_error make_backup(
	const struct asked *job, struct credit_backup *ret_backup, struct credit_problem *problem)
{
	const Credit__V1__BackupRequest *request = job->backup;
	struct credit_public_key seal_to;
	enum credit_error error = wait_for_publication(job->service, job->call);

	if (error)
		return credit_problem_set(problem, error, NULL, NULL, NULL);
	if (request->encrypt_to.len > 0)
		memcpy(seal_to.byte, request->encrypt_to.data, sizeof seal_to.byte);
	return credit_backup_make(credd_writer_registry(job->service->writer), request->folder,
		request->encrypt_to.len > 0 ? &seal_to : NULL, go_on, job->call, ret_backup,
		problem);
}

static void *back_up(void *argument)
{
	const struct asked *job = argument;
	struct credd_service *service = job->service;
	struct credd_call *call = job->call;
	struct credit_problem problem;
	struct credit_backup backup;
	enum credit_error error = make_backup(job, &backup, &problem);

	if (error != CREDIT_E_EXISTS)
		log_backup(&backup, error ? &problem : NULL);
	/* Finishing the call is the last thing: the server may be gone after it. */
	atomic_flag_clear(&service->backing_up);
	if (error == CREDIT_OK)
		reply_backup(call, &backup);
	else
		credd_call_fail(call, &problem, 0);
	return NULL;
}

static enum credit_error start_thread(struct asked *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int rc;

	if (atomic_flag_test_and_set(&job->service->backing_up))
		return CREDIT_E_BUSY;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attributes, back_up, job);
	pthread_attr_destroy(&attributes);
	if (rc == 0)
		return CREDIT_OK;
	atomic_flag_clear(&job->service->backing_up);
	return CREDIT_E_NO_MEMORY;
}

static void start_backup(struct credd_call *call, void *context)
{
	enum credit_error error = start_thread(context);

	if (error != CREDIT_OK)
		credd_fail(call, error);
}

void credd_backup(void *service, struct credd_call *call, enum credd_event event)
{
	const Credit__V1__BackupRequest *request;
	struct credit_problem problem;

	/* The thread looks by itself whether the client has gone. */
	if (event != CREDD_EVENT_REQUEST)
		return;
	request = credd_decode(call, &credit__v1__backup_request__descriptor);
	if (!request)
		return;
	/* The daemon's own folder is nobody's business. */
	if (request->folder[0] != '/') {
		credit_problem_set(
			&problem, CREDIT_E_FIELD_FORM, "folder", NULL, "a path that begins with /");
		credd_call_fail(call, &problem, 0);
		return;
	}
	if (request->encrypt_to.len != 0 && request->encrypt_to.len != CREDIT_PUBLIC_KEY_SIZE) {
		credit_problem_set(&problem, CREDIT_E_FIELD_SIZE, "encrypt_to", NULL, "%d bytes",
			CREDIT_PUBLIC_KEY_SIZE);
		credd_call_fail(call, &problem, 0);
		return;
	}
	record(service, call, request->purpose, request, start_backup);
}
