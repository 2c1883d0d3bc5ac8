/* SPDX-License-Identifier: Apache-2.0
 *
 * requests.h - what credload sends: status questions made on the way, filings made beforehand.
 *
 * Codes come from a file with one code a line, all lines 19 bytes, so that any of ten million is found
 * by its number.
 *
 * Owns: all that the structs point at, until their _deinit.
 * Threads: what is made is only read afterwards, so that any thread may.
 */
#ifndef TOOLS_LOAD_REQUESTS_H
#define TOOLS_LOAD_REQUESTS_H

#include <credit/base.h>
#include <credit/crypto.h>
#include <credit/uscc.h>

/* --- chance ----------------------------------------------------------------------------------- */

/* splitmix64: the same seed, the same run. */
uint64_t chance_next(uint64_t *state);

/* --- codes ------------------------------------------------------------------------------------ */

struct codes {
	const char *text; /* mapped */
	size_t size;
	uint64_t count;
};

enum credit_error codes_open(const char *path, struct codes *ret_codes,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void codes_close(struct codes *codes);
struct credit_uscc codes_get(const struct codes *codes, uint64_t number);

/* --- GetStatus -------------------------------------------------------------------------------- */

/* A serialised GetStatusRequest, in which only the code is exchanged. */
#define QUESTION_MAX 64
struct question {
	uint8_t bytes[QUESTION_MAX];
	size_t size, code_at;
};
void question_init(struct question *question);
struct credit_bytes question_of(struct question *question, const struct credit_uscc *uscc);

/* --- Submit ----------------------------------------------------------------------------------- */

struct filings {
	struct credit_bytes *request; /* serialised SubmitRequests */
	uint64_t count;
};

struct filer {
	const char *origin;
	struct credit_uscc issuer;
	struct credit_key_pair key;
	credit_ms_t now;
	uint64_t seed;
	uint32_t acts; /* in each filing */
};
/* Seals `count` filings of penalties about random ones of the codes, on every core that we may use: the
 * same seed, the same acts, however many cores. */
enum credit_error filings_seal(const struct filer *filer, const struct codes *codes, uint64_t count,
	struct filings *ret_filings, struct credit_problem *problem) CREDIT_MUST_CHECK;
void filings_deinit(struct filings *filings);

#endif
