/* SPDX-License-Identifier: Apache-2.0
 *
 * applicant.h - an entity's own voice: what it signs when it applies or looks, and the look-up token.
 *
 * A front office files an application, but the applicant speaks in it: by the digest of its sealed form
 * or by a signature over the text made here, which says all that matters (which registry, whose record,
 * what is asked for, when, in which words) and the hash of the token on the slip, so that nothing of it
 * can be used for anything else. The token, 128 bits, opens the entity's own view; only its hash is
 * ever filed.
 *
 * Threads: pure functions.
 *
 * Source: docs/spec/cases.md, sections 2 and 6, to the byte.
 */
#ifndef CREDIT_APPLICANT_H
#define CREDIT_APPLICANT_H

#include <credit/crypto.h>
#include <credit/model.h>

/* --- the look-up token --- */

#define CREDIT_TOKEN_SIZE 16
struct credit_token {
	uint8_t byte[CREDIT_TOKEN_SIZE];
};
/* 26 characters of Crockford's Base32 in five groups, "XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX", and NUL. */
#define CREDIT_TOKEN_TEXT_SIZE 31
/* Returns `text`. */
CREDIT_API const char *credit_token_text(
	const struct credit_token *token, char text[CREDIT_TOKEN_TEXT_SIZE]);
/* As people type it: small letters, O for 0, I and L for 1, hyphens and blanks anywhere.
 * CREDIT_E_TOKEN_FORM. */
CREDIT_API enum credit_error credit_token_parse(
	const char *text, struct credit_token *ret_token) CREDIT_MUST_CHECK;
/* SHA-256("credit/token/v1" 00 || token): what is filed. */
CREDIT_API void credit_token_hash(const struct credit_token *token, struct credit_hash *ret_hash);

/* --- applications --- */

#define CREDIT_APPLICATION_TYPE "application/vnd.credit.application.v1"

/* What an applicant asks for. Texts are borrowed. */
struct credit_application {
	const char *origin; /* of the registry, 1 to 255 bytes */
	struct credit_uscc entity;
	uint32_t act; /* payload number in Act: 36 repair, 37 objection, 43, 49 */
	struct credit_record_id subject; /* the record; of a withdrawal or a review, the case */
	credit_day_t applied_on;         /* the slip's date; of a withdrawal, its date */
	const char *ground;    /* "performed", "reorganisation", an objection's ground; or "" */
	const char *statement; /* the words of the application, or "" */
	struct credit_hash token_hash;
};
/* Signature over the DSSE encoding of the application's text. */
CREDIT_API enum credit_error credit_application_sign(const struct credit_application *application,
	const struct credit_key_pair *pair,
	struct credit_signature *ret_signature) CREDIT_MUST_CHECK;
/* CREDIT_E_SIGNATURE_INVALID. */
CREDIT_API enum credit_error credit_application_verify(const struct credit_application *application,
	const struct credit_public_key *key,
	const struct credit_signature *signature) CREDIT_MUST_CHECK;

/* --- looking at one's own records --- */

#define CREDIT_OWN_TYPE "application/vnd.credit.own.v1"
#define CREDIT_OWN_WINDOW_MS 300000 /* a signature counts so long before and after its instant */

struct credit_own_request {
	const char *origin;
	struct credit_uscc entity;
	const char *method; /* "/credit.v1.EntityService/GetOwn" */
	credit_ms_t at;
};
CREDIT_API enum credit_error credit_own_sign(const struct credit_own_request *request,
	const struct credit_key_pair *pair,
	struct credit_signature *ret_signature) CREDIT_MUST_CHECK;
/* CREDIT_E_SIGNATURE_INVALID. Whether `at` is near enough is for whoever has a clock. */
CREDIT_API enum credit_error credit_own_verify(const struct credit_own_request *request,
	const struct credit_public_key *key,
	const struct credit_signature *signature) CREDIT_MUST_CHECK;

#endif
