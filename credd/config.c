/* SPDX-License-Identifier: Apache-2.0
 *
 * config.c - reads credd.yaml. The only file of the daemon that sees libfyaml.
 *
 * The file is read as a stream of YAML events, two levels deep and no deeper: sections and their
 * settings, each value a scalar. Sequences, anchors, aliases, tags and second documents have no use
 * here and are refused, so that nothing in the file can mean more than it shows.
 */
#include "config_table.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXTS_MAX ((size_t)4 * CREDD_CONFIG_FILE_MAX)
#define ROWS_MAX 64
#define PATH_TEXT_MAX 64 /* the longest path of a row is far shorter */

struct reader {
	struct fy_diag *diag;
	struct fy_parser *parser;
	const char *folder;
	struct credd_config *config;
	struct credit_problem *problem;
	unsigned line; /* of the event at hand */
	bool seen[ROWS_MAX];
};

/* One event, copied out of the parser's memory. */
struct item {
	enum fy_event_type type;
	struct credit_bytes text; /* of a scalar; in config->texts */
	unsigned line;
};

static enum credit_error refuse_syntax(struct reader *reader, const char *why)
{
	return credit_problem_set(reader->problem, CREDIT_E_CONFIG_SYNTAX, NULL, NULL, "%s", why);
}

/* The parser has stopped with an error that it has collected. */
static enum credit_error parser_error(struct reader *reader)
{
	void *walk = NULL;
	const struct fy_diag_error *first = fy_diag_errors_iterate(reader->diag, &walk);

	if (first && first->line > 0)
		reader->line = (unsigned)first->line;
	return refuse_syntax(reader, first && first->msg ? first->msg : "it is not YAML");
}

static bool is_decorated(const struct fy_event *event)
{
	switch (event->type) {
	case FYET_SCALAR:
		return event->scalar.anchor || event->scalar.tag;
	case FYET_MAPPING_START:
		return event->mapping_start.anchor || event->mapping_start.tag;
	default: /* the other kinds are refused where they turn up */
		return false;
	}
}

static enum credit_error copy_scalar(
	struct reader *reader, const struct fy_event *event, struct item *item)
{
	size_t size = 0;
	const char *text = fy_token_get_text(event->scalar.value, &size);
	const uint8_t *copy;

	if (!text)
		size = 0;
	copy = credit_arena_copy(&reader->config->texts, size ? text : "", size);
	if (!copy)
		return refuse_syntax(reader, "the file is too large");
	item->text = (struct credit_bytes){copy, size};
	return CREDIT_OK;
}

/* The next event. FYET_NONE when there is no more. */
static enum credit_error next_item(struct reader *reader, struct item *ret_item)
{
	struct item item = {.type = FYET_NONE};
	struct fy_event *event = fy_parser_parse(reader->parser);
	enum credit_error error = CREDIT_OK;

	if (!event) {
		if (fy_parser_get_stream_error(reader->parser))
			return parser_error(reader);
		*ret_item = item;
		return CREDIT_OK;
	}
	const struct fy_mark *mark = fy_event_start_mark(event);
	if (mark)
		reader->line = (unsigned)mark->line + 1;
	item.line = reader->line;
	item.type = event->type;
	if (is_decorated(event))
		error = refuse_syntax(reader, "anchors and tags are not used here");
	else if (event->type == FYET_SCALAR)
		error = copy_scalar(reader, event, &item);
	fy_parser_event_free(reader->parser, event);
	if (error == CREDIT_OK)
		*ret_item = item;
	return error;
}

static const struct credd_config_row *find_row(const char *path)
{
	for (size_t i = 0; i < credd_config_row_count; i++)
		if (strcmp(credd_config_rows[i].path, path) == 0)
			return &credd_config_rows[i];
	return NULL;
}

static bool is_section(const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < credd_config_row_count; i++)
		if (strncmp(credd_config_rows[i].path, path, length) == 0 &&
			credd_config_rows[i].path[length] == '.')
			return true;
	return false;
}

/* "section.name". A name with other characters than ours have is in no row; it is shown as "?" so
 * that a message never carries stray bytes to a terminal. */
static void join_path(const char *section, struct credit_bytes name, char path[PATH_TEXT_MAX])
{
	static const char ours[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	char copy[PATH_TEXT_MAX / 2] = "?";

	if (name.size > 0 && name.size < sizeof copy) {
		memcpy(copy, name.data, name.size);
		copy[name.size] = '\0';
		if (strspn(copy, ours) != name.size)
			memcpy(copy, "?", sizeof "?");
	}
	snprintf(path, PATH_TEXT_MAX, "%s%s%s", section, section[0] ? "." : "", copy);
}

static enum credit_error set_scalar(
	struct reader *reader, const char *path, const struct item *item)
{
	const struct credd_config_row *row = find_row(path);

	if (!row && is_section(path))
		return credit_problem_set(reader->problem, CREDIT_E_CONFIG_VALUE, path, NULL,
			"a section with settings of its own");
	if (!row)
		return credit_problem_set(
			reader->problem, CREDIT_E_CONFIG_UNKNOWN, path, NULL, NULL);
	if (reader->seen[row - credd_config_rows])
		return credit_problem_set(
			reader->problem, CREDIT_E_CONFIG_SYNTAX, path, NULL, "given twice");
	reader->seen[row - credd_config_rows] = true;
	return credd_config_set(row, item->text, reader->folder, reader->config, reader->problem);
}

static enum credit_error read_mapping(struct reader *reader, const char *section);

static enum credit_error read_value(struct reader *reader, const char *section, const char *path)
{
	struct item item;
	enum credit_error error = next_item(reader, &item);

	if (error != CREDIT_OK)
		return error;
	if (item.type == FYET_SCALAR)
		return set_scalar(reader, path, &item);
	/* The first level only, so the recursion goes one deep. */
	if (item.type == FYET_MAPPING_START && section[0] == '\0' && is_section(path))
		return read_mapping(reader, path);
	return credit_problem_set(reader->problem,
		find_row(path) || is_section(path) ? CREDIT_E_CONFIG_VALUE
						   : CREDIT_E_CONFIG_UNKNOWN,
		path, NULL, "one value is expected");
}

static enum credit_error read_mapping(struct reader *reader, const char *section)
{
	for (;;) {
		char path[PATH_TEXT_MAX];
		struct item name;
		enum credit_error error = next_item(reader, &name);

		if (error != CREDIT_OK)
			return error;
		if (name.type == FYET_MAPPING_END)
			return CREDIT_OK;
		if (name.type != FYET_SCALAR)
			return refuse_syntax(reader, "write name: value, one a line");
		join_path(section, name.text, path);
		error = read_value(reader, section, path);
		if (error != CREDIT_OK)
			return error;
	}
}

/* Stream and document begin and end around one mapping; an empty file has none. */
static enum credit_error read_stream(struct reader *reader)
{
	struct item item = {.type = FYET_STREAM_START};
	enum credit_error error = CREDIT_OK;
	bool had_mapping = false;

	while (error == CREDIT_OK && item.type != FYET_NONE) {
		error = next_item(reader, &item);
		if (error != CREDIT_OK || item.type == FYET_NONE)
			break;
		if (item.type == FYET_MAPPING_START && !had_mapping) {
			had_mapping = true;
			error = read_mapping(reader, "");
		} else if (item.type != FYET_STREAM_START && item.type != FYET_STREAM_END &&
			   item.type != FYET_DOCUMENT_START && item.type != FYET_DOCUMENT_END) {
			error = refuse_syntax(reader, "write name: value, one a line");
		}
	}
	return error;
}

static enum credit_error fill_in_defaults(struct reader *reader)
{
	reader->line = 0;
	for (size_t i = 0; i < credd_config_row_count; i++) {
		const struct credd_config_row *row = &credd_config_rows[i];
		enum credit_error error = CREDIT_OK;

		if (reader->seen[i])
			continue;
		if (row->standard)
			error = credd_config_set(row, credit_bytes_of(row->standard),
				reader->folder, reader->config, reader->problem);
		else if (row->required)
			error = credit_problem_set(
				reader->problem, CREDIT_E_FIELD_MISSING, row->path, NULL, NULL);
		if (error != CREDIT_OK)
			return error;
	}
	return CREDIT_OK;
}

static enum credit_error check_together(struct reader *reader)
{
	const struct credd_config *config = reader->config;
	const char *missing = NULL;

	if (!config->tcp && !config->socket)
		return credit_problem_set(reader->problem, CREDIT_E_FIELD_MISSING, "listen", NULL,
			"tcp, socket or both");
	if (config->tcp && !config->tls_certificate)
		missing = "tls.certificate";
	else if (config->tcp && !config->tls_key)
		missing = "tls.key";
	else if (config->tcp && !config->tls_client_ca)
		missing = "tls.client_ca";
	if (missing)
		return credit_problem_set(reader->problem, CREDIT_E_FIELD_MISSING, missing, NULL,
			"listen.tcp needs it");
	return CREDIT_OK;
}

/* libfyaml would write to stderr what it finds; here it is collected and said once, by us. */
static void swallow(struct fy_diag *diag, void *user, const char *text, size_t size)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)size;
}

static bool open_parser(struct reader *reader, struct credit_bytes text)
{
	struct fy_diag_cfg quiet = {.output_fn = swallow, .level = FYET_ERROR, .module_mask = ~0U};
	struct fy_parse_cfg options = {.flags = FYPCF_QUIET};

	reader->diag = options.diag = fy_diag_create(&quiet);
	if (!reader->diag)
		return false;
	fy_diag_set_collect_errors(reader->diag, true);
	reader->parser = fy_parser_create(&options);
	return reader->parser &&
	       fy_parser_set_string(reader->parser, (const char *)text.data, text.size) == 0;
}

/* libfyaml 0.7.12 loops for ever over a directive with a byte that is not UTF-8. */
static enum credit_error check_utf8(struct reader *reader, struct credit_bytes text)
{
	uint32_t code_point;
	size_t length;

	reader->line = 1;
	for (size_t at = 0; at < text.size; at += length) {
		length = credit_utf8_next(text.data + at, text.size - at, &code_point);
		if (length == 0)
			return refuse_syntax(reader, "this is not UTF-8");
		reader->line += code_point == '\n';
	}
	reader->line = 0;
	return CREDIT_OK;
}

enum credit_error credd_config_parse(struct credit_bytes text, const char *folder,
	struct credd_config *ret_config, struct credit_problem *problem,
	struct credd_config_place *ret_place)
{
	struct credd_config config = {0};
	struct reader reader = {.folder = folder, .config = &config, .problem = problem};
	enum credit_error error;

	credit_arena_init(&config.texts, NULL, 0, TEXTS_MAX);
	error = check_utf8(&reader, text);
	if (error != CREDIT_OK)
		goto done;
	error = CREDIT_E_NO_MEMORY;
	if (!open_parser(&reader, text)) {
		credit_problem_set(problem, error, NULL, NULL, NULL);
		goto done;
	}
	error = read_stream(&reader);
	if (error == CREDIT_OK)
		error = fill_in_defaults(&reader);
	if (error == CREDIT_OK)
		error = check_together(&reader);
done:
	fy_parser_destroy(reader.parser);
	fy_diag_destroy(reader.diag);
	if (error == CREDIT_OK) {
		*ret_config = config;
		return CREDIT_OK;
	}
	credit_arena_deinit(&config.texts);
	ret_place->line = reader.line;
	return error;
}

/* *ret_size may come out one larger than CREDD_CONFIG_FILE_MAX: the file is too large then. */
static enum credit_error read_file(
	const char *path, char text[CREDD_CONFIG_FILE_MAX + 1], size_t *ret_size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t part = 1;

	if (file < 0)
		return CREDIT_E_IO;
	while (part > 0 && size <= CREDD_CONFIG_FILE_MAX) {
		part = read(file, text + size, CREDD_CONFIG_FILE_MAX + 1 - size);
		if (part > 0)
			size += (size_t)part;
	}
	close(file);
	if (part < 0)
		return CREDIT_E_IO;
	*ret_size = size;
	return CREDIT_OK;
}

enum credit_error credd_config_load(const char *path, struct credd_config *ret_config,
	struct credit_problem *problem, struct credd_config_place *ret_place)
{
	const char *slash = strrchr(path, '/');
	size_t folder_size = slash ? (size_t)(slash - path) : 1, size = 0;
	char *text = malloc(CREDD_CONFIG_FILE_MAX + 1);
	char *folder = strndup(slash ? path : ".", folder_size);
	enum credit_error error = CREDIT_E_NO_MEMORY;

	ret_place->line = 0;
	if (!text || !folder) {
		credit_problem_set(problem, error, NULL, NULL, NULL);
		goto done;
	}
	error = read_file(path, text, &size);
	if (error != CREDIT_OK)
		credit_problem_set(problem, error, NULL, NULL, "%s", strerror(errno));
	else if (size > CREDD_CONFIG_FILE_MAX)
		error = credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, NULL,
			"at most %d bytes", CREDD_CONFIG_FILE_MAX);
	else
		error = credd_config_parse((struct credit_bytes){(const uint8_t *)text, size},
			folder, ret_config, problem, ret_place);
done:
	free(folder);
	free(text);
	return error;
}

void credd_config_deinit(struct credd_config *config)
{
	credit_arena_deinit(&config->texts);
}
