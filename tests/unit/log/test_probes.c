/* SPDX-License-Identifier: Apache-2.0
 *
 * test_probes.c - proofs that others published, good and bad, and the same verdict on each.
 *
 * Source: tests/vectors/merkle_probes.txt, which names its own.
 */
#include <credit/log.h>

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_HERE 4096

static struct credit_hash from_base64(const char *text, size_t size)
{
	struct credit_hash hash;
	size_t length;

	cr_assert_eq(credit_base64_decode(text, size, &hash, sizeof hash, &length), CREDIT_OK);
	cr_assert_eq(length, sizeof hash);
	return hash;
}

static size_t read_path(const char *text, struct credit_hash path[CREDIT_PATH_MAX])
{
	size_t count = 0;

	if (strcmp(text, "-") == 0)
		return 0;
	while (*text) {
		size_t size = strcspn(text, ",");

		path[count++] = from_base64(text, size);
		text += size + (text[size] == ',');
	}
	return count;
}

/* One line; whether it asks for acceptance. */
static bool probe(const char *line)
{
	char kind[16], verdict[16], one[64], two[64], path_text[LINE_MAX_HERE], name[128];
	struct credit_hash path[CREDIT_PATH_MAX], first, second;
	uint64_t a, b;
	enum credit_error error;
	size_t count;
	bool wanted;

	cr_assert_eq(sscanf(line, "%15s %15s %" SCNu64 " %" SCNu64 " %63s %63s %4095s %127s", kind,
			     verdict, &a, &b, one, two, path_text, name),
		8, "%s", line);
	first = from_base64(one, strlen(one));
	second = from_base64(two, strlen(two));
	count = read_path(path_text, path);
	if (strcmp(kind, "inclusion") == 0) {
		error = credit_inclusion_verify(a, b, &first, path, count, &second);
	} else {
		struct credit_tree_head before = {a, first}, after = {b, second};

		error = credit_consistency_verify(&before, &after, path, count);
	}
	wanted = strcmp(verdict, "accept") == 0;
	cr_expect_eq(error == CREDIT_OK, wanted, "%s %s: %s", kind, name, credit_error_name(error));
	return wanted;
}

Test(log_probes, every_published_proof_gets_the_published_verdict)
{
	FILE *file = fopen("tests/vectors/merkle_probes.txt", "r");
	char line[LINE_MAX_HERE];
	size_t accepted = 0, refused = 0;

	cr_assert_not_null(file);
	while (fgets(line, sizeof line, file)) {
		if (line[0] == '#')
			continue;
		if (probe(line))
			accepted++;
		else
			refused++;
	}
	fclose(file);
	cr_expect_geq(accepted, 9);
	cr_expect_geq(refused, 130);
}
