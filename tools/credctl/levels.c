/* SPDX-License-Identifier: Apache-2.0
 *
 * levels.c - how far a true status is shown, and the files that show it.
 *
 * --deep names a folder, or one file. In it lie receipts and the Detail, under any names: the Detail is
 * known by its hash, which the status carries, and a receipt by what it proves.
 */
#include "levels.h"

#include "file.h"
#include "output.h"

#include <credit/v1/status.pb-c.h>

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_MAX 256
#define ARENA_MAX ((size_t)512 << 20)

struct files {
	struct credit_bytes file[FILES_MAX];
	size_t count;
};

/* --- files ------------------------------------------------------------------------------------ */

static enum credit_error add_file(
	struct files *files, const char *path, struct credit_problem *problem)
{
	enum credit_error error;

	if (files->count == FILES_MAX)
		return credit_problem_set(
			problem, CREDIT_E_TOO_MANY, path, NULL, "at most %d", FILES_MAX);
	error = file_read(path, CREDIT_RECEIPT_MAX, &files->file[files->count], problem);
	if (error == CREDIT_OK)
		files->count++;
	return error;
}

static enum credit_error add_folder(
	struct files *files, const char *folder, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;
	struct dirent *entry;
	DIR *open = opendir(folder);

	if (!open)
		return file_fault(folder, problem);
	while (error == CREDIT_OK && (entry = readdir(open)) != NULL) {
		char path[PATH_MAX];
		struct stat status;

		if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >=
			sizeof path)
			continue;
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
			status.st_size <= CREDIT_RECEIPT_MAX)
			error = add_file(files, path, problem);
	}
	closedir(open);
	return error;
}

static enum credit_error read_files(
	struct files *files, const char *path, struct credit_problem *problem)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return file_fault(path, problem);
	return S_ISDIR(status.st_mode) ? add_folder(files, path, problem)
				       : add_file(files, path, problem);
}

static void free_files(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		file_free(files->file[i]);
}

/* --- what departments signed ------------------------------------------------------------------ */

/* The file that the status binds by its hash. */
static bool is_detail(const struct credit_status_verdict *verdict, struct credit_bytes file)
{
	struct credit_arena arena;
	ProtobufCMessage *message;
	struct credit_hash hash;
	bool found = false;

	credit_arena_init(&arena, NULL, 0, 65536);
	credit_sha256(file, &hash);
	if (credit_decode(&credit__v1__status__descriptor, verdict->status, &arena, &message,
		    NULL) == CREDIT_OK) {
		ProtobufCBinaryData bound =
			((const Credit__V1__Status *)(const void *)message)->detail_hash;

		found = bound.len == sizeof hash.byte &&
			memcmp(bound.data, hash.byte, sizeof hash.byte) == 0;
	}
	credit_arena_deinit(&arena);
	return found;
}

static enum credit_error look_deep(const struct files *files,
	const struct credit_status_verdict *verdict, const struct status_proof_trust *trust,
	struct levels *levels)
{
	struct credit_arena arena;
	size_t detail = 0;
	enum credit_error error;

	while (detail < files->count && !is_detail(verdict, files->file[detail]))
		detail++;
	if (detail == files->count)
		return credit_problem_set(&levels->missing, CREDIT_E_DEPARTMENT_UNSIGNED, "--deep",
			NULL, "no detail of this status: 'status --detail' writes it");
	credit_arena_init(&arena, NULL, 0, ARENA_MAX);
	error = credit_status_deep_verify(verdict, files->file[detail], files->file, files->count,
		trust->key, &arena, &levels->deep, &levels->missing);
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error find_deep(const struct credit_status_verdict *verdict,
	const struct status_proof_trust *trust, struct levels *levels,
	struct credit_problem *problem)
{
	struct files *files = calloc(1, sizeof *files);
	enum credit_error error;

	levels->deep_asked = true;
	if (!files)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	error = read_files(files, trust->deep, problem);
	if (error == CREDIT_OK && verdict->enrolled &&
		look_deep(files, verdict, trust, levels) == CREDIT_OK)
		levels->department_signed = levels->deep.listings > 0;
	free_files(files);
	free(files);
	return error;
}

/* --- who ran it again ------------------------------------------------------------------------- */

static enum credit_error find_auditor(struct credit_bytes bundle,
	const struct status_proof_trust *trust, struct levels *levels,
	struct credit_problem *problem)
{
	struct credit_problem last = {0};

	levels->auditors_asked = trust->auditors->count > 0;
	for (size_t i = 0; i < trust->auditors->count && !levels->auditor_cosigned; i++) {
		struct credit_cosigner auditor;
		enum credit_error error =
			file_cosigner(trust->auditors->items[i], &auditor, problem);

		if (error != CREDIT_OK)
			return error;
		if (credit_status_proof_audited(bundle, &auditor, &levels->audited_at, &last) ==
			CREDIT_OK) {
			levels->auditor_cosigned = true;
			memcpy(levels->auditor, auditor.key.name, sizeof levels->auditor);
		}
	}
	if (levels->auditors_asked && !levels->auditor_cosigned)
		levels->missing = last;
	return CREDIT_OK;
}

enum credit_error levels_find(struct credit_bytes bundle,
	const struct credit_status_verdict *verdict, const struct status_proof_trust *trust,
	struct levels *ret_levels, struct credit_problem *problem)
{
	enum credit_error error = CREDIT_OK;

	*ret_levels = (struct levels){0};
	if (trust->deep)
		error = find_deep(verdict, trust, ret_levels, problem);
	if (error == CREDIT_OK && trust->auditors)
		error = find_auditor(bundle, trust, ret_levels, problem);
	return error;
}

/* --- telling ---------------------------------------------------------------------------------- */

void levels_print(const struct app *app, const struct levels *levels)
{
	char text[256], at[CREDIT_MS_TEXT_SIZE];

	output_field(app_say(app, "level", "核验层级"),
		app_say(app, "registry-asserted", "登记系统声明"));
	if (levels->department_signed) {
		snprintf(text, sizeof text,
			app_say(app,
				"department-signed: %u listings, each by its department's "
				"signature",
				"机关签署：%u 条名单记录均有认定机关签名"),
			levels->deep.listings);
		output_field("", text);
	} else if (levels->deep_asked && levels->missing.error == CREDIT_OK) {
		output_field("", app_say(app, "no listings, so that no department has signed",
					 "无名单记录，故无机关签署"));
	}
	if (levels->department_signed && levels->deep.penalties > 0) {
		snprintf(text, sizeof text,
			app_say(app, "(%u penalties are counted by the registry alone)",
				"（%u 件行政处罚仅由登记系统计数）"),
			levels->deep.penalties);
		output_field("", text);
	}
	if (levels->auditor_cosigned) {
		snprintf(text, sizeof text,
			app_say(app, "auditor-cosigned: %s, %s", "审计共签：%s，%s"),
			levels->auditor, credit_ms_text(levels->audited_at, at));
		output_field("", text);
	}
}

json_t *levels_json(const struct levels *levels)
{
	json_t *names = json_pack("[s]", "registry-asserted");

	if (levels->department_signed)
		json_array_append_new(names, json_string("department-signed"));
	if (levels->auditor_cosigned)
		json_array_append_new(names, json_string("auditor-cosigned"));
	return json_pack("{s:o, s:I, s:o, s:o}", "reached", names, "listings_signed",
		(json_int_t)levels->deep.listings, "auditor",
		levels->auditor_cosigned ? json_string(levels->auditor) : json_null(), "audited_at",
		output_json_ms(levels->audited_at.ms));
}
