/* SPDX-License-Identifier: Apache-2.0
 *
 * secrets_key.c - making a signing key and writing its two files.
 */
#include "secrets.h"

#include "file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static void public_path(const char *path, char *text, size_t size)
{
	size_t length = strlen(path);

	if (length > 4 && strcmp(path + length - 4, ".key") == 0)
		length -= 4;
	snprintf(text, size, "%.*s.pub", (int)length, path);
}

static enum credit_error refuse_name(enum credit_error error, struct credit_problem *problem)
{
	return credit_problem_set(
		problem, error, "name", NULL, "1..128 bytes, no white space, no '+'");
}

/* The private file first: without it the public one is of no use. */
static enum credit_error write_files(
	const char *path, const char *text, const char *vkey, struct credit_problem *problem)
{
	char public[PATH_MAX];
	enum credit_error error;

	public_path(path, public, sizeof public);
	error = file_create(path, 0600, credit_bytes_of(text), problem);
	if (error == CREDIT_OK)
		error = file_create(public, 0644, credit_bytes_of(vkey), problem);
	return error;
}

enum credit_error secret_key_make(const char *name, const char *path,
	struct credit_key_pair *ret_pair, struct credit_named_key *ret_key,
	struct credit_problem *problem)
{
	char text[CREDIT_KEY_TEXT_MAX], vkey[CREDIT_KEY_TEXT_MAX];
	struct credit_named_key key = {0};
	struct credit_key_pair pair;
	enum credit_error error;

	credit_key_generate(&pair);
	error = credit_key_pair_text(name, &pair, text);
	if (error != CREDIT_OK) {
		refuse_name(error, problem);
		goto done;
	}
	memcpy(key.name, name, strlen(name));
	key.public_key = pair.public_key;
	error = credit_vkey_text(&key, vkey);
	if (error == CREDIT_OK)
		error = write_files(path, text, vkey, problem);
	if (error != CREDIT_OK)
		goto done;
	*ret_key = key;
	if (ret_pair)
		*ret_pair = pair;
done:
	credit_wipe(text, sizeof text);
	credit_wipe(&pair, sizeof pair);
	return error;
}

enum credit_error secret_cosigner_make(const char *name, const char *path,
	struct credit_cosigner *ret_cosigner, struct credit_problem *problem)
{
	char text[CREDIT_KEY_TEXT_MAX], vkey[CREDIT_KEY_TEXT_MAX];
	struct credit_cosigner cosigner = {0};
	struct credit_key_pair pair;
	enum credit_error error;

	credit_key_generate(&pair);
	error = credit_cosigner_pair_text(name, &pair, text);
	if (error != CREDIT_OK) {
		refuse_name(error, problem);
		goto done;
	}
	memcpy(cosigner.key.name, name, strlen(name));
	cosigner.key.public_key = pair.public_key;
	error = credit_cosigner_text(&cosigner, vkey);
	if (error == CREDIT_OK)
		error = write_files(path, text, vkey, problem);
	if (error == CREDIT_OK)
		*ret_cosigner = cosigner;
done:
	credit_wipe(text, sizeof text);
	credit_wipe(&pair, sizeof pair);
	return error;
}
