/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.c - reads from credd.yaml what opening the registry needs.
 */
#include "layout.h"

#include "file.h"

#include <libfyaml.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX 65536

/* Paths of the settings in libfyaml's notation, with the daemon's defaults (credd --help-config). */
static const struct {
	const char *path, *standard;
} settings[] = {
	{"/origin", NULL},
	{"/root/uscc", NULL},
	{"/root/key", NULL},
	{"/data", "data"},
	{"/head", "head"},
	{"/keys/log", "keys/log.key"},
	{"/keys/system", "keys/system.key"},
};
enum {
	ORIGIN,
	ROOT_USCC,
	ROOT_KEY,
	DATA,
	HEAD,
	LOG_KEY,
	SYSTEM_KEY
};
#define SETTINGS (sizeof settings / sizeof settings[0])

struct texts {
	char text[SETTINGS][PATH_MAX];
};

static enum credit_error read_texts(struct fy_document *document, const char *file,
	struct texts *texts, struct credit_problem *problem)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		struct fy_node *node = fy_node_by_path(
			fy_document_root(document), settings[i].path, FY_NT, FYNWF_DONT_FOLLOW);
		size_t length = 0;
		const char *value = node ? fy_node_get_scalar(node, &length) : NULL;

		if (!value) {
			value = settings[i].standard;
			length = value ? strlen(value) : 0;
		}
		if (!value)
			return credit_problem_set(problem, CREDIT_E_FIELD_MISSING,
				settings[i].path + 1, NULL, "%s", file);
		if (length == 0 || length >= PATH_MAX)
			return credit_problem_set(problem, CREDIT_E_CONFIG_VALUE,
				settings[i].path + 1, NULL, "%s", file);
		memcpy(texts->text[i], value, length);
		texts->text[i][length] = '\0';
	}
	return CREDIT_OK;
}

static enum credit_error join(
	const char *folder, const char *path, char joined[PATH_MAX], struct credit_problem *problem)
{
	int length = path[0] == '/' ? snprintf(joined, PATH_MAX, "%s", path)
				    : snprintf(joined, PATH_MAX, "%s/%s", folder, path);

	return length < PATH_MAX
		       ? CREDIT_OK
		       : credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, path, NULL, NULL);
}

static enum credit_error read_key(const char *folder, const char *path,
	struct credit_key_pair *ret_pair, struct credit_problem *problem)
{
	struct credit_named_key name;
	char joined[PATH_MAX];
	enum credit_error error = join(folder, path, joined, problem);

	return error == CREDIT_OK ? file_key_pair(joined, &name, ret_pair, problem) : error;
}

static enum credit_error fill(const char *folder, const struct texts *texts, struct layout *layout,
	struct credit_problem *problem)
{
	enum credit_error error = credit_uscc_parse(credit_bytes_of(texts->text[ROOT_USCC]),
		CREDIT_USCC_PLAIN, &layout->root_uscc, problem);

	if (error != CREDIT_OK)
		return error;
	error = credit_vkey_parse(credit_bytes_of(texts->text[ROOT_KEY]), &layout->root_key);
	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "root.key", NULL, NULL);
	if (strlen(texts->text[ORIGIN]) >= sizeof layout->origin)
		return credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, "origin", NULL, NULL);
	memcpy(layout->origin, texts->text[ORIGIN], strlen(texts->text[ORIGIN]) + 1);
	error = join(folder, texts->text[DATA], layout->data, problem);
	if (error == CREDIT_OK)
		error = join(folder, texts->text[HEAD], layout->head, problem);
	if (error == CREDIT_OK)
		error = read_key(folder, texts->text[LOG_KEY], &layout->log_key, problem);
	if (error == CREDIT_OK)
		error = read_key(folder, texts->text[SYSTEM_KEY], &layout->system_key, problem);
	return error;
}

enum credit_error layout_read(
	const char *folder, struct layout *ret_layout, struct credit_problem *problem)
{
	struct fy_parse_cfg quiet = {.flags = FYPCF_QUIET};
	struct credit_bytes yaml = {NULL, 0};
	struct fy_document *document = NULL;
	struct texts *texts = calloc(1, sizeof *texts);
	char path[PATH_MAX];
	enum credit_error error;

	error = texts ? join(folder, "credd.yaml", path, problem)
		      : credit_problem_set(problem, CREDIT_E_NO_MEMORY, folder, NULL, NULL);
	if (error == CREDIT_OK)
		error = file_read(path, CONFIG_MAX, &yaml, problem);
	if (error == CREDIT_OK) {
		document =
			fy_document_build_from_string(&quiet, (const char *)yaml.data, yaml.size);
		error = document ? read_texts(document, path, texts, problem)
				 : credit_problem_set(
					   problem, CREDIT_E_CONFIG_SYNTAX, path, NULL, NULL);
	}
	if (error == CREDIT_OK)
		error = fill(folder, texts, ret_layout, problem);
	fy_document_destroy(document);
	file_free(yaml);
	free(texts);
	return error;
}

void layout_wipe(struct layout *layout)
{
	credit_wipe(&layout->log_key, sizeof layout->log_key);
	credit_wipe(&layout->system_key, sizeof layout->system_key);
}

struct credit_registry_options layout_options(const struct layout *layout)
{
	return (struct credit_registry_options){
		.path = layout->data,
		.head_path = layout->head,
		.origin = layout->origin,
		.root_uscc = layout->root_uscc,
		.root_key = layout->root_key.public_key,
		.log_key = layout->log_key,
		.system_key = layout->system_key,
	};
}
