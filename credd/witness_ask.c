/* SPDX-License-Identifier: Apache-2.0
 *
 * witness_ask.c - requests to witnesses by libcurl.
 *
 * What a request needs of the registry (checkpoint, proof) is read and written down before it is sent, so
 * that no page of the stores is held while somebody else's machine thinks.
 */
#include "witness_ask.h"

#include "clock.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUESTION_MAX \
	(CREDIT_CHECKPOINT_MAX + 64 + \
		(CREDIT_ADD_CHECKPOINT_PROOF_MAX * CREDIT_BASE64_SIZE(CREDIT_HASH_SIZE)))
#define ANSWER_MAX 16384
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 300000
#define ARENA_LIMIT ((size_t)4 << 20)
#define URL_ROOM (CREDIT_URL_MAX + sizeof "/add-checkpoint")

/* One witness of the policy that has a URL. */
struct party {
	const struct credit_policy_witness *witness;
	char url[URL_ROOM];
	CURL *easy;
	bool asking;
	bool again;      /* this request is the second one, from the size that was named */
	bool size_known; /* `their_size` is what it cosigned last */
	uint64_t their_size;
	uint64_t cosigned;  /* the last publication that it cosigned */
	int64_t not_before; /* by the steady clock */
	int64_t backoff_ms;
	enum credd_witness_outcome last;

	/* The request. */
	uint64_t publication, old_size, size;
	char question[QUESTION_MAX];
	size_t question_size;
	char body[CREDIT_CHECKPOINT_MAX]; /* the checkpoint's signed text */
	size_t body_size;
	uint8_t answer[ANSWER_MAX];
	size_t answer_size;
	char error[CURL_ERROR_SIZE];
};

struct credd_asker {
	struct credd_asker_options options;
	struct credit_view *view;
	CURLM *multi;
	struct curl_slist *headers;
	struct credit_arena arena;
	struct credit_published_head newest; /* in the arena; publication 0: none */
	uint32_t count;
	struct party party[CREDIT_POLICY_WITNESSES_MAX];
};

/* --- one request ----------------------------------------------------------------------------- */

/* Takes no more than an answer has; libcurl ends the request when less is taken than came. */
static size_t take(char *data, size_t one, size_t size, void *context)
{
	struct party *party = context;

	(void)one; /* always 1 */
	if (size > sizeof party->answer - party->answer_size)
		return 0;
	memcpy(party->answer + party->answer_size, data, size);
	party->answer_size += size;
	return size;
}

/* The registry's part, with the view begun. */
static enum credit_error write_question(struct credd_asker *asker, struct party *party)
{
	const struct credit_published_head *newest = &asker->newest;
	struct credit_add_checkpoint request = {.checkpoint = newest->checkpoint};
	struct credit_bytes body, lines, question;
	struct credit_buffer buffer;
	enum credit_error error;

	/* Without knowing better: it may have this one already, or says what it has. */
	request.old_size = party->size_known ? party->their_size : newest->head.size;
	error = credit_view_consistency(
		asker->view, request.old_size, newest->head.size, &request.proof);
	if (!error)
		error = credit_note_split(newest->checkpoint, &body, &lines);
	if (!error && body.size > sizeof party->body)
		error = CREDIT_E_TOO_LARGE;
	if (error)
		return error;
	credit_buffer_init(&buffer, party->question, sizeof party->question);
	error = credit_add_checkpoint_write(&request, &buffer);
	if (!error)
		error = credit_buffer_done(&buffer, &question);
	if (error)
		return error;
	memcpy(party->body, body.data, body.size);
	party->body_size = body.size;
	party->question_size = question.size;
	party->publication = newest->publication;
	party->old_size = request.old_size;
	party->size = newest->head.size;
	return CREDIT_OK;
}

static enum credit_error send_question(struct credd_asker *asker, struct party *party)
{
	party->answer_size = 0;
	party->error[0] = '\0';
	curl_easy_setopt(party->easy, CURLOPT_POSTFIELDS, party->question);
	curl_easy_setopt(party->easy, CURLOPT_POSTFIELDSIZE, (long)party->question_size);
	if (curl_multi_add_handle(asker->multi, party->easy) != CURLM_OK)
		return CREDIT_E_NO_MEMORY;
	party->asking = true;
	return CREDIT_OK;
}

/* From 0 there is no proof, and from the same size none either. */
static enum credit_error ask(struct credd_asker *asker, struct party *party)
{
	enum credit_error error = write_question(asker, party);

	return error ? error : send_question(asker, party);
}

static enum credit_error begin_newest(struct credd_asker *asker)
{
	enum credit_error error = credit_view_begin(asker->view);

	if (error)
		return error;
	credit_arena_reset(&asker->arena);
	error = credit_view_published_head(asker->view, &asker->arena, &asker->newest);
	if (error == CREDIT_E_NOT_FOUND) {
		asker->newest = (struct credit_published_head){0};
		error = CREDIT_OK;
	}
	if (error)
		credit_view_end(asker->view);
	return error;
}

enum credit_error credd_asker_ask(struct credd_asker *asker)
{
	enum credit_error error = begin_newest(asker);
	int64_t now = credd_clock_steady();

	if (error)
		return error;
	for (uint32_t i = 0; i < asker->count && !error; i++) {
		struct party *party = &asker->party[i];

		if (party->asking || now < party->not_before ||
			party->cosigned >= asker->newest.publication)
			continue;
		party->again = false;
		error = ask(asker, party);
	}
	credit_view_end(asker->view);
	return error;
}

/* --- answers --------------------------------------------------------------------------------- */

static enum credd_witness_outcome hear(
	struct party *party, CURLcode code, struct credd_heard *heard)
{
	struct credd_witness_question question = {
		.cosigner = &party->witness->cosigner,
		.old_size = party->old_size,
		.size = party->size,
		.body = {(const uint8_t *)party->body, party->body_size},
	};
	struct credd_witness_reply reply = {.body = {party->answer, party->answer_size}};

	heard->witness = party->witness;
	heard->publication = party->publication;
	heard->size = party->size;
	heard->detail[0] = '\0';
	if (code == CURLE_WRITE_ERROR)
		return CREDD_WITNESS_NONSENSE; /* more than an answer has */
	if (code != CURLE_OK) {
		snprintf(heard->detail, sizeof heard->detail, "%s",
			party->error[0] ? party->error : curl_easy_strerror(code));
		return CREDD_WITNESS_UNREACHABLE;
	}
	curl_easy_getinfo(party->easy, CURLINFO_RESPONSE_CODE, &reply.status);
	return credd_witness_answer(&question, &reply, &heard->theirs, &heard->cosignature);
}

/* docs/spec/witness.md: "a witness is left alone for a second, then twice as long each time, at most five
 * minutes" */
static void back_off(struct party *party)
{
	party->backoff_ms = party->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * party->backoff_ms;
	if (party->backoff_ms > BACKOFF_MAX_MS)
		party->backoff_ms = BACKOFF_MAX_MS;
	party->not_before = credd_clock_steady() + party->backoff_ms;
	party->size_known = false;
}

/* docs/spec/witness.md: "asks again at once, once, from the size named" */
static bool asks_again(struct credd_asker *asker, struct party *party, uint64_t their_size)
{
	enum credit_error error;

	if (party->again)
		return false;
	party->again = true;
	party->size_known = true;
	party->their_size = their_size;
	error = begin_newest(asker);
	if (error)
		return false;
	error = ask(asker, party);
	credit_view_end(asker->view);
	return error == CREDIT_OK;
}

/* False when there is nothing to tell yet. */
static bool settle(struct credd_asker *asker, struct party *party, struct credd_heard *heard)
{
	if (heard->outcome == CREDD_WITNESS_BEHIND) {
		if (asks_again(asker, party, heard->theirs))
			return false;
		heard->outcome = CREDD_WITNESS_NONSENSE;
	}
	if (heard->outcome == CREDD_WITNESS_COSIGNED) {
		party->size_known = true;
		party->their_size = party->size;
		party->cosigned = party->publication;
		party->backoff_ms = 0;
		party->not_before = credd_clock_steady() + asker->options.interval_ms;
	} else {
		back_off(party);
	}
	heard->changed = heard->outcome != party->last;
	party->last = heard->outcome;
	return true;
}

size_t credd_asker_listen(
	struct credd_asker *asker, int ms, struct credd_heard heard[CREDIT_POLICY_WITNESSES_MAX])
{
	int running, left;
	size_t count = 0;
	CURLMsg *message;

	curl_multi_perform(asker->multi, &running);
	if ((uint32_t)running == credd_asker_busy(asker)) {
		curl_multi_poll(asker->multi, NULL, 0, ms, NULL);
		curl_multi_perform(asker->multi, &running);
	}
	while (count < CREDIT_POLICY_WITNESSES_MAX &&
		(message = curl_multi_info_read(asker->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		struct party *party = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&party);
		curl_multi_remove_handle(asker->multi, message->easy_handle);
		party->asking = false;
		heard[count].outcome = hear(party, code, &heard[count]);
		if (settle(asker, party, &heard[count]))
			count++;
	}
	return count;
}

void credd_asker_interrupt(struct credd_asker *asker)
{
	curl_multi_wakeup(asker->multi);
}

uint32_t credd_asker_busy(const struct credd_asker *asker)
{
	uint32_t busy = 0;

	for (uint32_t i = 0; i < asker->count; i++)
		busy += asker->party[i].asking;
	return busy;
}

int credd_asker_due(const struct credd_asker *asker, int most)
{
	int64_t now = credd_clock_steady(), wait = most;

	for (uint32_t i = 0; i < asker->count; i++) {
		const struct party *party = &asker->party[i];

		if (party->asking || party->cosigned >= asker->newest.publication)
			continue;
		if (party->not_before - now < wait)
			wait = party->not_before > now ? party->not_before - now : 0;
	}
	return (int)wait;
}

/* --- making and ending ----------------------------------------------------------------------- */

enum credit_error credd_asker_global(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? CREDIT_OK : CREDIT_E_INTERNAL;
}

/* Nothing is followed, nothing but HTTP is spoken, nothing waits longer than it may. */
static bool open_party(struct credd_asker *asker, const struct credit_policy_witness *witness)
{
	struct party *party = &asker->party[asker->count++];
	size_t length = strlen(witness->url);
	CURL *easy = curl_easy_init();

	party->witness = witness;
	party->easy = easy;
	party->last = CREDD_WITNESS_OUTCOMES;
	if (!easy)
		return false;
	while (length > 0 && witness->url[length - 1] == '/')
		length--;
	snprintf(party->url, sizeof party->url, "%.*s/add-checkpoint", (int)length, witness->url);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, party);
	curl_easy_setopt(easy, CURLOPT_URL, party->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)asker->options.timeout_ms);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "credd/" CREDIT_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, asker->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, party->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, party);
	if (asker->options.ca)
		curl_easy_setopt(easy, CURLOPT_CAINFO, asker->options.ca);
	return true;
}

enum credit_error credd_asker_new(struct credit_registry *registry,
	const struct credd_asker_options *options, struct credd_asker **ret_asker)
{
	struct credd_asker *asker = calloc(1, sizeof *asker);
	const struct credit_policy *policy = options->policy;
	bool made;

	if (!asker)
		return CREDIT_E_NO_MEMORY;
	asker->options = *options;
	credit_arena_init(&asker->arena, NULL, 0, ARENA_LIMIT);
	asker->multi = curl_multi_init();
	/* An empty Expect, so that no witness is waited for before the body is sent. */
	asker->headers = curl_slist_append(NULL, "Content-Type: text/plain; charset=utf-8");
	made = asker->multi && asker->headers && curl_slist_append(asker->headers, "Expect:");
	for (uint32_t i = 0; i < policy->witness_count && made; i++)
		if (policy->witness[i].url[0] != '\0')
			made = open_party(asker, &policy->witness[i]);
	if (!made || credit_view_new(registry, &asker->view) != CREDIT_OK) {
		credd_asker_free(asker);
		return CREDIT_E_NO_MEMORY;
	}
	*ret_asker = asker;
	return CREDIT_OK;
}

void credd_asker_free(struct credd_asker *asker)
{
	if (!asker)
		return;
	for (uint32_t i = 0; i < asker->count; i++) {
		if (asker->party[i].asking)
			curl_multi_remove_handle(asker->multi, asker->party[i].easy);
		curl_easy_cleanup(asker->party[i].easy);
	}
	curl_multi_cleanup(asker->multi);
	curl_slist_free_all(asker->headers);
	credit_view_free(asker->view);
	credit_arena_deinit(&asker->arena);
	free(asker);
}
