/* SPDX-License-Identifier: Apache-2.0
 *
 * app.h - what every subcommand is given, and how it says no.
 *
 * One struct app holds the options that all subcommands share. A subcommand returns one of the four
 * exit codes; app_fail() prints a refusal and chooses the code from the error's class, so that a
 * subcommand never does either itself.
 *
 * Threads: the tool has one.
 */
#ifndef CREDCTL_APP_H
#define CREDCTL_APP_H

#include <credit/base.h>

#include "options.h"

#define EXIT_DONE 0
#define EXIT_NO 1    /* the answer is no: invalid, refused, not proved */
#define EXIT_USAGE 2 /* wrong usage */
#define EXIT_FAULT 3 /* could not reach or do it */

struct app {
	enum credit_lang lang;
	bool json, help, version;
	const char *server;  /* unix:PATH or HOST:PORT */
	const char *ca;      /* PEM */
	const char *cert;    /* PEM */
	const char *tls_key; /* PEM */
	const char *
		registry; /* the registry's vkey, or a file with it; NULL: the connection is believed */
	uint64_t timeout; /* seconds for one call */
};

/* One subcommand: all there is to say of it. The row in main.c is the only other place. */
struct command {
	const char *name;      /* one or two words */
	const char *arguments; /* as in the usage line, "" when there are none */
	size_t arguments_min, arguments_max;
	bool offline;                 /* speaks to no daemon: --help leaves the connection out */
	size_t values_size;           /* of the struct that the option rows point into; 0: none */
	const struct option *options; /* ends with a row without a name; NULL: none */
	const char *summary[2];       /* by enum credit_lang; one line */
	const char *detail[2];        /* what --help says below the options; NULL: nothing */
	int (*run)(struct app *app, void *values, char **arguments, size_t count);
};

/* One of two texts; as a format, both are held against the arguments. */
const char *app_say(const struct app *app, const char *en, const char *zh)
	__attribute__((format_arg(2), format_arg(3)));
/* Prints the problem (stderr; with --json one value on stdout) and gives the exit code for it. */
int app_fail(const struct app *app, const struct credit_problem *problem);
/* A sentence on stderr for people; nothing with --json. */
void app_note(const struct app *app, const char *en, const char *zh, ...)
	__attribute__((format(printf, 2, 4), format(printf, 3, 4)));
credit_ms_t app_now(void);
credit_day_t app_today(void);
/* From LC_ALL, LC_MESSAGES or LANG, in that order. */
enum credit_lang app_lang_of_environment(void);

#endif
