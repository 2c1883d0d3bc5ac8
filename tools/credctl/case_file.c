/* SPDX-License-Identifier: Apache-2.0
 *
 * case_file.c - what is filed with a case.
 */
#include "case_file.h"

#include "file.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

/* --- the applicant ------------------------------------------------------------------------------ */

static ProtobufCBinaryData data_of(const void *data, size_t size)
{
	return (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)data};
}

static enum credit_error take_token(
	const char *text, struct applicant *applicant, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;

	if (text)
		error = credit_token_parse(text, &applicant->token);
	else
		credit_random(applicant->token.byte, sizeof applicant->token.byte);
	if (error)
		return credit_problem_set(problem, error, "--token", NULL, NULL);
	credit_token_hash(&applicant->token, &applicant->token_hash);
	applicant->message.token_hash = data_of(applicant->token_hash.byte, CREDIT_HASH_SIZE);
	return CREDIT_OK;
}

static enum credit_error take_key(
	const char *path, struct applicant *applicant, struct credit_problem *problem)
{
	struct credit_named_key name;
	enum credit_error error = file_key_pair(path, &name, &applicant->pair, problem);

	if (error)
		return error;
	applicant->signs = true;
	credit_key_id(&applicant->pair.public_key, &applicant->key_id);
	applicant->message.key_id = data_of(applicant->key_id.byte, CREDIT_HASH_SIZE);
	return CREDIT_OK;
}

enum credit_error applicant_open(const struct app *app, const struct applicant_values *values,
	struct applicant *applicant, struct credit_problem *problem)
{
	enum credit_error error;

	*applicant = (struct applicant){.signs = false};
	credit__v1__applicant__init(&applicant->message);
	if (!values->form == !values->key)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--form", NULL, "%s",
			app_say(app, "either --form or --applicant-key: the applicant must speak",
				"--form 与 --applicant-key 须且只能给出一项"));
	error = take_token(values->token, applicant, problem);
	if (error || values->key)
		return error ? error : take_key(values->key, applicant, problem);
	error = file_read(values->form, CREDIT_ATTACHMENT_MAX, &applicant->form, problem);
	if (error)
		return error;
	credit_sha256(applicant->form, &applicant->form_digest);
	applicant->message.form_digest = data_of(applicant->form_digest.byte, CREDIT_HASH_SIZE);
	return CREDIT_OK;
}

enum credit_error applicant_sign(
	struct applicant *applicant, struct credit_application *application)
{
	enum credit_error error;

	if (!applicant->signs)
		return CREDIT_OK;
	application->token_hash = applicant->token_hash;
	error = credit_application_sign(application, &applicant->pair, &applicant->signature);
	applicant->message.signature =
		data_of(applicant->signature.byte, sizeof applicant->signature.byte);
	return error;
}

void applicant_free(struct applicant *applicant)
{
	credit_wipe(&applicant->pair, sizeof applicant->pair);
	if (applicant->form.data)
		file_free(applicant->form);
}

/* --- documents ---------------------------------------------------------------------------------- */

static const struct option_choice kinds[] = {
	{"form", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_FORM},
	{"pledge", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_PLEDGE},
	{"performance", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_PERFORMANCE},
	{"ruling", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_RULING},
	{"evidence", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_EVIDENCE},
	{"other", CREDIT__V1__DOCUMENT_KIND__DOCUMENT_KIND_OTHER},
};

enum credit_error case_document_add(struct case_documents *documents, const char *uscc,
	Credit__V1__DocumentKind kind, const char *path, struct credit_problem *problem)
{
	const char *slash = strrchr(path, '/');
	size_t at = documents->count;
	enum credit_error error;

	if (at == CASE_DOCUMENTS_MAX)
		return credit_problem_set(
			problem, CREDIT_E_TOO_MANY, "--document", NULL, "%d", CASE_DOCUMENTS_MAX);
	error = file_read(path, CREDIT_ATTACHMENT_MAX, &documents->item[at].file, problem);
	if (error)
		return error;
	documents->count++;
	snprintf(documents->item[at].title, sizeof documents->item[at].title, "%s",
		slash ? slash + 1 : path);
	credit_sha256(documents->item[at].file, &documents->item[at].digest);
	Credit__V1__CaseDocument *document = &documents->item[at].document;
	credit__v1__case_document__init(document);
	document->entity_uscc = (char *)(uintptr_t)uscc;
	document->digest = data_of(documents->item[at].digest.byte, CREDIT_HASH_SIZE);
	document->kind = kind;
	document->title = documents->item[at].title;
	credit__v1__act__init(&documents->item[at].act);
	documents->item[at].act.payload_case = CREDIT__V1__ACT__PAYLOAD_CASE_DOCUMENT;
	documents->item[at].act.case_document = document;
	return CREDIT_OK;
}

static enum credit_error open_one(const struct app *app, const char *word, const char *uscc,
	struct case_documents *documents, struct credit_problem *problem)
{
	const char *equals = strchr(word, '=');

	for (size_t i = 0; equals && i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t length = strlen(kinds[i].name);
		if ((size_t)(equals - word) == length && strncmp(word, kinds[i].name, length) == 0)
			return case_document_add(documents, uscc,
				(Credit__V1__DocumentKind)kinds[i].value, equals + 1, problem);
	}
	return credit_problem_set(problem, CREDIT_E_USAGE, "--document", NULL,
		app_say(app, "KIND=FILE, not '%s'", "应为 种类=文件，而非“%s”"), word);
}

enum credit_error case_documents_open(const struct app *app, const struct option_list *list,
	const char *uscc, struct case_documents *documents, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;

	for (size_t i = 0; i < list->count && !error; i++)
		error = open_one(app, list->items[i], uscc, documents, problem);
	return error;
}

void case_documents_free(struct case_documents *documents)
{
	for (size_t i = 0; i < documents->count; i++)
		file_free(documents->item[i].file);
}
