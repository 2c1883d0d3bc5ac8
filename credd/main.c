/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the command line of credd: one table, and what each option does.
 *
 * Exit codes are those of credctl: 0 done, 1 the configuration is wrong, 2 wrong usage, 3 could not
 * start or run.
 */
#include "daemon.h"
#include "log.h"

#include <credit/store.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NO 1
#define EXIT_USAGE 2
#define EXIT_FAILED 3

enum action {
	ACTION_RUN,
	ACTION_CHECK,
	ACTION_HELP,
	ACTION_HELP_CONFIG,
	ACTION_VERSION
};

struct arguments {
	enum action action;
	const char *config;
	bool clock_confirmed;
};

static const struct {
	const char *name, *value, *help;
	enum action action;
} options[] = {
	{"config", "FILE", "read the settings from FILE (credd.yaml(5))", ACTION_RUN},
	{"confirm-clock", NULL,
		"the clock is right although it is far ahead of the last publication", ACTION_RUN},
	{"check-config", NULL, "check the settings, keys and limits, and do nothing else",
		ACTION_CHECK},
	{"help", NULL, "show this help", ACTION_HELP},
	{"help-config", NULL, "show every setting with its type, bounds and default",
		ACTION_HELP_CONFIG},
	{"version", NULL, "show the version", ACTION_VERSION},
};
#define OPTIONS (sizeof options / sizeof options[0])

static int print_help(FILE *out)
{
	fputs("usage: credd --config FILE [--confirm-clock]\n"
	      "       credd --config FILE --check-config\n\n"
	      "The daemon of a registry of signed public credit records of legal entities.\n\n",
		out);
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, "  --%s %-*s  %s\n", options[i].name,
			(int)(15 - strlen(options[i].name)),
			options[i].value ? options[i].value : "", options[i].help);
	return EXIT_SUCCESS;
}

static bool parse_arguments(int argc, char **argv, struct arguments *ret_arguments)
{
	struct option table[OPTIONS + 1] = {0};
	struct arguments arguments = {.action = ACTION_RUN};
	int chosen = 0, found;

	for (size_t i = 0; i < OPTIONS; i++)
		table[i] = (struct option){.name = options[i].name,
			.has_arg = options[i].value ? required_argument : no_argument};
	while ((found = getopt_long(argc, argv, "", table, &chosen)) == 0) {
		if (options[chosen].action != ACTION_RUN)
			arguments.action = options[chosen].action;
		else if (options[chosen].value)
			arguments.config = optarg;
		else
			arguments.clock_confirmed = true;
	}
	bool needs_file = arguments.action == ACTION_RUN || arguments.action == ACTION_CHECK;
	if (found != -1 || optind != argc || (needs_file && !arguments.config))
		return false;
	*ret_arguments = arguments;
	return true;
}

/* "file:line: setting: what is wrong; what to do." */
static int refuse(const char *file, unsigned line, const struct credit_problem *problem)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	credit_problem_text(problem, CREDIT_LANG_EN, text, sizeof text);
	if (line > 0)
		fprintf(stderr, "%s:%u: %s\n", file, line, text);
	else
		fprintf(stderr, "%s: %s\n", file, text);
	return EXIT_NO;
}

/* Called from a signal handler: see credit/store.h. */
static void stop_for_damage(const char *what)
{
	if (write(STDERR_FILENO, what, strlen(what)) < 0)
		_exit(EXIT_FAILED);
	_exit(EXIT_FAILED);
}

/* From here on stderr is the log. */
static int fail(const struct credit_problem *problem)
{
	struct credd_line line;

	credd_line_begin(&line, CREDD_ERROR, "not-running");
	credd_line_problem(&line, problem);
	credd_line_end(&line);
	return EXIT_FAILED;
}

static int with_config(const struct arguments *arguments)
{
	struct credit_problem problem = {.error = CREDIT_OK};
	struct credd_config_place place = {0};
	struct credd_config config;
	int code = EXIT_SUCCESS;

	if (credit_crypto_init() != CREDIT_OK ||
		credit_store_on_damage(stop_for_damage) != CREDIT_OK) {
		credit_problem_set(&problem, CREDIT_E_INTERNAL, NULL, NULL, "libsodium");
		return fail(&problem);
	}
	if (credd_config_load(arguments->config, &config, &problem, &place) != CREDIT_OK)
		return refuse(arguments->config, place.line, &problem);
	if (arguments->action == ACTION_CHECK) {
		if (credd_daemon_check(&config, &problem) != CREDIT_OK)
			code = refuse(arguments->config, 0, &problem);
		else
			printf("%s: good\n", arguments->config);
	} else if (credd_daemon_run(&config, arguments->clock_confirmed, &problem) != CREDIT_OK) {
		code = fail(&problem);
	}
	credd_config_deinit(&config);
	return code;
}

int main(int argc, char **argv)
{
	struct arguments arguments;

	if (!parse_arguments(argc, argv, &arguments)) {
		fputs("credd: wrong usage; see credd --help\n", stderr);
		return EXIT_USAGE;
	}
	switch (arguments.action) {
	case ACTION_RUN:
	case ACTION_CHECK:
		return with_config(&arguments);
	case ACTION_HELP:
		return print_help(stdout);
	case ACTION_HELP_CONFIG:
		credd_config_help(stdout);
		return EXIT_SUCCESS;
	case ACTION_VERSION:
		puts("credd " CREDIT_VERSION);
		return EXIT_SUCCESS;
	}
	return EXIT_USAGE;
}
