/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.c - policy files: read line by line, each line by its row of a table.
 *
 * Witnesses and groups are bits of one word, so that a group is a word and a number, and a quorum is
 * judged in one pass: what a group names stands before it.
 */
#include <credit/witness.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX (3 + CREDIT_POLICY_WITNESSES_MAX + CREDIT_POLICY_GROUPS_MAX)
#define NONE "none"
#define GROUP_BIT(i) ((uint64_t)1 << (CREDIT_POLICY_WITNESSES_MAX + (i)))

_Static_assert(CREDIT_POLICY_WITNESSES_MAX + CREDIT_POLICY_GROUPS_MAX <= 64, "a bit for each name");
_Static_assert(CREDIT_POLICY_WITNESSES_MAX <= 32, "credit_policy_met takes 32 witnesses");

/* One line at hand, and what the lines before have said. */
struct reader {
	struct credit_policy *policy;
	struct credit_problem *problem;
	unsigned line;
	struct credit_bytes word[WORDS_MAX];
	size_t words;
	uint64_t used; /* names that are members already */
	bool quorum_given;
};

static enum credit_error refuse_as(
	struct reader *reader, enum credit_error error, const char *rule, const char *detail)
{
	char field[32];

	snprintf(field, sizeof field, "line %u", reader->line);
	return credit_problem_set(reader->problem, error, field, rule, "%s", detail);
}

static enum credit_error refuse(struct reader *reader, const char *rule, const char *detail)
{
	return refuse_as(reader, CREDIT_E_POLICY_SYNTAX, rule, detail);
}

/* --- names ---------------------------------------------------------------------------------- */

static bool is(struct credit_bytes word, const char *text)
{
	return credit_bytes_equal(word, credit_bytes_of(text));
}

/* The bit of a witness or group; 0 when there is none of that name. */
static uint64_t find(const struct credit_policy *policy, struct credit_bytes name)
{
	for (uint32_t i = 0; i < policy->witness_count; i++)
		if (is(name, policy->witness[i].name))
			return (uint64_t)1 << i;
	for (uint32_t i = 0; i < policy->group_count; i++)
		if (is(name, policy->group[i].name))
			return GROUP_BIT(i);
	return 0;
}

/* docs/spec/witness.md: "Witnesses and groups share one space of names; `none` is none of them" */
static enum credit_error take_name(struct reader *reader, char ret_name[CREDIT_POLICY_NAME_MAX + 1])
{
	struct credit_bytes name = reader->word[1];

	if (name.size > CREDIT_POLICY_NAME_MAX)
		return refuse(reader, "witness.md 1.1", "a name has at most 128 bytes");
	if (is(name, NONE) || find(reader->policy, name) != 0)
		return refuse(reader, "witness.md 1.5", "the name is taken; choose another");
	memcpy(ret_name, name.data, name.size);
	ret_name[name.size] = '\0';
	return CREDIT_OK;
}

/* The last word of a log's or a witness's line, if it is there. */
static enum credit_error take_url(
	struct reader *reader, size_t index, char ret_url[CREDIT_URL_MAX + 1])
{
	struct credit_bytes url = {NULL, 0};

	if (index < reader->words)
		url = reader->word[index];
	if (url.size > CREDIT_URL_MAX)
		return refuse(reader, "witness.md 1.1", "a URL has at most 512 bytes");
	if (url.size > 0)
		memcpy(ret_url, url.data, url.size);
	ret_url[url.size] = '\0';
	return CREDIT_OK;
}

/* --- lines ---------------------------------------------------------------------------------- */

static bool same_key(const struct credit_named_key *a, const struct credit_named_key *b)
{
	return memcmp(&a->public_key, &b->public_key, sizeof a->public_key) == 0;
}

static enum credit_error read_log(struct reader *reader)
{
	struct credit_policy *policy = reader->policy;
	struct credit_policy_log *log = &policy->log[policy->log_count];
	enum credit_error error;

	if (policy->log_count == CREDIT_POLICY_LOGS_MAX)
		return refuse(reader, "witness.md 1.1", "at most 32 logs");
	error = credit_vkey_parse(reader->word[1], &log->key);
	if (error)
		return refuse_as(reader, error, "witness.md 1.10", "the log's key");
	/* docs/spec/witness.md: "Two logs, or two witnesses, of one public key are refused" */
	for (uint32_t i = 0; i < policy->log_count; i++)
		if (same_key(&policy->log[i].key, &log->key))
			return refuse(
				reader, "witness.md 1.9", "this log's key stands above already");
	error = take_url(reader, 2, log->url);
	if (!error)
		policy->log_count++;
	return error;
}

static enum credit_error read_witness(struct reader *reader)
{
	struct credit_policy *policy = reader->policy;
	struct credit_policy_witness *witness = &policy->witness[policy->witness_count];
	enum credit_error error;

	if (policy->witness_count == CREDIT_POLICY_WITNESSES_MAX)
		return refuse(reader, "witness.md 1.1", "at most 32 witnesses");
	error = take_name(reader, witness->name);
	if (error)
		return error;
	error = credit_cosigner_parse(reader->word[2], &witness->cosigner);
	if (error)
		return refuse_as(reader, error, "witness.md 1.10", "the witness's key");
	for (uint32_t i = 0; i < policy->witness_count; i++)
		if (same_key(&policy->witness[i].cosigner.key, &witness->cosigner.key))
			return refuse(reader, "witness.md 1.9",
				"this witness's key stands above already");
	error = take_url(reader, 3, witness->url);
	if (!error)
		policy->witness_count++;
	return error;
}

/* docs/spec/witness.md: "K is a decimal number from 1 to the number of members, or `any` for 1, or `all`
 * for all of them" */
static bool read_needed(struct credit_bytes word, uint32_t members, uint32_t *ret_needed)
{
	uint32_t needed = 0;

	if (is(word, "any") || is(word, "all")) {
		*ret_needed = is(word, "any") ? 1 : members;
		return true;
	}
	if (word.size > 2 || word.data[0] == '0')
		return false;
	for (size_t i = 0; i < word.size; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
		needed = 10 * needed + (uint32_t)(word.data[i] - '0');
	}
	*ret_needed = needed;
	return needed >= 1 && needed <= members;
}

static enum credit_error read_group(struct reader *reader)
{
	struct credit_policy *policy = reader->policy;
	struct credit_policy_group *group = &policy->group[policy->group_count];
	enum credit_error error;

	if (policy->group_count == CREDIT_POLICY_GROUPS_MAX)
		return refuse(reader, "witness.md 1.1", "at most 32 groups");
	error = take_name(reader, group->name);
	if (error)
		return error;
	if (!read_needed(reader->word[2], (uint32_t)(reader->words - 3), &group->needed))
		return refuse(reader, "witness.md 1.4",
			"after the name: any, all, or 1 to the number of members");
	group->members = 0;
	for (size_t i = 3; i < reader->words; i++) {
		uint64_t member = find(policy, reader->word[i]);

		/* docs/spec/witness.md: "name only what stands on the lines before" */
		if (member == 0)
			return refuse(reader, "witness.md 1.6",
				"a member stands on no line before; none is no member");
		/* docs/spec/witness.md: "A name is a member of one group at most, once" */
		if (reader->used & member)
			return refuse(reader, "witness.md 1.7", "a member is named twice");
		reader->used |= member;
		group->members |= member;
	}
	policy->group_count++;
	return CREDIT_OK;
}

static enum credit_error read_quorum(struct reader *reader)
{
	struct credit_policy *policy = reader->policy;

	/* docs/spec/witness.md: "There is exactly one quorum line" */
	if (reader->quorum_given)
		return refuse(reader, "witness.md 1.8", "a second quorum line; leave one");
	reader->quorum_given = true;
	if (is(reader->word[1], NONE))
		return CREDIT_OK;
	policy->quorum = find(policy, reader->word[1]);
	if (policy->quorum == 0)
		return refuse(reader, "witness.md 1.6",
			"the quorum is no witness or group of a line before");
	return CREDIT_OK;
}

static const struct kind {
	const char *word;
	size_t min, max; /* words, the first one included */
	const char *form;
	enum credit_error (*read)(struct reader *reader);
} kinds[] = {
	{"log", 2, 3, "log VKEY [URL]", read_log},
	{"witness", 3, 4, "witness NAME VKEY [URL]", read_witness},
	{"group", 4, WORDS_MAX, "group NAME any|all|K MEMBER...", read_group},
	{"quorum", 2, 2, "quorum NAME", read_quorum},
};

/* --- the file ------------------------------------------------------------------------------- */

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static enum credit_error split(struct reader *reader, struct credit_bytes line)
{
	size_t at = 0;

	reader->words = 0;
	while (at < line.size) {
		size_t begin = at;

		/* docs/spec/witness.md: "No control characters but tab and newline are allowed" */
		for (; at < line.size && !is_space(line.data[at]); at++)
			if (line.data[at] < 0x20 || line.data[at] == 0x7f)
				return refuse(reader, "witness.md 1.3",
					"a control character; save the file with plain newlines");
		if (at > begin && reader->words == WORDS_MAX)
			return refuse(reader, "witness.md 1.1", "too many words");
		if (at > begin)
			reader->word[reader->words++] =
				(struct credit_bytes){line.data + begin, at - begin};
		while (at < line.size && is_space(line.data[at]))
			at++;
	}
	return CREDIT_OK;
}

static enum credit_error read_line(struct reader *reader, struct credit_bytes line, bool logs_only)
{
	enum credit_error error = split(reader, line);

	if (error || reader->words == 0 || reader->word[0].data[0] == '#')
		return error;
	for (size_t i = 0; i < (logs_only ? 1 : sizeof kinds / sizeof kinds[0]); i++) {
		const struct kind *kind = &kinds[i];

		if (!is(reader->word[0], kind->word))
			continue;
		if (reader->words < kind->min || reader->words > kind->max)
			return refuse(reader, "witness.md 1.3", kind->form);
		return kind->read(reader);
	}
	return refuse(reader, "witness.md 1.3",
		logs_only ? "only log lines stand here: log VKEY"
			  : "a line begins with log, witness, group or quorum");
}

static enum credit_error read_file(struct credit_bytes text, struct credit_policy *policy,
	bool logs_only, struct credit_problem *problem)
{
	struct reader reader = {.policy = policy, .problem = problem};
	struct credit_bytes rest = text;

	memset(policy, 0, sizeof *policy);
	if (text.size > CREDIT_POLICY_FILE_MAX)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, NULL, "witness.md 1.1",
			"at most %d bytes", CREDIT_POLICY_FILE_MAX);
	while (rest.size > 0) {
		const uint8_t *end = memchr(rest.data, '\n', rest.size);
		size_t size = end ? (size_t)(end - rest.data) : rest.size;
		enum credit_error error;

		reader.line++;
		if (!end)
			return refuse(&reader, "witness.md 1.2",
				"the last line has no newline; was the file cut short?");
		error = read_line(&reader, (struct credit_bytes){rest.data, size}, logs_only);
		if (error)
			return error;
		rest.data += size + 1;
		rest.size -= size + 1;
	}
	if (logs_only && policy->log_count == 0)
		return credit_problem_set(
			problem, CREDIT_E_POLICY_SYNTAX, NULL, NULL, "no log is named: log VKEY");
	if (!logs_only && !reader.quorum_given)
		return credit_problem_set(problem, CREDIT_E_POLICY_SYNTAX, NULL, "witness.md 1.8",
			"the quorum line is missing");
	return CREDIT_OK;
}

enum credit_error credit_policy_parse(
	struct credit_bytes text, struct credit_policy *ret_policy, struct credit_problem *problem)
{
	return read_file(text, ret_policy, false, problem);
}

enum credit_error credit_policy_parse_logs(
	struct credit_bytes text, struct credit_policy *ret_policy, struct credit_problem *problem)
{
	return read_file(text, ret_policy, true, problem);
}

/* --- judging -------------------------------------------------------------------------------- */

bool credit_policy_accepts(const struct credit_policy *policy, const struct credit_named_key *log)
{
	for (uint32_t i = 0; i < policy->log_count; i++)
		if (same_key(&policy->log[i].key, log) &&
			strcmp(policy->log[i].key.name, log->name) == 0)
			return true;
	/* docs/spec/witness.md: "one that lists none leaves the log to the reader" */
	return policy->log_count == 0;
}

bool credit_policy_met(const struct credit_policy *policy, uint32_t cosigned)
{
	uint64_t met = cosigned;

	for (uint32_t i = 0; i < policy->group_count; i++) {
		const struct credit_policy_group *group = &policy->group[i];

		if ((uint32_t)__builtin_popcountll(group->members & met) >= group->needed)
			met |= GROUP_BIT(i);
	}
	return (policy->quorum & ~met) == 0;
}

/* Which witness made this cosignature: its index, or witness_count when its key hash is unknown. */
static enum credit_error find_cosigner(const struct credit_policy *policy, struct credit_bytes body,
	const struct credit_cosignature *cosignature, uint32_t *ret_index)
{
	enum credit_error error = CREDIT_OK;

	*ret_index = policy->witness_count;
	for (uint32_t i = 0; i < policy->witness_count; i++) {
		const struct credit_cosigner *cosigner = &policy->witness[i].cosigner;

		/* Four bytes may be shared by two keys: then either will do. */
		if (credit_cosigner_hash(cosigner) != cosignature->key_hash)
			continue;
		error = credit_cosignature_verify(body, cosigner, cosignature);
		if (!error) {
			*ret_index = i;
			return CREDIT_OK;
		}
	}
	/* docs/spec/witness.md: "A cosignature under the key hash of a listed witness that is not true
	 * refuses all" */
	return error;
}

enum credit_error credit_policy_judge(const struct credit_policy *policy, struct credit_bytes body,
	const struct credit_cosignature *cosignatures, size_t count,
	struct credit_witnessing *ret_witnessing)
{
	struct credit_witnessing witnessing = {.carried = (uint32_t)count};
	uint64_t time[CREDIT_POLICY_WITNESSES_MAX] = {0};

	for (size_t i = 0; i < count; i++) {
		uint32_t index;
		enum credit_error error = find_cosigner(policy, body, &cosignatures[i], &index);

		if (error)
			return error;
		if (index == policy->witness_count)
			continue;
		witnessing.which |= (uint32_t)1 << index;
		if (cosignatures[i].time > time[index])
			time[index] = cosignatures[i].time;
	}
	for (uint32_t i = 0; i < policy->witness_count; i++) {
		/* A time beyond all calendars stays what it is: the end of them. */
		int64_t ms = time[i] > INT64_MAX / 1000 ? INT64_MAX : (int64_t)time[i] * 1000;

		if (!(witnessing.which >> i & 1))
			continue;
		if (witnessing.cosigned == 0 || ms < witnessing.oldest.ms)
			witnessing.oldest.ms = ms;
		if (witnessing.cosigned == 0 || ms > witnessing.newest.ms)
			witnessing.newest.ms = ms;
		witnessing.cosigned++;
	}
	witnessing.quorum = credit_policy_met(policy, witnessing.which);
	*ret_witnessing = witnessing;
	return CREDIT_OK;
}
