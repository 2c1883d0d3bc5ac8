/* SPDX-License-Identifier: Apache-2.0
 *
 * import_send.c - filings to the daemon, several in flight, each until it has an answer.
 *
 * Half of the window is sealed at a time, so that the state file is written once for several filings.
 * What comes back as "later" (busy, stopping, no connection, no time) is sent again, the same bytes;
 * what comes back as "no" to a whole filing ends the import, because the next would fare no better.
 */
#include "import.h"

#include "file.h"
#include "receipts.h"

#include <credit/log.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 200
#define PAUSE_MS 50 /* when nothing is on its way and nothing is due */
#define FIRST_DELAY_MS 100
#define LAST_DELAY_MS 5000

void import_filing_free(struct import_filing *filing)
{
	if (!filing)
		return;
	for (size_t i = 0; i < filing->count; i++)
		free(filing->acts[i].line);
	free(filing->acts);
	file_free(filing->request);
	free(filing);
}

static void forget(struct import *import, struct import_filing *filing)
{
	struct import_filing **link = &import->first;

	import->last = NULL;
	while (*link) {
		if (*link == filing) {
			*link = filing->next;
			continue;
		}
		import->last = *link;
		link = &(*link)->next;
	}
	import->filings--;
	import_filing_free(filing);
}

/* --- an answer -------------------------------------------------------------------------------- */

static enum credit_error check_checkpoint(const struct import *import,
	const struct receipts *receipts, struct credit_problem *problem)
{
	struct credit_tree_head head;
	enum credit_error error;

	/* An answer that accepts nothing needs none. */
	if (!import->registry.pinned || receipts->answer->n_accepted == 0)
		return CREDIT_OK;
	error = credit_checkpoint_open((struct credit_bytes){receipts->answer->checkpoint.data,
					       receipts->answer->checkpoint.len},
		&import->registry.key, &head);
	return error == CREDIT_OK ? error
				  : credit_problem_set(problem, error, "checkpoint", NULL, NULL);
}

static enum credit_error keep_receipts(const struct import *import,
	const struct import_filing *filing, struct credit_bytes reply,
	struct credit_problem *problem)
{
	char path[PATH_MAX], name[17];
	struct credit_hash digest;

	if (!import->values->receipts)
		return CREDIT_OK;
	credit_sha256(filing->request, &digest);
	credit_hex(digest.byte, 8, name);
	if ((size_t)snprintf(path, sizeof path, "%s/%012llu-%s.receipts", import->values->receipts,
		    (unsigned long long)filing->acts[0].row, name) >= sizeof path)
		return credit_problem_set(
			problem, CREDIT_E_TOO_LARGE, import->values->receipts, NULL, NULL);
	return receipts_write(path, filing->request, reply, problem);
}

/* Why the entity of a row was not enrolled, when its enrolment was in the same filing. */
static bool enrolment_problem(const struct import_filing *filing, const struct receipts *receipts,
	const struct credit_uscc *entity, struct credit_problem *ret_problem)
{
	for (size_t i = 0; i < filing->count && filing->acts[i].enrolment; i++) {
		const Credit__V1__AcceptedAct *accepted;

		if (memcmp(&filing->acts[i].entity, entity, sizeof *entity) == 0)
			return receipts_verdict(receipts, (uint32_t)i, &accepted, ret_problem) !=
			       CREDIT_OK;
	}
	return false;
}

static enum credit_error account_act(struct import *import, const struct import_filing *filing,
	const struct receipts *receipts, size_t index)
{
	const struct import_act *act = &filing->acts[index];
	const Credit__V1__AcceptedAct *accepted;
	struct credit_problem problem = {0}, why = {0};
	enum credit_error error = receipts_verdict(receipts, (uint32_t)index, &accepted, &problem);

	if (act->enrolment) {
		import->tally.enrolled += error == CREDIT_OK;
		/* Another filing, or somebody else, was faster. */
		return error == CREDIT_OK || error == CREDIT_E_ENTITY_EXISTS
			       ? code_set_add(import->enrolled, &act->entity)
			       : CREDIT_OK;
	}
	if (error == CREDIT_OK) {
		import->tally.accepted++;
		return CREDIT_OK;
	}
	if (error == CREDIT_E_ENTITY_UNKNOWN &&
		enrolment_problem(filing, receipts, &act->entity, &why))
		problem = why;
	sheet_name_column(&import->sheet, &problem);
	import_refuse(import, act->row, act->line, &problem);
	return CREDIT_OK;
}

static enum credit_error take_answer(struct import *import, struct import_filing *filing,
	struct credit_bytes reply, struct credit_problem *problem)
{
	struct receipts receipts;
	struct credit_arena arena;
	enum credit_error error;

	credit_arena_init(&arena, NULL, 0, REPLY_MAX);
	error = receipts_open(filing->request, reply, &arena, &receipts, problem);
	if (error == CREDIT_OK)
		error = check_checkpoint(import, &receipts, problem);
	if (error == CREDIT_OK)
		error = keep_receipts(import, filing, reply, problem);
	for (size_t i = 0; error == CREDIT_OK && i < filing->count; i++) {
		error = account_act(import, filing, &receipts, i);
		if (error != CREDIT_OK)
			credit_problem_set(problem, error, NULL, NULL, NULL);
	}
	credit_arena_deinit(&arena);
	if (error == CREDIT_OK)
		forget(import, filing);
	return error;
}

/* --- sending ---------------------------------------------------------------------------------- */

bool import_is_for_later(enum credit_error error)
{
	enum credit_error_class class = credit_error_class(error);

	return class == CREDIT_CLASS_UNAVAILABLE || class == CREDIT_CLASS_EXHAUSTED ||
	       class == CREDIT_CLASS_CANCELLED;
}

int64_t import_delay(unsigned attempts)
{
	int64_t delay = (int64_t)FIRST_DELAY_MS << (attempts < 6 ? attempts : 6);

	return delay < LAST_DELAY_MS ? delay : LAST_DELAY_MS;
}

void import_sleep(int64_t ms)
{
	const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

static void postpone(struct import_filing *filing, uint32_t asked_ms)
{
	int64_t delay = import_delay(filing->attempts);

	if (delay < (int64_t)asked_ms)
		delay = asked_ms;
	filing->attempts++;
	filing->due = import_clock() + delay;
}

/* What is on its way through the loop. */
struct sending {
	struct import *import;
	size_t flying;
	bool stopping; /* nothing new: a filing was refused, or it took too long */
	enum credit_error error;
	struct credit_problem *problem;
};

static void stop(
	struct sending *sending, enum credit_error error, const struct credit_problem *problem)
{
	if (sending->stopping)
		return;
	sending->stopping = true;
	sending->error = error;
	*sending->problem = *problem;
}

static void start_due(struct sending *sending)
{
	struct import *import = sending->import;
	int64_t now = import_clock();

	for (struct import_filing *filing = import->first; filing; filing = filing->next) {
		if (sending->stopping || filing->flying || filing->due > now)
			continue;
		enum credit_error error =
			client_start(import->client, "/credit.v1.FilingService/Submit",
				filing->request, (uint32_t)(import->app->timeout * 1000), filing);
		if (error != CREDIT_OK) {
			postpone(filing, 0);
			continue;
		}
		filing->flying = filing->sent = true;
		sending->flying++;
	}
}

static void take_completion(struct sending *sending, struct client_completion *completion)
{
	struct import *import = sending->import;
	struct import_filing *filing = completion->tag;
	struct credit_problem problem = {0};

	filing->flying = false;
	sending->flying--;
	if (completion->error == CREDIT_OK) {
		import->answered++;
		enum credit_error error = take_answer(import, filing,
			(struct credit_bytes){completion->reply.data, completion->reply.size},
			&problem);

		free(completion->reply.data);
		if (error != CREDIT_OK)
			stop(sending, error, &problem);
		import->succeeded = import_clock();
	} else if (import_is_for_later(completion->error)) {
		postpone(filing, completion->retry_after_ms);
		if (import_clock() - import->succeeded > (int64_t)import->values->give_up * 1000)
			stop(sending, completion->error, &completion->problem);
	} else {
		filing->refused = filing->attempts == 0;
		stop(sending, completion->error, &completion->problem);
	}
}

static void wait_for_one(struct sending *sending)
{
	struct client_completion completion;
	enum credit_error error;

	if (sending->flying == 0) {
		if (sending->import->first && !sending->stopping)
			import_sleep(PAUSE_MS);
		return;
	}
	memset(&completion, 0, sizeof completion);
	error = client_next(sending->import->client, WAIT_MS, &completion);
	if (error == CREDIT_OK) {
		take_completion(sending, &completion);
	} else if (error != CREDIT_E_BUSY) {
		struct credit_problem problem;

		credit_problem_set(&problem, error, NULL, NULL, NULL);
		stop(sending, error, &problem);
		sending->flying = 0;
	}
}

/* Seals up to a full window when half of it is empty, and writes the state before any of it is sent. */
static void fill_window(struct sending *sending)
{
	struct import *import = sending->import;
	struct credit_problem problem = {0};
	enum credit_error error = CREDIT_OK;

	if (sending->stopping || import->ended || 2 * import->filings > import->values->in_flight)
		return;
	while (error == CREDIT_OK && !import->ended && import->filings < import->values->in_flight)
		error = import_seal_next(import, &problem);
	if (error == CREDIT_OK)
		error = import_state_save(import, &problem);
	if (error != CREDIT_OK)
		stop(sending, error, &problem);
}

/* Whatever was sent was refused whole: there is nothing to go on with, and the mistake (the wrong key,
 * no grant) can be put right and all begun anew. */
static bool is_untouched(const struct import *import)
{
	if (import->tally.accepted > 0 || import->tally.enrolled > 0 || import->rows_before > 0)
		return false;
	for (const struct import_filing *filing = import->first; filing; filing = filing->next) {
		if (filing->sent && !filing->refused)
			return false;
	}
	return import->answered == 0;
}

static void begin_anew(struct import *import)
{
	unlink(import->state_path);
	if (import->rejects)
		unlink(import->values->rejects);
	while (import->first)
		forget(import, import->first);
}

enum credit_error import_send_all(struct import *import, struct credit_problem *problem)
{
	struct sending sending = {.import = import, .problem = problem};

	import->succeeded = import_clock();
	for (;;) {
		fill_window(&sending);
		start_due(&sending);
		wait_for_one(&sending);
		import_progress(import);
		if (sending.flying == 0 && (sending.stopping || (import->ended && !import->first)))
			break;
	}
	if (sending.stopping) {
		if (is_untouched(import))
			begin_anew(import);
		return sending.error;
	}
	import->tally.done = true;
	return import_state_save(import, problem);
}
