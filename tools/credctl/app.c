/* SPDX-License-Identifier: Apache-2.0
 *
 * app.c - refusals on screen, the clock, the language.
 */
#include "app.h"

#include "bilingual.h"
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *app_say(const struct app *app, const char *en, const char *zh)
{
	return app->lang == CREDIT_LANG_ZH ? zh : en;
}

static int exit_code(enum credit_error error)
{
	static const int codes[] = {
		[CREDIT_CLASS_OK] = EXIT_DONE,
		[CREDIT_CLASS_INVALID] = EXIT_NO,
		[CREDIT_CLASS_PRECONDITION] = EXIT_NO,
		[CREDIT_CLASS_DENIED] = EXIT_NO,
		[CREDIT_CLASS_UNAUTHENTICATED] = EXIT_NO,
		[CREDIT_CLASS_ABSENT] = EXIT_NO,
		[CREDIT_CLASS_EXISTS] = EXIT_NO,
		[CREDIT_CLASS_EXHAUSTED] = EXIT_FAULT,
		[CREDIT_CLASS_UNAVAILABLE] = EXIT_FAULT,
		[CREDIT_CLASS_UNSUPPORTED] = EXIT_FAULT,
		[CREDIT_CLASS_DATA_LOSS] = EXIT_FAULT,
		[CREDIT_CLASS_INTERNAL] = EXIT_FAULT,
		[CREDIT_CLASS_CANCELLED] = EXIT_FAULT,
	};

	return error == CREDIT_E_USAGE ? EXIT_USAGE : codes[credit_error_class(error)];
}

int app_fail(const struct app *app, const struct credit_problem *problem)
{
	struct credit_problem shown = *problem;
	char text[CREDIT_PROBLEM_TEXT_MAX];

	bilingual_choose(&shown, app->lang);
	if (app->json) {
		output_json(json_pack("{s:o}", "error", output_json_problem(&shown, app->lang)));
	} else {
		credit_problem_text(&shown, app->lang, text, sizeof text);
		fputs("credctl: ", stderr);
		output_safe(stderr, text);
		fputc('\n', stderr);
	}
	return exit_code(problem->error);
}

/* Both formats are literals of the callers, which the attribute holds against the arguments. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void app_note(const struct app *app, const char *en, const char *zh, ...)
{
	char text[1024];
	va_list arguments;

	if (app->json)
		return;
	va_start(arguments, zh);
	vsnprintf(text, sizeof text, app_say(app, en, zh), arguments);
	va_end(arguments);
	output_safe(stderr, text);
	fputc('\n', stderr);
}
#pragma GCC diagnostic pop

credit_ms_t app_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (credit_ms_t){(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

credit_day_t app_today(void)
{
	return credit_day_of(app_now());
}

enum credit_lang app_lang_of_environment(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);

		if (value && value[0] != '\0')
			return strncmp(value, "zh", 2) == 0 ? CREDIT_LANG_ZH : CREDIT_LANG_EN;
	}
	return CREDIT_LANG_EN;
}
