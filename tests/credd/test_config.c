/* SPDX-License-Identifier: Apache-2.0
 *
 * test_config.c - credd.yaml: what is read, what is refused, where and why; and that its manual
 * page holds the reference that the daemon prints.
 */
#include "config_table.h"

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

#define USCC "111101080000012305"
#define VKEY "root.example/2026+efb7ddc0+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
#define LEAST "origin: a.example\nroot: {uscc: " USCC ", key: \"" VKEY "\"}\nlisten: {socket: s}\n"

TestSuite(config, .init = temp_dir_make, .fini = temp_dir_remove);

static enum credit_error parse(const char *text, struct credd_config *config,
	struct credit_problem *problem, unsigned *line)
{
	struct credd_config_place place = {0};
	enum credit_error error =
		credd_config_parse(credit_bytes_of(text), "/etc/credit", config, problem, &place);

	*line = place.line;
	return error;
}

Test(config, the_least_file_gets_every_default)
{
	struct credit_problem problem;
	struct credd_config config;
	unsigned line;

	cr_assert_eq(parse(LEAST, &config, &problem, &line), CREDIT_OK);
	cr_expect_str_eq(config.origin, "a.example");
	cr_expect_str_eq(config.data, "/etc/credit/data");
	cr_expect_str_eq(config.head, "/etc/credit/head");
	cr_expect_str_eq(config.log_key, "/etc/credit/keys/log.key");
	cr_expect_str_eq(config.socket, "/etc/credit/s");
	cr_expect_null(config.tcp);
	cr_expect_null(config.tls_key);
	cr_expect_eq(config.socket_mode, 0600);
	cr_expect(!config.socket_authority.given);
	cr_expect_eq(config.workers, 0);
	cr_expect_eq(config.message_bytes, 8650752);
	cr_expect_eq(config.calls, 4096);
	cr_expect_eq(config.connections, 1024);
	cr_expect_eq(config.queue, 4096);
	cr_expect_eq(config.epoch_filings, 1024);
	cr_expect_eq(config.drain_ms, 10000);
	cr_expect_eq(config.interval_ms, 1000);
	cr_expect_eq(config.idle_ms, 10);
	cr_expect_eq(config.at_least_ms, 60000);
	cr_expect_eq(config.log_level, 1);
	cr_expect(config.reflection);
	credd_config_deinit(&config);
}

Test(config, every_given_value_takes_the_place_of_its_default)
{
	static const char text[] =
		"origin: credit.demo.example/2026\ndata: /var/d\nhead: ../h\n"
		"root: {uscc: " USCC ", key: \"" VKEY "\"}\n"
		"keys: {log: l, system: /s}\n"
		"listen: {tcp: \"[::1]:0\", socket: c.sock, socket_mode: 0660,"
		" socket_authority: " USCC "}\n"
		"tls: {certificate: a, key: b, client_ca: c}\n"
		"limits: {workers: 3, message_bytes: 65536, calls: 16, connections: 2, queue: 7,"
		" queue_bytes: 4294967295, epoch_filings: 5, drain_ms: 0}\n"
		"publication: {interval_ms: 2, idle_ms: 0, at_least_ms: 1000}\n"
		"log: {level: error, slow_ms: 9}\nreflection: false\n";
	struct credit_problem problem;
	struct credd_config config;
	unsigned line;

	cr_assert_eq(parse(text, &config, &problem, &line), CREDIT_OK);
	cr_expect_str_eq(config.data, "/var/d");
	cr_expect_str_eq(config.head, "/etc/credit/../h");
	cr_expect_eq(memcmp(config.root_uscc.uscc.character, USCC, CREDIT_USCC_SIZE), 0);
	cr_expect_str_eq(config.root_key.name, "root.example/2026");
	cr_expect_eq(config.root_key.public_key.byte[0], 0xd7);
	cr_expect_str_eq(config.system_key, "/s");
	cr_expect_str_eq(config.tcp, "[::1]:0");
	cr_expect_eq(config.socket_mode, 0660);
	cr_expect(config.socket_authority.given);
	cr_expect_str_eq(config.tls_client_ca, "/etc/credit/c");
	cr_expect_eq(config.workers, 3);
	cr_expect_eq(config.queue, 7);
	cr_expect_eq(config.queue_bytes, UINT32_MAX);
	cr_expect_eq(config.epoch_filings, 5);
	cr_expect_eq(config.drain_ms, 0);
	cr_expect_eq(config.idle_ms, 0);
	cr_expect_eq(config.log_level, 3);
	cr_expect_eq(config.slow_ms, 9);
	cr_expect(!config.reflection);
	credd_config_deinit(&config);
}

/* Each text follows LEAST, whose three lines are good. Criterion copies parameters to another
 * process, so that texts are arrays. */
struct refusal {
	char reason[64];
	char text[160];
	enum credit_error error;
	char field[40];
	unsigned line;
};

ParameterizedTestParameters(config, refusals)
{
	static struct refusal rows[] = {
		{"a setting that is not in the table", "data: x\ncolour: red\n",
			CREDIT_E_CONFIG_UNKNOWN, "colour", 5},
		{"a misspelt setting of a section", "limits:\n  workers: 1\n  queues: 5\n",
			CREDIT_E_CONFIG_UNKNOWN, "limits.queues", 6},
		{"a section that is not in the table", "limit: {queue: 5}\n",
			CREDIT_E_CONFIG_UNKNOWN, "limit", 4},
		{"a name with bytes for a terminal", "\"\\e[2J\": 1\n", CREDIT_E_CONFIG_UNKNOWN,
			"?", 4},
		{"the same setting twice", "data: x\ndata: y\n", CREDIT_E_CONFIG_SYNTAX, "data", 5},
		{"a section twice with the same setting",
			"limits: {queue: 5}\nlimits: {queue: 5}\n", CREDIT_E_CONFIG_SYNTAX,
			"limits.queue", 5},
		{"one below the least", "limits: {queue: 0}\n", CREDIT_E_CONFIG_VALUE,
			"limits.queue", 4},
		{"one above the most", "limits: {epoch_filings: 4097}\n", CREDIT_E_CONFIG_VALUE,
			"limits.epoch_filings", 4},
		{"a number beyond 64 bits", "limits: {queue: 99999999999999999999999}\n",
			CREDIT_E_CONFIG_VALUE, "limits.queue", 4},
		{"2^32, which must not wrap", "limits: {queue: 4294967297}\n",
			CREDIT_E_CONFIG_VALUE, "limits.queue", 4},
		{"a negative number", "limits: {drain_ms: -1}\n", CREDIT_E_CONFIG_VALUE,
			"limits.drain_ms", 4},
		{"a number with a unit", "limits: {drain_ms: 10s}\n", CREDIT_E_CONFIG_VALUE,
			"limits.drain_ms", 4},
		{"no value", "limits: {queue: }\n", CREDIT_E_CONFIG_VALUE, "limits.queue", 4},
		{"a digit that is not octal", "publication: {}\nlog: {level: loud}\n",
			CREDIT_E_CONFIG_VALUE, "log.level", 5},
		{"a flag in YAML 1.1's words", "reflection: yes\n", CREDIT_E_CONFIG_VALUE,
			"reflection", 4},
		{"a sequence for a value", "data: [a, b]\n", CREDIT_E_CONFIG_VALUE, "data", 4},
		{"a mapping for a value", "data: {a: b}\n", CREDIT_E_CONFIG_VALUE, "data", 4},
		{"a value for a section", "limits: 5\n", CREDIT_E_CONFIG_VALUE, "limits", 4},
		{"a section inside a section", "limits: {log: {level: info}}\n",
			CREDIT_E_CONFIG_UNKNOWN, "limits.log", 4},
		{"a dotted name, which would bypass its section", "limits.queue: 5\n",
			CREDIT_E_CONFIG_UNKNOWN, "?", 4},
		{"an anchor", "data: &x y\n", CREDIT_E_CONFIG_SYNTAX, "", 4},
		{"a tag", "data: !!str y\n", CREDIT_E_CONFIG_SYNTAX, "", 4},
		{"an empty path", "data: \"\"\n", CREDIT_E_CONFIG_VALUE, "data", 4},
		{"a NUL in a path", "data: \"a\\0b\"\n", CREDIT_E_CONFIG_VALUE, "data", 4},
		{"a code with a wrong check character",
			"root2: 1\nlisten: {socket_authority: 111101080000012306}\n",
			CREDIT_E_CONFIG_UNKNOWN, "root2", 4},
		{"a second document", "---\ndata: x\n", CREDIT_E_CONFIG_SYNTAX, "", 5},
		{"an unfinished mapping", "limits: {queue: 5\n", CREDIT_E_CONFIG_SYNTAX, "", 5},
	};

	return cr_make_param_array(struct refusal, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct refusal *row, config, refusals)
{
	char text[1024];
	struct credit_problem problem = {.error = CREDIT_OK};
	struct credd_config config;
	unsigned line;

	snprintf(text, sizeof text, "%s%s", LEAST, row->text);
	cr_assert_eq(parse(text, &config, &problem, &line), row->error, "%s: %s", row->reason,
		credit_error_name(problem.error));
	cr_expect_eq(problem.error, row->error, "%s", row->reason);
	cr_expect_str_eq(problem.field, row->field, "%s", row->reason);
	cr_expect_eq(line, row->line, "%s: line %u", row->reason, line);
}

/* Whole files. */
struct whole {
	char reason[64];
	char text[256];
	enum credit_error error;
	char field[40];
};

ParameterizedTestParameters(config, whole_files)
{
	static struct whole rows[] = {
		{"an empty file lacks the first required setting", "", CREDIT_E_FIELD_MISSING,
			"origin"},
		{"no listener", "origin: a\nroot: {uscc: " USCC ", key: \"" VKEY "\"}\n",
			CREDIT_E_FIELD_MISSING, "listen"},
		{"TCP without its certificate",
			"origin: a\nroot: {uscc: " USCC ", key: \"" VKEY
			"\"}\nlisten: {tcp: \"h:1\"}\n",
			CREDIT_E_FIELD_MISSING, "tls.certificate"},
		{"TCP without the clients' CA",
			"origin: a\nroot: {uscc: " USCC ", key: \"" VKEY
			"\"}\nlisten: {tcp: \"h:1\"}\ntls: {certificate: c, key: k}\n",
			CREDIT_E_FIELD_MISSING, "tls.client_ca"},
		{"a port beyond 65535", "listen: {tcp: \"h:65536\"}\n", CREDIT_E_CONFIG_VALUE,
			"listen.tcp"},
		{"an address without a port", "listen: {tcp: localhost}\n", CREDIT_E_CONFIG_VALUE,
			"listen.tcp"},
		{"an IPv6 address without brackets", "listen: {tcp: \"::1:7443\"}\n",
			CREDIT_E_CONFIG_VALUE, "listen.tcp"},
		{"a socket mode that is not octal", "listen: {socket_mode: 0680}\n",
			CREDIT_E_CONFIG_VALUE, "listen.socket_mode"},
		{"a socket mode beyond permission bits", "listen: {socket_mode: 01777}\n",
			CREDIT_E_CONFIG_VALUE, "listen.socket_mode"},
		{"a socket path that the system could not take",
			"listen: {socket: /12345678901234567890123456789012345678901234567890"
			"1234567890123456789012345678901234567890123456789012345678}\n",
			CREDIT_E_CONFIG_VALUE, "listen.socket"},
		{"a code with a wrong check character", "root: {uscc: 111101080000012306}\n",
			CREDIT_E_USCC_CHECK, "root.uscc"},
		{"a key that was copied in part",
			"root: {key: \"root.example/2026+efb7ddc0+Add\"}\n",
			CREDIT_E_VKEY_MALFORMED, "root.key"},
		{"white space in the origin", "origin: a b\n", CREDIT_E_CONFIG_VALUE, "origin"},
		{"a list instead of settings", "- origin\n", CREDIT_E_CONFIG_SYNTAX, ""},
		{"a bare word", "origin\n", CREDIT_E_CONFIG_SYNTAX, ""},
	};

	return cr_make_param_array(struct whole, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(struct whole *row, config, whole_files)
{
	struct credit_problem problem = {.error = CREDIT_OK};
	struct credd_config config;
	unsigned line;

	cr_assert_eq(parse(row->text, &config, &problem, &line), row->error, "%s: %s", row->reason,
		credit_error_name(problem.error));
	cr_expect_str_eq(problem.field, row->field, "%s", row->reason);
}

Test(config, relative_paths_are_joined_to_the_folder_of_the_file)
{
	const char *path = temp_dir_path("credd.yaml"), *data = temp_dir_path("data");
	struct credd_config_place place;
	struct credit_problem problem;
	struct credd_config config;
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs(LEAST, file) >= 0 && fclose(file) == 0);
	cr_assert_eq(credd_config_load(path, &config, &problem, &place), CREDIT_OK);
	cr_expect_str_eq(config.data, data);
	credd_config_deinit(&config);
}

Test(config, a_file_that_is_not_there_is_named_as_such)
{
	struct credd_config_place place;
	struct credit_problem problem;
	struct credd_config config;

	cr_assert_eq(
		credd_config_load(temp_dir_path("none"), &config, &problem, &place), CREDIT_E_IO);
	cr_expect_str_eq(problem.detail, "No such file or directory");
}

Test(config, a_file_beyond_the_limit_is_refused_and_one_at_the_limit_is_read)
{
	for (size_t over = 0; over < 2; over++) {
		const char *path = temp_dir_path("credd.yaml");
		struct credd_config_place place;
		struct credit_problem problem;
		struct credd_config config;
		FILE *file = fopen(path, "w");

		cr_assert(file && fputs(LEAST, file) >= 0);
		for (size_t size = strlen(LEAST); size < CREDD_CONFIG_FILE_MAX + over; size++)
			fputc('#', file);
		cr_assert_eq(fclose(file), 0);
		enum credit_error error = credd_config_load(path, &config, &problem, &place);
		cr_expect_eq(error, over ? CREDIT_E_TOO_LARGE : CREDIT_OK);
		if (error == CREDIT_OK)
			credd_config_deinit(&config);
	}
}

Test(config, every_row_says_what_it_is_in_both_languages)
{
	for (size_t i = 0; i < credd_config_row_count; i++) {
		const struct credd_config_row *row = &credd_config_rows[i];

		cr_expect(
			row->help[CREDIT_LANG_EN] && row->help[CREDIT_LANG_EN][0], "%s", row->path);
		cr_expect(
			row->help[CREDIT_LANG_ZH] && row->help[CREDIT_LANG_ZH][0], "%s", row->path);
		cr_expect(!row->required || !row->standard, "%s", row->path);
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(row->path, credd_config_rows[j].path);
	}
}

Test(config, the_manual_page_holds_the_reference_that_the_daemon_prints)
{
	char *help = NULL, page[65536];
	size_t help_size = 0, page_size;
	FILE *out = open_memstream(&help, &help_size);
	FILE *man = fopen("docs/man/credd.yaml.5", "r");

	cr_assert(out && man);
	credd_config_help(out);
	cr_assert_eq(fclose(out), 0);
	page_size = fread(page, 1, sizeof page - 1, man);
	page[page_size] = '\0';
	fclose(man);
	cr_expect_not_null(strstr(page, help),
		"put the output of credd --help-config into docs/man/credd.yaml.5");
	free(help);
}
