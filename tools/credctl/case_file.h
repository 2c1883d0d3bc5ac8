/* SPDX-License-Identifier: Apache-2.0
 *
 * case_file.h - what is filed with a case: the applicant's own voice, documents, the token on the slip.
 */
#ifndef CREDCTL_CASE_FILE_H
#define CREDCTL_CASE_FILE_H

#include "app.h"
#include "sign.h"

#include <credit/model.h>

#define CASE_DOCUMENTS_MAX 16

/* The options of an applicant: the sealed form's scan, or the entity's private key. */
struct applicant_values {
	const char *form, *key, *token;
};
/* `values`: the holder's member that is a struct applicant_values. */
#define APPLICANT_OPTIONS(holder, values) \
	{.name = "form", \
		.type = OPTION_TEXT, \
		.offset = offsetof(holder, values.form), \
		.value = "FILE", \
		.help = {"scan of the form that the applicant sealed", \
			"申请人盖章的申请表扫描件"}}, \
	{ \
		.name = "applicant-key", .type = OPTION_TEXT, \
		.offset = offsetof(holder, values.key), .value = "KEY", .help = { \
			"the applicant's own private key, in place of a form", \
			"申请人自己的私钥文件，代替申请表" \
		} \
	}

/* Either of the two, ready to be filed. It must not move: the message points into it. */
struct applicant {
	Credit__V1__Applicant message;
	struct credit_token token;
	struct credit_hash token_hash, form_digest, key_id;
	struct credit_signature signature;
	struct credit_key_pair pair; /* wiped by applicant_free */
	struct credit_bytes form;
	bool signs;
};
/* Draws a token when none is given. */
enum credit_error applicant_open(const struct app *app, const struct applicant_values *values,
	struct applicant *applicant, struct credit_problem *problem) CREDIT_MUST_CHECK;
/* Signs for an applicant that has a key; nothing to do for one with a form. */
enum credit_error applicant_sign(
	struct applicant *applicant, struct credit_application *application) CREDIT_MUST_CHECK;
void applicant_free(struct applicant *applicant);

/* Documents as CaseDocument acts with their files attached. */
struct case_documents {
	size_t count;
	struct {
		Credit__V1__Act act;
		Credit__V1__CaseDocument document;
		struct credit_hash digest;
		struct credit_bytes file;
		char title[256]; /* the file's name */
	} item[CASE_DOCUMENTS_MAX];
};
/* Reads the file and adds it. */
enum credit_error case_document_add(struct case_documents *documents, const char *uscc,
	Credit__V1__DocumentKind kind, const char *path,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
/* "KIND=FILE" each. CREDIT_E_USAGE. */
enum credit_error case_documents_open(const struct app *app, const struct option_list *list,
	const char *uscc, struct case_documents *documents,
	struct credit_problem *problem) CREDIT_MUST_CHECK;
void case_documents_free(struct case_documents *documents);
#define DOCUMENT_OPTION(holder) \
	{ \
		.name = "document", .type = OPTION_LIST, .offset = offsetof(holder, documents), \
		.value = "KIND=FILE", .help = { \
			"a document: form, pledge, performance, ruling, evidence or other; may " \
			"be given again", \
			"材料：form 申请表、pledge 承诺书、performance 履行证明、ruling 裁定书、" \
			"evidence 证据、other 其他；可重复" \
		} \
	}

#endif
