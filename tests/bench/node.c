/* SPDX-License-Identifier: Apache-2.0
 *
 * node.c - peer_node/service.js, with its packages in a folder of the bench's own.
 */
#include "tests/bench/peers.h"

#include <stdio.h>
#include <unistd.h>

#define ENV "/usr/bin/env"

static bool has_program(const char *name)
{
	const char *const arguments[] = {ENV, name, "--version", NULL};

	return bench_try(NULL, &(struct bench_program){.arguments = arguments});
}

static void copy(const struct bench *bench, const char *name, const char *folder)
{
	char from[PATH_MAX], below[128];

	snprintf(below, sizeof below, "tests/bench/peer_node/%s", name);
	bench_path(bench->source, below, from);
	const char *const arguments[] = {"/bin/cp", from, folder, NULL};
	bench_run_program(NULL, &(struct bench_program){.arguments = arguments}, "cp");
}

/* No lock file: it would name a registry. The versions stand in package.json. */
static bool install(const char *folder)
{
	char installed[PATH_MAX];

	bench_path(folder, "node_modules/pg/package.json", installed);
	if (access(installed, R_OK) == 0)
		return true;
	const char *const arguments[] = {ENV, "npm", "install", "--prefix", folder,
		"--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", NULL};
	return bench_try(NULL, &(struct bench_program){.arguments = arguments});
}

bool bench_node(const struct bench *bench, const struct bench_postgres *postgres,
	enum bench_cores cores, struct bench_server *ret_server, const char **ret_reason,
	const char **ret_remedy)
{
	char folder[PATH_MAX], script[PATH_MAX], protos[PATH_MAX];

	*ret_reason = "Node or npm is not installed";
	*ret_remedy = "apt-get install nodejs npm, or run make bench as root";
	if (!has_program("node") || !has_program("npm"))
		return false;
	bench_path(bench->folder, "peer_node", folder);
	bench_make_folder(folder);
	copy(bench, "package.json", folder);
	copy(bench, "service.js", folder);
	*ret_reason = "npm could not install the packages of tests/bench/peer_node/package.json";
	*ret_remedy = "make a package registry reachable for npm";
	if (!install(folder))
		return false;
	bench_path(folder, "service.js", script);
	bench_path(bench->source, "proto", protos);
	bench_server_prepare(bench, "node", ret_server);
	const char *const arguments[] = {ENV, "node", script, protos, ret_server->address,
		ret_server->tls, ret_server->socket, postgres->folder, postgres->database, NULL};
	ret_server->pid =
		bench_spawn(bench, &(struct bench_program){.arguments = arguments, .cores = cores});
	bench_server_wait(ret_server, "the service in Node");
	return true;
}
