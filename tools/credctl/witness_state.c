/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_state.c - the logs that a witness knows: judge, keep, answer.
 */
#include "witness_state.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT "text/plain; charset=utf-8"
#define SIZE_TYPE "text/x.tlog.size"
/* A body, the log's own signature lines, and ours. */
#define KEPT_MAX (CREDIT_NOTE_MAX - 1)

struct log {
	struct credit_named_key key;
	char path[CREDIT_WITNESS_PATH_SIZE]; /* as it is asked for */
	struct credit_tree_head head;        /* size 0: none cosigned yet */
	uint8_t *note;                       /* the last cosigned checkpoint; NULL: none */
	size_t note_size;
	size_t line_size; /* of our cosignature, its last line */
};

struct witness {
	struct credit_cosigner cosigner;
	struct credit_key_pair pair;
	char folder[PATH_MAX];
	int lock;
	uint32_t log_count;
	struct log log[CREDIT_POLICY_LOGS_MAX];
};

/* --- the folder ------------------------------------------------------------------------------ */

/* <folder>/<hash of the origin> */
static enum credit_error file_of(const struct witness *witness, const struct log *log,
	char path[PATH_MAX], struct credit_problem *problem)
{
	int length = snprintf(
		path, PATH_MAX, "%s/%.*s", witness->folder, 2 * CREDIT_HASH_SIZE, log->path);

	if (length > 0 && length < PATH_MAX - (int)sizeof ".tmp")
		return CREDIT_OK;
	return credit_problem_set(problem, CREDIT_E_TOO_LARGE, witness->folder, NULL, NULL);
}

static enum credit_error open_folder(
	struct witness *witness, const char *path, struct credit_problem *problem)
{
	char lock[PATH_MAX];

	if ((size_t)snprintf(witness->folder, sizeof witness->folder, "%s", path) >=
			sizeof witness->folder ||
		(size_t)snprintf(lock, sizeof lock, "%s/lock", path) >= sizeof lock)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, path, NULL, NULL);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return file_fault(path, problem);
	witness->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (witness->lock < 0)
		return file_fault(lock, problem);
	if (flock(witness->lock, LOCK_EX | LOCK_NB) != 0)
		return credit_problem_set(problem, CREDIT_E_BUSY, path, NULL, NULL);
	return CREDIT_OK;
}

static void take_note(struct log *log, uint8_t *note, size_t size, size_t line_size)
{
	free(log->note);
	log->note = note;
	log->note_size = size;
	log->line_size = line_size;
}

/* What was cosigned last. It is what keeps the witness honest: damage is refused, not forgotten. */
static enum credit_error load_log(
	struct witness *witness, struct log *log, struct credit_problem *problem)
{
	struct credit_bytes bytes = {NULL, 0};
	char path[PATH_MAX];
	uint8_t *copy;
	enum credit_error error = file_of(witness, log, path, problem);

	if (error != CREDIT_OK)
		return error;
	if (access(path, F_OK) != 0)
		return errno == ENOENT ? CREDIT_OK : file_fault(path, problem);
	error = file_read(path, CREDIT_NOTE_MAX, &bytes, problem);
	if (error != CREDIT_OK)
		return error;
	error = credit_checkpoint_open(bytes, &log->key, &log->head);
	if (error != CREDIT_OK)
		credit_problem_set(problem, error, path, NULL,
			"the last checkpoint of this log; restore the file, a witness must not "
			"forget");
	copy = error == CREDIT_OK ? malloc(bytes.size) : NULL;
	if (copy) {
		memcpy(copy, bytes.data, bytes.size);
		take_note(log, copy, bytes.size, 0);
	} else if (error == CREDIT_OK) {
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, path, NULL, NULL);
	}
	file_free(bytes);
	return error;
}

static enum credit_error read_logs(
	struct witness *witness, const char *path, struct credit_problem *problem)
{
	static struct credit_policy logs; /* large, and read once */
	struct credit_bytes bytes = {NULL, 0};
	char place[CREDIT_FIELD_PATH_MAX];
	enum credit_error error = file_read(path, CREDIT_POLICY_FILE_MAX, &bytes, problem);

	if (error != CREDIT_OK)
		return error;
	error = credit_policy_parse_logs(bytes, &logs, problem);
	file_free(bytes);
	if (error != CREDIT_OK) {
		snprintf(place, sizeof place, "%s: ", path);
		credit_problem_prefix(problem, place);
	}
	for (uint32_t i = 0; i < logs.log_count && error == CREDIT_OK; i++) {
		struct log *log = &witness->log[i];

		log->key = logs.log[i].key;
		credit_witness_path(log->key.name, log->path);
		witness->log_count++;
		error = load_log(witness, log, problem);
	}
	return error;
}

enum credit_error witness_open(const struct witness_files *files, struct witness **ret_witness,
	struct credit_problem *problem)
{
	struct witness *witness = calloc(1, sizeof *witness);
	enum credit_error error;

	if (!witness)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	witness->lock = -1;
	error = file_cosigner_pair(files->key, &witness->cosigner, &witness->pair, problem);
	if (error == CREDIT_OK)
		error = open_folder(witness, files->state, problem);
	if (error == CREDIT_OK)
		error = read_logs(witness, files->logs, problem);
	if (error != CREDIT_OK) {
		witness_close(witness);
		return error;
	}
	*ret_witness = witness;
	return CREDIT_OK;
}

void witness_close(struct witness *witness)
{
	if (!witness)
		return;
	for (uint32_t i = 0; i < witness->log_count; i++)
		free(witness->log[i].note);
	if (witness->lock >= 0)
		close(witness->lock);
	credit_wipe(&witness->pair, sizeof witness->pair);
	free(witness);
}

const char *witness_name(const struct witness *witness)
{
	return witness->cosigner.key.name;
}

/* --- cosigning ------------------------------------------------------------------------------- */

/* The log's own lines of the note that was shown; what others signed is not ours to hand on. */
static enum credit_error put_log_lines(
	struct credit_bytes note, const struct log *log, struct credit_buffer *buffer)
{
	struct credit_bytes body, lines;
	enum credit_error error = credit_note_split(note, &body, &lines);

	if (error != CREDIT_OK)
		return error;
	credit_buffer_put(buffer, body.data, body.size);
	credit_buffer_put_text(buffer, "\n");
	while (lines.size > 0) {
		const uint8_t *begin = lines.data;
		struct credit_cosignature one;
		struct credit_bytes name;
		bool is;

		error = credit_cosignature_next(&lines, &name, &one, &is);
		if (error != CREDIT_OK)
			return error;
		if (one.key_hash == credit_vkey_hash(&log->key) &&
			credit_bytes_equal(name, credit_bytes_of(log->key.name)))
			credit_buffer_put(buffer, begin, (size_t)(lines.data - begin));
	}
	return CREDIT_OK;
}

/* The checkpoint to keep: the log's, with our cosignature as its last line. */
static enum credit_error cosign(const struct witness *witness, const struct log *log,
	const struct credit_add_checkpoint *request, uint64_t now, struct credit_buffer *buffer,
	size_t *ret_line_size)
{
	struct credit_cosignature cosignature;
	size_t before;
	enum credit_error error =
		credit_cosign(request->body, &witness->cosigner, &witness->pair, now, &cosignature);

	if (error == CREDIT_OK)
		error = put_log_lines(request->checkpoint, log, buffer);
	before = buffer->size;
	if (error == CREDIT_OK)
		error = credit_cosignature_line(&witness->cosigner, &cosignature, buffer);
	*ret_line_size = buffer->size - before;
	return error;
}

/* docs/spec/witness.md: "the new head is durable before the cosignature leaves the witness" */
static enum credit_error keep(struct witness *witness, struct log *log,
	const struct credit_add_checkpoint *request, uint64_t now, struct credit_problem *problem)
{
	uint8_t *note = malloc(KEPT_MAX);
	struct credit_buffer buffer;
	struct credit_bytes bytes;
	char path[PATH_MAX];
	size_t line_size;
	enum credit_error error;

	if (!note)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	credit_buffer_init(&buffer, note, KEPT_MAX);
	error = cosign(witness, log, request, now, &buffer, &line_size);
	if (error == CREDIT_OK)
		error = credit_buffer_done(&buffer, &bytes);
	if (error != CREDIT_OK)
		credit_problem_set(problem, error, "checkpoint", NULL, NULL);
	else
		error = file_of(witness, log, path, problem);
	if (error == CREDIT_OK)
		error = file_replace(path, 0644, bytes, problem);
	if (error != CREDIT_OK) {
		free(note);
		return error;
	}
	take_note(log, note, bytes.size, line_size);
	log->head = request->said.head;
	return CREDIT_OK;
}

/* --- answering ------------------------------------------------------------------------------- */

static struct log *find_log(struct witness *witness, struct credit_bytes origin)
{
	for (uint32_t i = 0; i < witness->log_count; i++)
		if (credit_bytes_equal(origin, credit_bytes_of(witness->log[i].key.name)))
			return &witness->log[i];
	return NULL;
}

static void say(struct witness_reply *reply, unsigned status, const char *type, const char *text)
{
	reply->status = status;
	reply->type = type;
	snprintf(reply->memory, sizeof reply->memory, "%s\n", text);
	reply->body = credit_bytes_of(reply->memory);
}

static void say_problem(
	struct witness_reply *reply, unsigned status, const struct credit_problem *problem)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	say(reply, status, TEXT,
		credit_problem_text(problem, CREDIT_LANG_EN, text, sizeof text - 1));
}

static void say_cosigned(struct witness_reply *reply, const struct log *log)
{
	reply->status = CREDIT_WITNESS_COSIGNS;
	reply->type = TEXT;
	reply->body =
		(struct credit_bytes){log->note + log->note_size - log->line_size, log->line_size};
}

/* The refusals that the protocol names. */
static void say_judgement(
	struct witness_reply *reply, enum credit_witness_answer answer, const struct log *log)
{
	char size[24];

	switch (answer) {
	case CREDIT_WITNESS_COSIGNS:
		return;
	case CREDIT_WITNESS_BAD_REQUEST:
		say(reply, answer, TEXT, "the old size is larger than the checkpoint's");
		return;
	case CREDIT_WITNESS_FORBIDDEN:
		say(reply, answer, TEXT, "the checkpoint is not signed by the log's trusted key");
		return;
	case CREDIT_WITNESS_UNKNOWN_LOG:
		say(reply, answer, TEXT, "this witness does not know the log");
		return;
	case CREDIT_WITNESS_CONFLICT:
		snprintf(size, sizeof size, "%" PRIu64, log->head.size);
		say(reply, answer, SIZE_TYPE, size);
		return;
	case CREDIT_WITNESS_REFUSES:
		say(reply, answer, TEXT,
			"the checkpoint does not continue the one that was cosigned last");
		return;
	}
}

void witness_add_checkpoint(struct witness *witness, struct credit_bytes body, uint64_t now,
	struct witness_reply *ret_reply)
{
	struct credit_problem problem = {0};
	struct credit_add_checkpoint request;
	enum credit_witness_answer answer;
	struct log *log;

	*ret_reply = (struct witness_reply){0};
	if (credit_add_checkpoint_read(body, &request, &problem) != CREDIT_OK) {
		say_problem(ret_reply, CREDIT_WITNESS_BAD_REQUEST, &problem);
		return;
	}
	log = find_log(witness, request.said.origin);
	answer = credit_witness_judge(
		&request, log ? &log->key : NULL, log ? &log->head : &(struct credit_tree_head){0});
	if (log)
		ret_reply->log = log->key.name;
	if (answer != CREDIT_WITNESS_COSIGNS) {
		say_judgement(ret_reply, answer, log);
	} else if (keep(witness, log, &request, now, &problem) == CREDIT_OK) {
		say_cosigned(ret_reply, log);
	} else {
		bool large = problem.error == CREDIT_E_TOO_LARGE;

		say_problem(ret_reply, large ? CREDIT_WITNESS_BAD_REQUEST : 500, &problem);
	}
	if (log)
		ret_reply->size = log->head.size;
}

void witness_get(struct witness *witness, const char *path, struct witness_reply *ret_reply)
{
	*ret_reply = (struct witness_reply){0};
	for (uint32_t i = 0; i < witness->log_count; i++) {
		const struct log *log = &witness->log[i];

		if (strcmp(path, log->path) != 0 || !log->note)
			continue;
		ret_reply->status = 200;
		ret_reply->type = TEXT;
		ret_reply->body = (struct credit_bytes){log->note, log->note_size};
		return;
	}
	say(ret_reply, 404, TEXT, "this witness has cosigned no such log");
}
