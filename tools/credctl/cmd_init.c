/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_init.c - credctl init: a registry from nothing, ready for credd.
 *
 * Everything is made in <DIR>.new and renamed at the end, so that there is a whole registry or none.
 * The founding is filed in-process, signed with the root key; the root key can then be taken offline.
 */
#include "commands.h"
#include "file.h"
#include "layout.h"
#include "output.h"
#include "secrets.h"

#include <credit/v1/act.pb-c.h>
#include <credit/v1/filing.pb-c.h>
#include <credit/v1/rule_book.pb-c.h>

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct values {
	char *origin, *root_name, *rule_book, *tcp;
	struct option_uscc root_uscc;
};

/* The registry while it is made. */
struct founding {
	struct app *app;
	const struct values *values;
	char folder[PATH_MAX];
	char root_uscc[OUTPUT_USCC_SIZE];
	struct credit_named_key root_name, log_name, system_name;
	struct credit_key_pair root, log, system;
};

/* --- folders ---------------------------------------------------------------------------------- */

static enum credit_error make_folder(
	const char *folder, const char *name, unsigned mode, struct credit_problem *problem)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s%s%s", folder, name[0] ? "/" : "", name);
	return mkdir(path, (mode_t)mode) == 0 ? CREDIT_OK : file_fault(path, problem);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static void remove_tree(const char *folder)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* There may be nothing, or an empty folder. */
static enum credit_error check_target(const char *folder, struct credit_problem *problem)
{
	DIR *handle = opendir(folder);
	struct dirent *entry;
	size_t entries = 0;

	if (!handle)
		return errno == ENOENT ? CREDIT_OK : file_fault(folder, problem);
	while ((entry = readdir(handle)))
		entries++;
	closedir(handle);
	return entries <= 2 ? CREDIT_OK
			    : credit_problem_set(problem, CREDIT_E_EXISTS, folder, NULL, NULL);
}

/* --- keys and certificates -------------------------------------------------------------------- */

static enum credit_error make_keys(struct founding *f, struct credit_problem *problem)
{
	char system_name[CREDIT_KEY_NAME_MAX + 1];
	const struct {
		const char *file, *name;
		struct credit_key_pair *pair;
		struct credit_named_key *key;
	} rows[] = {
		/* Named by the code, so that signing needs no --issuer. */
		{"root", f->root_uscc, &f->root, &f->root_name},
		/* A checkpoint's origin is its key's name: C2SP tlog-checkpoint. */
		{"log", f->values->origin, &f->log, &f->log_name},
		{"system", system_name, &f->system, &f->system_name},
	};

	snprintf(system_name, sizeof system_name, "%s/system", f->values->origin);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char path[PATH_MAX + 32];
		enum credit_error error;

		snprintf(path, sizeof path, "%s/keys/%s.key", f->folder, rows[i].file);
		error = secret_key_make(rows[i].name, path, rows[i].pair, rows[i].key, problem);
		if (error != CREDIT_OK)
			return error;
	}
	return CREDIT_OK;
}

static enum credit_error make_certificates(struct founding *f, struct credit_problem *problem)
{
	char folder[PATH_MAX + 32];
	enum credit_error error;

	snprintf(folder, sizeof folder, "%s/tls", f->folder);
	error = certificate_make_ca(folder, f->values->origin, problem);
	return error == CREDIT_OK ? certificate_make_server(folder, problem) : error;
}

/* --- credd.yaml ------------------------------------------------------------------------------- */

static const char config_format[] =
	"# credd.yaml - configuration of credd. Every setting: credd --help-config, "
	"credd.yaml(5).\n"
	"# Relative paths start at this file's folder.\n"
	"\n"
	"# Names this registry and its log for ever; its founding and every filing carry it.\n"
	"origin: %s\n"
	"\n"
	"# The database, and the last signed head (better on another disk).\n"
	"data: data\n"
	"head: head\n"
	"\n"
	"# The root authority certifies everything else. Its private key (keys/root.key) is not "
	"needed\n"
	"# by the daemon: keep it offline.\n"
	"root:\n"
	"  uscc: %s\n"
	"  key: \"%s\"\n"
	"\n"
	"# Private keys of the registry itself, mode 0600: checkpoints; refusals and acts of "
	"time.\n"
	"keys:\n"
	"  log: keys/log.key\n"
	"  system: keys/system.key\n"
	"\n"
	"# Whoever can open the socket is the operator. TCP is always TLS.\n"
	"listen:\n"
	"  %stcp: \"%s\"\n"
	"  socket: credd.sock\n"
	"  socket_mode: \"0600\"\n"
	"\n"
	"# Development certificates, 825 days. In earnest: those of a certification authority.\n"
	"# Certificates for authorities: credctl cert --ca DIR/tls --uscc CODE --out PREFIX\n"
	"tls:\n"
	"  certificate: tls/server.crt\n"
	"  key: tls/server.key\n"
	"  client_ca: tls/ca.crt\n"
	"\n"
	"log:\n"
	"  level: info\n";

static enum credit_error write_config(struct founding *f, struct credit_problem *problem)
{
	char path[PATH_MAX + 32], text[8192], vkey[CREDIT_KEY_TEXT_MAX];
	enum credit_error error = credit_vkey_text(&f->root_name, vkey);
	int length;

	if (error != CREDIT_OK)
		return credit_problem_set(problem, error, "root.key", NULL, NULL);
	vkey[strcspn(vkey, "\n")] = '\0';
	snprintf(path, sizeof path, "%s/credd.yaml", f->folder);
	length = snprintf(text, sizeof text, config_format, f->values->origin, f->root_uscc, vkey,
		f->values->tcp ? "" : "# ", f->values->tcp ? f->values->tcp : "127.0.0.1:7443");
	if (length < 0 || (size_t)length >= sizeof text)
		return credit_problem_set(problem, CREDIT_E_TOO_LARGE, path, NULL, NULL);
	return file_create(path, 0644, credit_bytes_of(text), problem);
}

/* --- the founding ----------------------------------------------------------------------------- */

static ProtobufCBinaryData key_bytes(const struct credit_public_key *key)
{
	return (ProtobufCBinaryData){sizeof key->byte, (uint8_t *)(uintptr_t)key->byte};
}

static enum credit_error add_founding(
	struct founding *f, struct credit_sealer *sealer, struct credit_problem *problem)
{
	Credit__V1__RegistryFounding founding = CREDIT__V1__REGISTRY_FOUNDING__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;

	founding.origin = f->values->origin;
	founding.root_uscc = f->root_uscc;
	founding.root_name = f->values->root_name;
	founding.suite = CREDIT_SUITE_ED25519_SHA256;
	founding.root_key = key_bytes(&f->root.public_key);
	founding.log_key = key_bytes(&f->log.public_key);
	founding.system_key = key_bytes(&f->system.public_key);
	act.payload_case = CREDIT__V1__ACT__PAYLOAD_REGISTRY_FOUNDING;
	act.registry_founding = &founding;
	return credit_sealer_add(sealer, &act, (struct credit_bytes){NULL, 0}, NULL, problem);
}

static enum credit_error add_rule_book(
	struct founding *f, struct credit_sealer *sealer, struct credit_problem *problem)
{
	Credit__V1__RuleBookAdoption adoption = CREDIT__V1__RULE_BOOK_ADOPTION__INIT;
	Credit__V1__Act act = CREDIT__V1__ACT__INIT;
	struct credit_rule_book *book = NULL;
	struct credit_bytes yaml = {NULL, 0}, bytes;
	struct credit_arena arena;
	enum credit_error error;

	if (!f->values->rule_book)
		return CREDIT_OK;
	credit_arena_init(&arena, NULL, 0, 64U << 20);
	error = file_read(f->values->rule_book, CREDIT_RULE_BOOK_MAX, &yaml, problem);
	if (error == CREDIT_OK)
		error = credit_rule_book_compile(yaml, &arena, &bytes, problem);
	if (error == CREDIT_OK)
		error = credit_rule_book_load(bytes, &book, problem);
	if (error == CREDIT_OK) {
		adoption.version = credit_rule_book_message(book)->version;
		adoption.digest = (ProtobufCBinaryData){CREDIT_HASH_SIZE,
			(uint8_t *)(uintptr_t)credit_rule_book_digest(book)->byte};
		adoption.effective_date = app_today().days;
		act.payload_case = CREDIT__V1__ACT__PAYLOAD_RULE_BOOK_ADOPTION;
		act.rule_book_adoption = &adoption;
		error = credit_sealer_add(sealer, &act, bytes, NULL, problem);
	}
	credit_rule_book_free(book);
	file_free(yaml);
	credit_arena_deinit(&arena);
	return error;
}

static enum credit_error seal(struct founding *f, struct credit_sealer *sealer,
	struct credit_filing **ret_filing, struct credit_problem *problem)
{
	struct credit_manifest_options options = {
		.origin = f->values->origin,
		.issuer = f->values->root_uscc.uscc,
		.created_at = app_now(),
		.all_or_nothing = true,
	};
	Credit__V1__Filing *message;
	enum credit_error error = add_founding(f, sealer, problem);

	if (error == CREDIT_OK)
		error = add_rule_book(f, sealer, problem);
	if (error == CREDIT_OK)
		error = credit_sealer_sign(sealer, &options, &f->root, &message, problem);
	if (error == CREDIT_OK)
		error = credit_filing_open(message, ret_filing, problem);
	if (error == CREDIT_OK)
		error = credit_filing_verify(*ret_filing, &f->root.public_key, problem);
	return error;
}

/* The registry answers an all-or-nothing filing as one: refused acts are told by the first problem. */
static enum credit_error submit(struct credit_registry *registry, struct credit_filing *filing,
	struct credit_problem *problem)
{
	struct credit_submission submission = {.filing = filing};
	struct credit_submission *submissions[] = {&submission};

	credit_registry_submit(registry, submissions, 1, app_now());
	if (submission.error != CREDIT_OK) {
		*problem = submission.problem;
		return submission.error;
	}
	if (submission.refused > 0)
		return credit_problem_set(problem, CREDIT_E_FOUNDING, NULL, NULL,
			"%u of %u acts refused", submission.refused,
			submission.accepted + submission.refused);
	return credit_registry_publish(registry, app_now());
}

static enum credit_error found(struct founding *f, struct credit_problem *problem)
{
	struct credit_registry_options options;
	struct credit_registry *registry = NULL;
	struct credit_filing *filing = NULL;
	struct credit_sealer *sealer = NULL;
	struct layout layout;
	enum credit_error error;

	memset(&layout, 0, sizeof layout);
	/* Read back from the file: what was written is what the daemon will use. */
	error = layout_read(f->folder, &layout, problem);
	if (error == CREDIT_OK) {
		options = layout_options(&layout);
		error = credit_registry_open(&options, NULL, NULL, &registry, problem);
	}
	if (error == CREDIT_OK)
		error = credit_sealer_new(&sealer);
	if (error == CREDIT_OK)
		error = seal(f, sealer, &filing, problem);
	if (error == CREDIT_OK)
		error = submit(registry, filing, problem);
	if (error != CREDIT_OK && problem->error == CREDIT_OK)
		credit_problem_set(problem, error, "founding", NULL, NULL);
	credit_filing_free(filing);
	credit_sealer_free(sealer);
	credit_registry_close(registry);
	layout_wipe(&layout);
	return error;
}

/* --- the command ------------------------------------------------------------------------------ */

static enum credit_error build(struct founding *f, struct credit_problem *problem)
{
	enum credit_error error = make_folder(f->folder, "", 0750, problem);

	if (error == CREDIT_OK)
		error = make_folder(f->folder, "keys", 0700, problem);
	if (error == CREDIT_OK)
		error = make_folder(f->folder, "tls", 0755, problem);
	if (error == CREDIT_OK)
		error = make_keys(f, problem);
	if (error == CREDIT_OK)
		error = make_certificates(f, problem);
	if (error == CREDIT_OK)
		error = write_config(f, problem);
	if (error == CREDIT_OK)
		error = found(f, problem);
	return error;
}

static void print_next_steps(const struct founding *f, const char *folder)
{
	char vkey[CREDIT_KEY_TEXT_MAX];

	if (credit_vkey_text(&f->log_name, vkey) != CREDIT_OK)
		return;
	vkey[strcspn(vkey, "\n")] = '\0';
	if (f->app->json) {
		output_json(json_pack("{s:s, s:s, s:s, s:s, s:b}", "folder", folder, "origin",
			f->values->origin, "root", f->root_uscc, "registry_key", vkey, "rule_book",
			f->values->rule_book != NULL));
		return;
	}
	output_field(f->app->lang == CREDIT_LANG_ZH ? "登记系统" : "registry", f->values->origin);
	output_field(app_say(f->app, "public key", "登记系统公钥"), vkey);
	output_field(app_say(f->app, "folder", "目录"), folder);
	if (!f->values->rule_book)
		app_note(f->app, "no rule book in force yet: credctl rulebook adopt FILE.yaml",
			"尚未采用规则库：credctl rulebook adopt FILE.yaml");
	app_note(f->app,
		"start it with: credd --config %s/credd.yaml; then take %s/keys/root.key offline",
		"启动：credd --config %s/credd.yaml；随后请将 %s/keys/root.key 离线保存", folder,
		folder);
}

static int run(struct app *app, void *memory, char **arguments, size_t count)
{
	struct founding f = {.app = app, .values = memory};
	struct credit_problem problem = {0};
	char target[PATH_MAX - 64]; /* names are put behind it */
	size_t length = strlen(arguments[0]);
	enum credit_error error;
	int code = EXIT_DONE;

	(void)count;
	while (length > 1 && arguments[0][length - 1] == '/')
		length--;
	if (length >= sizeof target)
		length = 0; /* mkdir refuses the empty name */
	snprintf(target, sizeof target, "%.*s", (int)length, arguments[0]);
	snprintf(f.folder, sizeof f.folder, "%s.new", target);
	output_uscc(&f.values->root_uscc.uscc, f.root_uscc);
	error = check_target(target, &problem);
	if (error == CREDIT_OK) {
		error = build(&f, &problem);
		if (error == CREDIT_OK && rename(f.folder, target) != 0)
			error = file_fault(target, &problem);
		/* What another run has made is not ours to remove. */
		if (error != CREDIT_OK && error != CREDIT_E_EXISTS)
			remove_tree(f.folder);
	}
	if (error == CREDIT_OK)
		print_next_steps(&f, target);
	else
		code = app_fail(app, &problem);
	credit_wipe(&f, sizeof f);
	return code;
}

#define AT(member) offsetof(struct values, member)

static const struct option options[] = {
	{.name = "origin",
		.type = OPTION_TEXT,
		.offset = AT(origin),
		.required = true,
		.value = "NAME",
		.min = 1,
		.max = 100,
		.help = {"names registry and log for ever, e.g. credit.demo.example/2026",
			"登记系统及日志的永久标识，如 credit.demo.example/2026"}},
	{.name = "root-uscc",
		.type = OPTION_USCC,
		.offset = AT(root_uscc),
		.required = true,
		.value = "CODE",
		.help = {"code of the root authority", "根管理机关代码"}},
	{.name = "root-name",
		.type = OPTION_TEXT,
		.offset = AT(root_name),
		.required = true,
		.value = "TEXT",
		.help = {"its name", "根管理机关名称"}},
	{.name = "rule-book",
		.type = OPTION_TEXT,
		.offset = AT(rule_book),
		.value = "FILE.yaml",
		.help = {"rule book to adopt as of today", "自今日起采用的规则库"}},
	{.name = "tcp",
		.type = OPTION_TEXT,
		.offset = AT(tcp),
		.value = "ADDRESS",
		.help = {"listen there too, e.g. 127.0.0.1:7443",
			"同时监听的地址，如 127.0.0.1:7443"}},
	{.name = NULL},
};

const struct command cmd_init = {
	.name = "init",
	.arguments = "DIR",
	.arguments_min = 1,
	.arguments_max = 1,
	.offline = true,
	.values_size = sizeof(struct values),
	.options = options,
	.summary = {"found a registry in an empty folder", "在空目录中设立登记系统"},
	.run = run,
};
