/* SPDX-License-Identifier: Apache-2.0
 *
 * requests.c - what credload sends.
 */
#include "load/requests.h"

#include "credit/v1/act.pb-c.h"
#include "credit/v1/filing_service.pb-c.h"
#include "credit/v1/status_service.pb-c.h"

#include <credit/model.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE (CREDIT_USCC_SIZE + 1)

uint64_t chance_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* --- codes ------------------------------------------------------------------------------------ */

enum credit_error codes_open(
	const char *path, struct codes *ret_codes, struct credit_problem *problem)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *text = MAP_FAILED;

	if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0)
		text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE,
			file, 0);
	if (file >= 0)
		close(file);
	if (text == MAP_FAILED)
		return credit_problem_set(
			problem, CREDIT_E_IO, "--codes", NULL, "%s: %s", path, strerror(errno));
	*ret_codes = (struct codes){.text = text,
		.size = (size_t)status.st_size,
		.count = (uint64_t)status.st_size / LINE_SIZE};
	if (status.st_size % LINE_SIZE == 0 && ret_codes->text[CREDIT_USCC_SIZE] == '\n')
		return CREDIT_OK;
	codes_close(ret_codes);
	return credit_problem_set(
		problem, CREDIT_E_USAGE, "--codes", NULL, "%s: one code of 18 a line", path);
}

void codes_close(struct codes *codes)
{
	union {
		const char *from;
		void *to;
	} cast = {.from = codes->text};

	munmap(cast.to, codes->size);
}

struct credit_uscc codes_get(const struct codes *codes, uint64_t number)
{
	struct credit_uscc uscc;

	memcpy(uscc.character, codes->text + number * LINE_SIZE, CREDIT_USCC_SIZE);
	return uscc;
}

/* --- GetStatus -------------------------------------------------------------------------------- */

void question_init(struct question *question)
{
	Credit__V1__GetStatusRequest request = CREDIT__V1__GET_STATUS_REQUEST__INIT;
	char name[] = "entities/000000000000000000/status";

	request.name = name;
	question->size = credit__v1__get_status_request__pack(&request, question->bytes);
	question->code_at = question->size - strlen("000000000000000000/status");
}

struct credit_bytes question_of(struct question *question, const struct credit_uscc *uscc)
{
	memcpy(question->bytes + question->code_at, uscc->character, CREDIT_USCC_SIZE);
	return (struct credit_bytes){question->bytes, question->size};
}

/* --- Submit ----------------------------------------------------------------------------------- */

#define SHARES_MAX 16

static uint64_t cores(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

	return (uint64_t)(count < SHARES_MAX ? count : SHARES_MAX);
}

/* A penalty with plausible content; the texts of its entity and number change. */
struct penalty {
	Credit__V1__Act act;
	Credit__V1__AdministrativePenalty body;
	char entity[CREDIT_USCC_SIZE + 1], decider[CREDIT_USCC_SIZE + 1], document[64];
	char *kinds[1];
};

static void penalty_init(struct penalty *penalty, const struct filer *filer)
{
	static char name[] = "示例县青禾商贸有限公司", fact[] = "未按规定明码标价",
		    basis[] = "《中华人民共和国价格法》第四十二条", kind[] = "罚款",
		    content[] = "罚款人民币贰仟元", decider[] = "示例县市场监督管理局";
	Credit__V1__AdministrativePenalty *body = &penalty->body;

	memset(penalty, 0, sizeof *penalty);
	credit__v1__act__init(&penalty->act);
	credit__v1__administrative_penalty__init(body);
	memcpy(penalty->decider, filer->issuer.character, CREDIT_USCC_SIZE);
	penalty->kinds[0] = kind;
	body->entity_uscc = penalty->entity;
	body->entity_name = name;
	body->document_no = penalty->document;
	body->fact = fact;
	body->basis = basis;
	body->n_penalty_kinds = 1;
	body->penalty_kinds = penalty->kinds;
	body->content = content;
	body->fine_fen = 200000;
	body->decision_date = credit_day_of(filer->now).days - 1;
	body->decider_uscc = penalty->decider;
	body->decider_name = decider;
	penalty->act.payload_case = CREDIT__V1__ACT__PAYLOAD_ADMINISTRATIVE_PENALTY;
	penalty->act.administrative_penalty = body;
}

/* What one thread seals: every `stride`th filing from `first` on. */
struct share {
	const struct filer *filer;
	const struct codes *codes;
	struct filings *filings;
	uint64_t first, stride;
	enum credit_error error;
	struct credit_problem problem;
};

static enum credit_error pack(struct credit_sealer *sealer, const struct filer *filer,
	struct credit_bytes *ret_request, struct credit_problem *problem)
{
	struct credit_manifest_options options = {
		.origin = filer->origin, .issuer = filer->issuer, .created_at = filer->now};
	Credit__V1__SubmitRequest request = CREDIT__V1__SUBMIT_REQUEST__INIT;
	enum credit_error error =
		credit_sealer_sign(sealer, &options, &filer->key, &request.filing, problem);

	if (error != CREDIT_OK)
		return error;
	uint8_t *bytes = malloc(credit__v1__submit_request__get_packed_size(&request));
	if (!bytes)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	*ret_request =
		(struct credit_bytes){bytes, credit__v1__submit_request__pack(&request, bytes)};
	return CREDIT_OK;
}

static enum credit_error seal(const struct share *share, struct credit_sealer *sealer,
	struct penalty *penalty, uint64_t number, struct credit_problem *problem)
{
	const struct filer *filer = share->filer;
	uint64_t chance = filer->seed << 32 | number;

	for (uint32_t act = 0; act < filer->acts; act++) {
		struct credit_uscc uscc =
			codes_get(share->codes, chance_next(&chance) % share->codes->count);

		memcpy(penalty->entity, uscc.character, CREDIT_USCC_SIZE);
		snprintf(penalty->document, sizeof penalty->document, "示市监罚〔2026〕%llu-%llu号",
			(unsigned long long)filer->seed,
			(unsigned long long)(number * filer->acts + act + 1));
		enum credit_error error = credit_sealer_add(
			sealer, &penalty->act, (struct credit_bytes){0}, NULL, problem);
		if (error != CREDIT_OK)
			return error;
	}
	return pack(sealer, filer, &share->filings->request[number], problem);
}

static void *share_main(void *argument)
{
	struct share *share = argument;
	struct credit_sealer *sealer = NULL;
	struct penalty penalty;

	penalty_init(&penalty, share->filer);
	share->error = credit_sealer_new(&sealer);
	for (uint64_t i = share->first; i < share->filings->count && share->error == CREDIT_OK;
		i += share->stride)
		share->error = seal(share, sealer, &penalty, i, &share->problem);
	credit_sealer_free(sealer);
	return NULL;
}

enum credit_error filings_seal(const struct filer *filer, const struct codes *codes, uint64_t count,
	struct filings *ret_filings, struct credit_problem *problem)
{
	struct filings filings = {calloc(count, sizeof *filings.request), count};
	struct share shares[SHARES_MAX];
	pthread_t threads[SHARES_MAX];
	enum credit_error error = CREDIT_OK;
	uint64_t stride = cores(), started = 0;

	if (!filings.request)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	for (; started < stride; started++) {
		shares[started] = (struct share){.filer = filer,
			.codes = codes,
			.filings = &filings,
			.first = started,
			.stride = stride};
		if (pthread_create(&threads[started], NULL, share_main, &shares[started]) != 0)
			break;
	}
	if (started < stride)
		error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, "threads");
	for (uint64_t i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		if (error == CREDIT_OK && shares[i].error != CREDIT_OK) {
			error = shares[i].error;
			*problem = shares[i].problem;
		}
	}
	if (error == CREDIT_OK)
		*ret_filings = filings;
	else
		filings_deinit(&filings);
	return error;
}

void filings_deinit(struct filings *filings)
{
	for (uint64_t i = 0; i < filings->count; i++) {
		union {
			const uint8_t *from;
			void *to;
		} cast = {.from = filings->request[i].data};

		free(cast.to);
	}
	free(filings->request);
	*filings = (struct filings){0};
}
