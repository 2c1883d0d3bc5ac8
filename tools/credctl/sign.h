/* SPDX-License-Identifier: Apache-2.0
 *
 * sign.h - a handful of acts, signed, sent, and what became of each.
 *
 * For the subcommands that file one or a few acts; importing has its own way (import.h), because it
 * must survive a crash.
 */
#ifndef CREDCTL_SIGN_H
#define CREDCTL_SIGN_H

#include "app.h"

#include <credit/model.h>

#include "draft.h"

/* Who signs: --sign FILE and --issuer CODE. */
struct signer {
	struct credit_named_key name;
	struct credit_key_pair pair;
	struct credit_uscc issuer;
};
/* Without an issuer, the key's name is taken when it is a code, as `init` names the root's key. */
enum credit_error signer_open(const struct app *app, const char *path,
	const struct option_uscc *issuer, struct signer *ret_signer,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void signer_wipe(struct signer *signer);

/* Options that every signing subcommand has, for the beginning of its values. */
struct sign_values {
	const char *sign;
	struct option_uscc issuer;
	const char *receipt;
};
/* Their rows; `holder` is the subcommand's struct, which begins with a member `signing`. */
#define SIGN_OPTIONS(holder) \
	{.name = "sign", \
		.letter = 's', \
		.type = OPTION_TEXT, \
		.offset = offsetof(holder, signing.sign), \
		.required = true, \
		.value = "KEY", \
		.environment = "CREDCTL_SIGN", \
		.help = {"private key file to sign with", "用于签名的私钥文件"}}, \
		{.name = "issuer", \
			.letter = 'i', \
			.type = OPTION_USCC, \
			.offset = offsetof(holder, signing.issuer), \
			.value = "CODE", \
			.environment = "CREDCTL_ISSUER", \
			.help = {"the authority that signs; by default the key's name, when it " \
				 "is a code", \
				"签名机关代码；默认取密钥名称（如为代码）"}}, \
	{ \
		.name = "receipt", .type = OPTION_TEXT, \
		.offset = offsetof(holder, signing.receipt), .value = "FILE", .help = { \
			"write the receipt of the last act here", \
			"将末份文书的回执写入此文件" \
		} \
	}

/* What is known while acts are sealed one after the other. */
struct sign_progress {
	const char *origin; /* of the registry */
	struct credit_hash
		first;  /* commitment of the first act, once it is sealed: its first half names
	                           * what the act makes */
	uint64_t epoch; /* once it is accepted */
};
/* Called before each act is sealed, for acts that name another of their filing or the registry. */
typedef enum credit_error sign_before_fn(void *context, size_t index,
	const struct sign_progress *progress, struct credit_problem *problem);

struct sign_item {
	const Credit__V1__Act *act;
	struct credit_bytes attachment;
};
/* Seals, signs, submits, prints one line for each act and writes the receipt. All or nothing.
 * Returns the exit code. */
int sign_and_submit(struct app *app, const struct sign_values *values,
	const struct sign_item *items, size_t count);
/* The same, each act by itself: what is refused keeps nothing else from being accepted. */
int sign_and_submit_each(struct app *app, const struct sign_values *values,
	const struct sign_item *items, size_t count);
/* The code of the authority that signs, for acts that name it. */
enum credit_error sign_issuer(const struct app *app, const struct sign_values *values,
	char ret_uscc[CREDIT_USCC_SIZE + 1], struct credit_problem *problem) CREDIT_MUST_CHECK;
/* The same for one act that was sealed before. */
int sign_and_submit_draft(
	struct app *app, const struct sign_values *values, const struct draft *draft);
/* The same; `before` may be NULL. *ret_progress is filled when all was accepted (EXIT_DONE). */
int sign_and_submit_with(struct app *app, const struct sign_values *values,
	const struct sign_item *items, size_t count, sign_before_fn *before, void *context,
	struct sign_progress *ret_progress);

#endif
