/* SPDX-License-Identifier: Apache-2.0
 *
 * daemon.c - puts the daemon together, waits for a signal, takes it apart.
 *
 * Start: keys, the writer (which opens the registry, asks the witnesses, fires what fell due and publishes, or, where
 * nothing did, brings up what was not published while readers are answered), the published folder, views, the server,
 * and only then SERVING. Stop: the reverse, so that whoever is still at work finds what it needs: the server drains while the writer still answers, the views go
 * before the registry that they look at. Only the witnesses and the folder go with the writer, after
 * its last publication.
 *
 * Until it serves, SIGTERM simply ends the process: nothing has been promised yet, and a registry
 * that is killed while it opens is opened again like any other.
 */
#include "daemon.h"

#include "access.h"
#include "clock.h"
#include "export.h"
#include "http.h"
#include "key_file.h"
#include "bounds.h"
#include "log.h"
#include "look.h"
#include "metrics.h"
#include "notify.h"
#include "rate.h"
#include "rpc/rpc.h"
#include "service/service.h"
#include "snapshot.h"
#include "witness.h"
#include "witness_ask.h"
#include "writer.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS_MAX 64 /* of the row limits.workers */

struct daemon {
	const struct credd_config *config;
	struct credd_writer *writer;
	struct credd_export *_Atomic export; /* NULL: none, or not yet; seen by the writer too */
	struct credd_snapshot *_Atomic snapshot; /* the same */
	char snapshot_folder[PATH_MAX];          /* "": none */
	struct credit_policy *policy;            /* NULL: no witnesses */
	struct credd_witness *_Atomic witness;   /* the same */
	struct credd_server *server;
	struct credd_rates *rates;
	struct credd_watchers *watchers; /* made before the writer, which wakes them */
	struct credd_metrics *metrics;
	struct credd_look *look;
	struct credd_http *http; /* NULL: none */
	struct credit_view *views[WORKERS_MAX];
	uint32_t workers;
	struct credd_service service;
	atomic_bool suspect; /* set by the writer */
	atomic_bool waiting; /* for signals, set by the main thread */
};

/* --- before anything is opened --------------------------------------------------------- */

static enum credit_error read_keys(const struct credd_config *config,
	struct credit_key_pair *ret_log, struct credit_key_pair *ret_system,
	struct credit_problem *problem)
{
	enum credit_error error =
		credd_key_file_read("keys.log", config->log_key, ret_log, problem);

	if (error == CREDIT_OK)
		error = credd_key_file_read("keys.system", config->system_key, ret_system, problem);
	if (error == CREDIT_OK && config->tcp)
		error = credd_key_file_check("tls.key", config->tls_key, problem);
	return error;
}

static enum credit_error check_readable(
	const char *field, const char *path, struct credit_problem *problem)
{
	if (access(path, R_OK) == 0)
		return CREDIT_OK;
	return credit_problem_set(
		problem, CREDIT_E_IO, field, NULL, "%s: %s", path, strerror(errno));
}

static enum credit_error read_policy(const struct credd_config *config,
	const struct credit_public_key *log_key, struct credit_policy **ret_policy,
	struct credit_problem *problem)
{
	struct credit_policy *policy = malloc(sizeof *policy);
	struct credit_named_key log = {.public_key = *log_key};
	enum credit_error error;

	if (!policy)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	snprintf(log.name, sizeof log.name, "%s", config->origin);
	error = credd_witness_policy(config->witness_policy, &log, policy, problem);
	if (error == CREDIT_OK && config->witness_ca)
		error = check_readable("witnesses.ca", config->witness_ca, problem);
	if (error != CREDIT_OK) {
		free(policy);
		return error;
	}
	*ret_policy = policy;
	return CREDIT_OK;
}

static enum credit_error check_witnesses(const struct credd_config *config,
	const struct credit_public_key *log_key, struct credit_problem *problem)
{
	struct credit_policy *policy = NULL;
	enum credit_error error = read_policy(config, log_key, &policy, problem);

	free(policy);
	return error;
}

enum credit_error credd_daemon_check(
	const struct credd_config *config, struct credit_problem *problem)
{
	struct credit_key_pair log_key, system_key;
	enum credit_error error = read_keys(config, &log_key, &system_key, problem);

	if (error == CREDIT_OK && config->witness_policy)
		error = check_witnesses(config, &log_key.public_key, problem);
	credit_wipe(&log_key, sizeof log_key);
	credit_wipe(&system_key, sizeof system_key);
	if (error == CREDIT_OK && config->tcp)
		error = check_readable("tls.certificate", config->tls_certificate, problem);
	if (error == CREDIT_OK && config->tcp)
		error = check_readable("tls.client_ca", config->tls_client_ca, problem);
	if (error == CREDIT_OK)
		error = credd_bounds_check(config, problem);
	return error;
}

/* --- start
 * ---------------------------------------------------------------------------------------- */

static void on_publication(void *context, bool last)
{
	struct daemon *daemon = context;

	if (!last) {
		credd_witness_wake(daemon->witness);
		credd_export_wake(daemon->export);
		credd_watchers_wake(daemon->watchers);
		return;
	}
	credd_witness_stop(daemon->witness);
	credd_snapshot_stop(daemon->snapshot);
	credd_export_stop(daemon->export);
}

/* The main thread ends the daemon as if it had been told to; only its exit code differs. */
static void on_suspect(void *context)
{
	struct daemon *daemon = context;

	/* Before it waits for signals they would end it at once; it looks then. */
	atomic_store(&daemon->suspect, true);
	if (atomic_load(&daemon->waiting))
		kill(getpid(), SIGTERM);
}

static void on_cosignatures(void *context)
{
	struct daemon *daemon = context;

	credd_export_wake(daemon->export);
}

static struct credd_witness_options witness_options(struct daemon *daemon)
{
	const struct credd_config *config = daemon->config;

	return (struct credd_witness_options){
		.policy = daemon->policy,
		.ca = config->witness_ca,
		.timeout_ms = config->witness_timeout_ms,
		.interval_ms = config->interval_ms,
		.needed_at_start = config->witness_needed,
		.cosigned = on_cosignatures,
		.context = daemon,
	};
}

static enum credit_error on_opened(
	void *context, struct credit_registry *registry, struct credit_problem *problem)
{
	struct daemon *daemon = context;
	struct credd_witness_options options = witness_options(daemon);

	return daemon->policy ? credd_witness_check(registry, &options, problem) : CREDIT_OK;
}

static enum credit_error start_witness(struct daemon *daemon, struct credit_problem *problem)
{
	struct credd_witness_options options = witness_options(daemon);
	struct credd_witness *witness;
	enum credit_error error;

	if (!daemon->policy)
		return CREDIT_OK;
	error = credd_witness_start(
		credd_writer_registry(daemon->writer), &options, &witness, problem);
	if (error == CREDIT_OK)
		daemon->witness = witness;
	return error;
}

static enum credit_error start_writer(
	struct daemon *daemon, bool clock_confirmed, struct credit_problem *problem)
{
	const struct credd_config *config = daemon->config;
	struct credd_writer_options options = {
		.registry =
			{
				.path = config->data,
				.head_path = config->head,
				.origin = config->origin,
				.root_uscc = config->root_uscc.uscc,
				.root_key = config->root_key.public_key,
				/* Each worker's view reads two stores with one slot each; the
				 * writer, a backup and who looks at figures have slots of
				 * their own. */
				.readers_max = daemon->workers + 12,
			},
		.queue = config->queue,
		.queue_bytes = config->queue_bytes,
		.epoch_filings = config->epoch_filings,
		.interval_ms = config->interval_ms,
		.idle_ms = config->idle_ms,
		.at_least_ms = config->at_least_ms,
		.scrub_minutes = config->scrub_minutes,
		.clock_confirmed = clock_confirmed,
		.opened = on_opened,
		.published = on_publication,
		.suspect = on_suspect,
		.context = daemon,
		.metrics = daemon->metrics,
	};
	enum credit_error error =
		read_keys(config, &options.registry.log_key, &options.registry.system_key, problem);

	if (error == CREDIT_OK && config->witness_policy)
		error = read_policy(
			config, &options.registry.log_key.public_key, &daemon->policy, problem);
	if (error == CREDIT_OK && daemon->policy && credd_asker_global() != CREDIT_OK)
		error = credit_problem_set(
			problem, CREDIT_E_INTERNAL, "witnesses", NULL, "libcurl");
	if (error == CREDIT_OK)
		error = credd_writer_start(&options, &daemon->writer, problem);
	credit_wipe(&options.registry, sizeof options.registry);
	/* Another daemon, most often; say which folder it holds. */
	if (error == CREDIT_E_BUSY)
		credit_problem_set(problem, error, "data", NULL, "%s", config->data);
	return error;
}

static enum credit_error start_export(struct daemon *daemon, struct credit_problem *problem)
{
	const struct credd_config *config = daemon->config;
	struct credd_export *export;
	enum credit_error error;

	if (!config->publication_folder)
		return CREDIT_OK;
	error = credd_export_start(credd_writer_registry(daemon->writer),
		config->publication_folder, config->interval_ms,
		(int64_t)config->bundle_days * 86400000, &export, problem);
	if (error != CREDIT_OK) {
		credit_problem_prefix(problem, "publication.");
		return error;
	}
	daemon->export = export;
	/* What was published before the writer knew of it. */
	credd_export_wake(export);
	return CREDIT_OK;
}

/* Beside the log's files, in a folder of their own. */
static enum credit_error start_snapshot(struct daemon *daemon, struct credit_problem *problem)
{
	const struct credd_config *config = daemon->config;
	struct credd_snapshot_options options = {
		.writer = daemon->writer,
		.folder = daemon->snapshot_folder,
		.interval_ms = config->snapshot_interval_hours * INT64_C(3600000),
		.keep = config->snapshot_keep,
	};
	struct credd_snapshot *snapshot;
	enum credit_error error;

	if (!config->publication_folder)
		return CREDIT_OK;
	if ((size_t)snprintf(daemon->snapshot_folder, sizeof daemon->snapshot_folder,
		    "%s/" CREDD_SNAPSHOT_FOLDER,
		    config->publication_folder) >= sizeof daemon->snapshot_folder)
		return credit_problem_set(
			problem, CREDIT_E_TOO_LARGE, "publication.folder", NULL, NULL);
	error = credd_snapshot_start(&options, &snapshot, problem);
	if (error != CREDIT_OK) {
		credit_problem_prefix(problem, "snapshot.");
		return error;
	}
	daemon->snapshot = snapshot;
	return CREDIT_OK;
}

static enum credit_error open_views(struct daemon *daemon, struct credit_problem *problem)
{
	struct credit_registry *registry = credd_writer_registry(daemon->writer);

	for (uint32_t i = 0; i < daemon->workers; i++) {
		enum credit_error error = credit_view_new(registry, &daemon->views[i]);
		if (error != CREDIT_OK)
			return credit_problem_set(problem, error, "limits.workers", NULL, NULL);
	}
	return CREDIT_OK;
}

/* One line for each call that was refused or slow: what, why, who; never what it was about. */
static void log_call(const struct credd_service *service, struct credd_call *call,
	enum credit_error error, int64_t microseconds)
{
	const struct credd_method *method = credd_call_method(call);
	/* A stream lasts as long as its client likes. */
	bool slow = method->shape == CREDD_UNARY && microseconds > (int64_t)service->slow_ms * 1000;
	enum credd_level level = CREDD_DEBUG;
	struct credd_line line;

	if (slow)
		level = CREDD_WARN;
	/* Who calls too often does not fill the log as well. */
	else if (error != CREDIT_OK && error != CREDIT_E_RATE)
		level = CREDD_INFO;
	credd_line_begin(&line, level, slow ? "slow-call" : "call");
	if (!line.wanted)
		return;
	const struct credd_peer *peer = credd_call_peer(call);
	credd_line_text(&line, "method", method->path);
	credd_line_text(&line, "reason", credit_error_name(error));
	credd_line_text(&line, "peer", peer->address);
	if (peer->has_uscc) {
		char code[CREDIT_USCC_SIZE + 1] = "";
		memcpy(code, peer->uscc.character, CREDIT_USCC_SIZE);
		credd_line_text(&line, "authority", code);
	}
	credd_line_number(&line, "us", microseconds);
	credd_line_end(&line);
}

static void on_finished(
	void *owner, struct credd_call *call, enum credit_error error, int64_t microseconds)
{
	const struct credd_service *service = owner;

	credd_metrics_call(service->metrics, credd_call_method(call), error, microseconds);
	log_call(service, call, error, microseconds);
}

static enum credit_error start_server(struct daemon *daemon, struct credit_problem *problem)
{
	const struct credd_config *config = daemon->config;
	struct credd_server_options options = {
		.tcp_address = config->tcp,
		.tls_certificate = config->tls_certificate,
		.tls_key = config->tls_key,
		.tls_client_ca = config->tls_client_ca,
		.socket_path = config->socket,
		.socket_mode = config->socket_mode,
		.socket_has_uscc = config->socket_authority.given,
		.socket_uscc = config->socket_authority.uscc,
		.workers = daemon->workers,
		.message_max = config->message_bytes,
		.calls_max = config->calls,
		.connections_max = config->connections,
		.connections_per_address = config->connections_per_address,
		.connects_per_second = config->connects_per_second,
		.calls_per_address = config->calls_per_address,
		.calls_per_connection = config->calls_per_connection,
		.vain_calls_per_second = config->vain_calls,
		.handshake_ms = config->handshake_ms,
		.stall_ms = config->stall_ms,
		.answer_bytes_max = config->answer_bytes,
		.unheard_bytes_max = config->unheard_bytes,
		.reflection = config->reflection,
		.methods = credd_methods,
		.method_count = credd_method_count,
		.service = &daemon->service,
		.everybody = CREDD_ROLE_PUBLIC,
		.rated = config->tcp != NULL,
		.near_unrated = !config->rates.near,
		.allow = credd_allow,
		.finished = on_finished,
	};

	daemon->rates = credd_rates_new(&config->rates);
	if (!daemon->rates)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	daemon->service = (struct credd_service){.writer = daemon->writer,
		.rates = daemon->rates,
		.views = daemon->views,
		.interval_ms = config->interval_ms,
		.slow_ms = config->slow_ms,
		.deltas_ms = (int64_t)config->deltas_hours * 3600000,
		.backing_up = ATOMIC_FLAG_INIT,
		.watch_keep_ms = (int64_t)config->watch_keep_days * 86400000,
		.watchers = daemon->watchers,
		.metrics = daemon->metrics,
		.snapshot_folder = daemon->snapshot_folder[0] ? daemon->snapshot_folder : NULL};
	return credd_server_start(&options, &daemon->server, problem);
}

static void log_ready(const struct daemon *daemon)
{
	const struct credd_config *config = daemon->config;
	struct credd_line line;

	credd_line_begin(&line, CREDD_INFO, "ready");
	credd_line_text(&line, "version", CREDIT_VERSION);
	credd_line_text(&line, "origin", config->origin);
	if (config->tcp) {
		credd_line_text(&line, "tcp", config->tcp);
		credd_line_number(&line, "port", credd_server_port(daemon->server));
	}
	if (config->socket)
		credd_line_text(&line, "socket", config->socket);
	if (daemon->http)
		credd_line_number(&line, "metrics_port", credd_http_port(daemon->http));
	credd_line_number(&line, "workers", daemon->workers);
	credd_line_end(&line);
}

static void log_event(const char *event)
{
	struct credd_line line;

	credd_line_begin(&line, CREDD_INFO, event);
	credd_line_end(&line);
}

/* --- run and stop
 * ----------------------------------------------------------------------------------- */

/* A writer that does not come to the end of a step for longer than this many milliseconds no longer has the
 * manager told that all is well, which then starts the daemon anew. */
static void pat_watchdog(const struct daemon *daemon, int64_t patience_ms)
{
	if (credd_writer_busy_ms(daemon->writer) < patience_ms)
		credd_notify("WATCHDOG=1");
}

/* The next signal; 0 when `ms` have passed without one. */
static int next_signal(const sigset_t *signals, int64_t ms)
{
	struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	int number = ms ? sigtimedwait(signals, NULL, &wait) : sigwaitinfo(signals, NULL);

	return number > 0 ? number : 0;
}

/* Certificates are read again by themselves, and there is no log file to open again, so that SIGHUP
 * asks for nothing; it must only not kill. SIGUSR1 asks for a snapshot now. */
static void wait_for_end(const struct daemon *daemon, const sigset_t *signals)
{
	int64_t watchdog_ms = credd_watchdog_ms();
	int number = 0;

	while (number != SIGTERM && number != SIGINT) {
		number = next_signal(signals, watchdog_ms);
		if (number == SIGHUP)
			log_event("nothing-to-reload");
		if (number == SIGUSR1)
			credd_snapshot_ask(daemon->snapshot);
		if (watchdog_ms)
			pat_watchdog(daemon, watchdog_ms);
	}
}

/* What is there from the beginning to the end. */
static enum credit_error start_figures(struct daemon *daemon, struct credit_problem *problem)
{
	const struct credd_config *config = daemon->config;
	struct credd_http_options options = {
		.address = config->metrics,
		.fresh_ms = (int64_t)2 * config->at_least_ms,
		.look = credd_look_now,
	};

	daemon->watchers = credd_watchers_new();
	daemon->metrics = credd_metrics_new(credd_methods, credd_method_count);
	daemon->look = daemon->metrics ? credd_look_new(daemon->metrics) : NULL;
	if (!daemon->watchers || !daemon->look)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	credd_metrics_watch(daemon->metrics, config->data);
	options.metrics = daemon->metrics;
	options.context = daemon->look;
	return config->metrics ? credd_http_start(&options, &daemon->http, problem) : CREDIT_OK;
}

static void stop_figures(struct daemon *daemon)
{
	credd_http_stop(daemon->http);
	credd_look_free(daemon->look);
	credd_metrics_free(daemon->metrics);
	credd_watchers_free(daemon->watchers);
}

static void serve(struct daemon *daemon, const sigset_t *signals)
{
	credd_server_serving(daemon->server, true);
	credd_metrics_set(daemon->metrics, CREDD_FIGURE_SERVING, 1);
	log_ready(daemon);
	credd_notify("READY=1\nSTATUS=serving");
	atomic_store(&daemon->waiting, true);
	if (!atomic_load(&daemon->suspect))
		wait_for_end(daemon, signals);
	credd_metrics_set(daemon->metrics, CREDD_FIGURE_SERVING, 0);
	credd_notify("STOPPING=1\nSTATUS=stopping");
	log_event("stopping");
}

static void stop(struct daemon *daemon)
{
	credd_look_close(daemon->look);
	if (daemon->server)
		credd_server_stop(daemon->server, daemon->config->drain_ms);
	for (uint32_t i = 0; i < daemon->workers; i++)
		credit_view_free(daemon->views[i]);
	credd_writer_stop(daemon->writer);
	if (daemon->server)
		credd_server_free(daemon->server);
	credd_rates_free(daemon->rates);
}

static uint32_t count_workers(const struct credd_config *config)
{
	uint32_t workers = config->workers ? config->workers : credit_processors();

	return workers > WORKERS_MAX ? WORKERS_MAX : workers;
}

/* With the writer at work: everything else, until the end. */
static enum credit_error run_with_writer(struct daemon *daemon, struct credit_problem *problem)
{
	sigset_t signals;
	enum credit_error error;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	credd_rpc_init(credd_log_foreign);
	error = start_export(daemon, problem);
	if (error == CREDIT_OK)
		error = start_snapshot(daemon, problem);
	if (error == CREDIT_OK)
		error = start_witness(daemon, problem);
	if (error == CREDIT_OK)
		error = open_views(daemon, problem);
	if (error == CREDIT_OK)
		error = start_server(daemon, problem);
	if (error == CREDIT_OK)
		error = credd_look_open(daemon->look, daemon->writer, daemon->server);
	if (error == CREDIT_OK)
		serve(daemon, &signals);
	if (error == CREDIT_OK && atomic_load(&daemon->suspect))
		error = credit_problem_set(
			problem, CREDIT_E_STORE_SUSPECT, "data", NULL, "%s", daemon->config->data);
	stop(daemon);
	credd_rpc_deinit();
	if (error == CREDIT_OK)
		log_event("stopped");
	return error;
}

enum credit_error credd_daemon_run(
	const struct credd_config *config, bool clock_confirmed, struct credit_problem *problem)
{
	struct daemon daemon = {.config = config, .workers = count_workers(config)};
	sigset_t early;
	enum credit_error error;

	credd_log_set_level((enum credd_level)config->log_level);
	signal(SIGPIPE, SIG_IGN);
	/* Who asks for a snapshot too early waits for it, and does not end the daemon. */
	sigemptyset(&early);
	sigaddset(&early, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &early, NULL);
	error = credd_daemon_check(config, problem);
	if (error == CREDIT_OK)
		error = start_figures(&daemon, problem);
	if (error == CREDIT_OK)
		error = start_writer(&daemon, clock_confirmed, problem);
	if (error == CREDIT_OK)
		error = run_with_writer(&daemon, problem);
	free(daemon.policy);
	stop_figures(&daemon);
	return error;
}
