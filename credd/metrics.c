/* SPDX-License-Identifier: Apache-2.0
 *
 * metrics.c - see metrics.h. Counters of calls lie in shards, one for a thread or a few, so that threads
 * that answer calls do not take each other's cache lines; figures of the writer lie in one place.
 */
#include "metrics.h"

#include "rpc/rpc.h"

#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <dirent.h>

#define SHARDS 16
#define CLASSES (CREDIT_CLASS_CANCELLED + 1)
#define REASONS 1024 /* numbers of enum credit_error, which are below */
#define CACHE_LINE 64

/* Upper bounds in microseconds: five to a decade at most, from a cached read to a long stream. */
static const int64_t bounds[] = {50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	250000, 500000, 1000000, 2500000, 10000000};
#define BOUNDS (sizeof bounds / sizeof bounds[0])

struct histogram {
	_Atomic uint64_t bucket[BOUNDS + 1];
	_Atomic uint64_t microseconds;
};

struct calls {
	_Atomic uint64_t by_class[CLASSES];
	struct histogram took;
};

struct shard {
	struct calls *calls; /* methods, and one for all others */
};

struct credd_metrics {
	const struct credd_method *methods;
	size_t method_count;
	struct shard shards[SHARDS];
	struct calls *memory;
	_Atomic int64_t figure[CREDD_FIGURE_COUNT];
	_Atomic uint64_t refused[REASONS];
	struct histogram span[CREDD_SPAN_COUNT];
	char data[PATH_MAX]; /* "": not watched */
};

enum type {
	COUNTER,
	GAUGE,
	MOMENT /* a gauge: wall clock in ms, shown in seconds; left out while unknown */
};

static const char *const type_names[] = {
	[COUNTER] = "counter", [GAUGE] = "gauge", [MOMENT] = "gauge"};

struct figure_row {
	const char *name;
	enum type type;
	const char *help;
};

/* clang-format off */
static const struct figure_row figure_rows[CREDD_FIGURE_COUNT] = {
	[CREDD_FIGURE_SERVING] = {"credd_serving", GAUGE, "1 while calls are answered."},
	[CREDD_FIGURE_CONNECTIONS] = {"credd_connections", GAUGE, "Connections of all listeners."},
	[CREDD_FIGURE_IN_FLIGHT] = {"credd_calls_in_flight", GAUGE, "Calls that are not finished."},
	[CREDD_FIGURE_QUEUE_FILINGS] = {"credd_queue_filings", GAUGE, "Filings that wait for the writer."},
	[CREDD_FIGURE_QUEUE_BYTES] = {"credd_queue_bytes", GAUGE, "Their bytes."},
	[CREDD_FIGURE_QUEUE_REFUSED] = {"credd_queue_refused_total", COUNTER, "Filings told to come back because the queue was full."},
	[CREDD_FIGURE_EPOCHS] = {"credd_epochs_total", COUNTER, "Epochs committed, each with one synced commit of the journal."},
	[CREDD_FIGURE_EPOCHS_FAILED] = {"credd_epochs_failed_total", COUNTER, "Epochs abandoned because of a fault; nothing of them was acknowledged."},
	[CREDD_FIGURE_FILINGS] = {"credd_filings_total", COUNTER, "Filings answered by the writer."},
	[CREDD_FIGURE_ACTS_ACCEPTED] = {"credd_acts_accepted_total", COUNTER, "Acts accepted."},
	[CREDD_FIGURE_PUBLICATIONS] = {"credd_publications_total", COUNTER, "Publications made."},
	[CREDD_FIGURE_PUBLICATIONS_FAILED] = {"credd_publications_failed_total", COUNTER, "Publications that failed and were tried again."},
	[CREDD_FIGURE_PUBLISHED_MS] = {"credd_published_timestamp_seconds", MOMENT, "When readers were last brought up to date."},
	[CREDD_FIGURE_FIRED] = {"credd_fired_total", COUNTER, "System acts filed because something fell due."},
	[CREDD_FIGURE_NEXT_DUE_MS] = {"credd_next_due_timestamp_seconds", MOMENT, "When the next thing falls due; in the past: firing is behind."},
	[CREDD_FIGURE_CLOCK_HELD] = {"credd_clock_held", GAUGE, "1 while the clock is not believed and nothing is fired."},
	[CREDD_FIGURE_SCRUBS] = {"credd_scrubs_total", COUNTER, "Times that the bytes of erased records were destroyed."},
	[CREDD_FIGURE_LOG_WARNINGS] = {"credd_log_warnings_total", COUNTER, "Lines logged as warnings."},
	[CREDD_FIGURE_LOG_ERRORS] = {"credd_log_errors_total", COUNTER, "Lines logged as errors."},
	[CREDD_FIGURE_TASKS_OPEN] = {"credd_tasks_open", GAUGE, "Tasks of offices that are still to do; counted at most once a minute."},
	[CREDD_FIGURE_TASKS_OVERDUE] = {"credd_tasks_overdue", GAUGE, "Those of them that are overdue."},
};

static const struct {
	const char *name, *help;
} span_rows[CREDD_SPAN_COUNT] = {
	[CREDD_SPAN_EPOCH] = {"credd_epoch_seconds", "From taking filings out of the queue to having them durable."},
	[CREDD_SPAN_PUBLICATION] = {"credd_publication_seconds", "Making a publication; filings wait meanwhile."},
	[CREDD_SPAN_SYNC] = {"credd_sync_seconds", "Waiting for the disk: journal, head file and state, each by itself."},
};

/* Names of gRPC's status codes, as google.rpc.Code spells them. */
static const char *const class_codes[CLASSES] = {
	[CREDIT_CLASS_OK] = "OK", [CREDIT_CLASS_INVALID] = "INVALID_ARGUMENT",
	[CREDIT_CLASS_PRECONDITION] = "FAILED_PRECONDITION", [CREDIT_CLASS_DENIED] = "PERMISSION_DENIED",
	[CREDIT_CLASS_UNAUTHENTICATED] = "UNAUTHENTICATED", [CREDIT_CLASS_ABSENT] = "NOT_FOUND",
	[CREDIT_CLASS_EXISTS] = "ALREADY_EXISTS", [CREDIT_CLASS_EXHAUSTED] = "RESOURCE_EXHAUSTED",
	[CREDIT_CLASS_UNAVAILABLE] = "UNAVAILABLE", [CREDIT_CLASS_UNSUPPORTED] = "UNIMPLEMENTED",
	[CREDIT_CLASS_DATA_LOSS] = "DATA_LOSS", [CREDIT_CLASS_INTERNAL] = "INTERNAL",
	[CREDIT_CLASS_CANCELLED] = "CANCELLED",
};
/* clang-format on */

#define REASON_FITS(number, name, class_, en, zh, ren, rzh) \
	_Static_assert((number) < REASONS, "REASONS is too small");
CREDIT_ERROR_LIST(REASON_FITS)
#undef REASON_FITS

/* --- life ------------------------------------------------------------------------------------- */

struct credd_metrics *credd_metrics_new(const struct credd_method *methods, size_t method_count)
{
	struct credd_metrics *metrics = calloc(1, sizeof *metrics);
	size_t lines, size;

	if (!metrics)
		return NULL;
	lines = ((method_count + 1) * sizeof *metrics->memory + CACHE_LINE - 1) / CACHE_LINE;
	size = SHARDS * lines * CACHE_LINE;
	metrics->memory = aligned_alloc(CACHE_LINE, size);
	if (!metrics->memory) {
		free(metrics);
		return NULL;
	}
	memset(metrics->memory, 0, size);
	for (size_t i = 0; i < SHARDS; i++)
		metrics->shards[i].calls =
			(void *)((uint8_t *)metrics->memory + i * lines * CACHE_LINE);
	metrics->methods = methods;
	metrics->method_count = method_count;
	metrics->figure[CREDD_FIGURE_NEXT_DUE_MS] = INT64_MAX;
	return metrics;
}

void credd_metrics_free(struct credd_metrics *metrics)
{
	if (!metrics)
		return;
	free(metrics->memory);
	free(metrics);
}

void credd_metrics_watch(struct credd_metrics *metrics, const char *data)
{
	snprintf(metrics->data, sizeof metrics->data, "%s", data);
}

/* --- counting --------------------------------------------------------------------------------- */

static void count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static void observe(struct histogram *histogram, int64_t microseconds)
{
	size_t i = 0;

	while (i < BOUNDS && microseconds > bounds[i])
		i++;
	count(&histogram->bucket[i], 1);
	count(&histogram->microseconds, microseconds > 0 ? (uint64_t)microseconds : 0);
}

/* A thread keeps the shard that it met first. */
static unsigned own_shard(void)
{
	static _Atomic unsigned met;
	static _Thread_local unsigned own; /* from one; 0: none yet */

	if (own == 0)
		own = atomic_fetch_add_explicit(&met, 1, memory_order_relaxed) % SHARDS + 1;
	return own - 1;
}

void credd_metrics_call(struct credd_metrics *metrics, const struct credd_method *method,
	enum credit_error error, int64_t microseconds)
{
	size_t index;
	struct calls *calls;

	if (!metrics)
		return;
	index = metrics->method_count;
	if (method >= metrics->methods && method < metrics->methods + metrics->method_count)
		index = (size_t)(method - metrics->methods);
	calls = &metrics->shards[own_shard()].calls[index];
	count(&calls->by_class[credit_error_class(error)], 1);
	observe(&calls->took, microseconds);
}

void credd_metrics_add(struct credd_metrics *metrics, enum credd_figure figure, int64_t number)
{
	if (metrics)
		atomic_fetch_add_explicit(&metrics->figure[figure], number, memory_order_relaxed);
}

void credd_metrics_set(struct credd_metrics *metrics, enum credd_figure figure, int64_t number)
{
	if (metrics)
		atomic_store_explicit(&metrics->figure[figure], number, memory_order_relaxed);
}

int64_t credd_metrics_get(const struct credd_metrics *metrics, enum credd_figure figure)
{
	return metrics ? atomic_load_explicit(&metrics->figure[figure], memory_order_relaxed) : 0;
}

void credd_metrics_took(struct credd_metrics *metrics, enum credd_span span, int64_t microseconds)
{
	if (metrics)
		observe(&metrics->span[span], microseconds);
}

void credd_metrics_refused(struct credd_metrics *metrics, enum credit_error reason)
{
	if (metrics && (unsigned)reason < REASONS)
		count(&metrics->refused[reason], 1);
}

/* --- the text --------------------------------------------------------------------------------- */

static void put_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_figures(FILE *out, const struct credd_metrics *metrics)
{
	for (size_t i = 0; i < CREDD_FIGURE_COUNT; i++) {
		const struct figure_row *row = &figure_rows[i];
		int64_t number = credd_metrics_get(metrics, (enum credd_figure)i);

		if (row->type == MOMENT && (number == 0 || number == INT64_MAX))
			continue;
		put_head(out, row->name, type_names[row->type], row->help);
		if (row->type == MOMENT)
			fprintf(out, "%s %" PRId64 ".%03d\n", row->name, number / 1000,
				(int)(number % 1000));
		else
			fprintf(out, "%s %" PRId64 "\n", row->name, number);
	}
}

static void put_refusals(FILE *out, const struct credd_metrics *metrics)
{
	static const char name[] = "credd_acts_refused_total";

	put_head(out, name, "counter", "Acts refused, by reason.");
	for (unsigned i = 0; i < REASONS; i++) {
		uint64_t number = metrics->refused[i];

		if (number > 0)
			fprintf(out, "%s{reason=\"%s\"} %" PRIu64 "\n", name,
				credit_error_name((enum credit_error)i), number);
	}
}

/* `labels`: "" or `a="b",`. */
static void put_histogram(
	FILE *out, const char *name, const char *labels, const struct histogram *histogram)
{
	uint64_t below = 0;
	int last = (int)strlen(labels) - 1; /* without the comma */

	for (size_t i = 0; i < BOUNDS; i++) {
		below += histogram->bucket[i];
		fprintf(out, "%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, labels,
			(double)bounds[i] / 1e6, below);
	}
	below += histogram->bucket[BOUNDS];
	fprintf(out, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, labels, below);
	if (last < 0)
		fprintf(out, "%s_sum %g\n%s_count %" PRIu64 "\n", name,
			(double)histogram->microseconds / 1e6, name, below);
	else
		fprintf(out, "%s_sum{%.*s} %g\n%s_count{%.*s} %" PRIu64 "\n", name, last, labels,
			(double)histogram->microseconds / 1e6, name, last, labels, below);
}

static void put_spans(FILE *out, const struct credd_metrics *metrics)
{
	for (size_t i = 0; i < CREDD_SPAN_COUNT; i++) {
		put_head(out, span_rows[i].name, "histogram", span_rows[i].help);
		put_histogram(out, span_rows[i].name, "", &metrics->span[i]);
	}
}

/* --- calls: the shards added up --- */

static void add_histogram(struct histogram *total, const struct histogram *more)
{
	for (size_t i = 0; i <= BOUNDS; i++)
		total->bucket[i] += more->bucket[i];
	total->microseconds += more->microseconds;
}

static void add_up(const struct credd_metrics *metrics, size_t method, struct calls *ret_total)
{
	memset(ret_total, 0, sizeof *ret_total);
	for (size_t i = 0; i < SHARDS; i++) {
		const struct calls *calls = &metrics->shards[i].calls[method];

		for (size_t class = 0; class < CLASSES; class ++)
			ret_total->by_class[class] += calls->by_class[class];
		add_histogram(&ret_total->took, &calls->took);
	}
}

#define LABELS_MAX 160

/* "/credit.v1.StatusService/GetStatus" as two labels. */
static void labels_of(
	const struct credd_metrics *metrics, size_t method, char ret_labels[LABELS_MAX])
{
	static const char others[] = "/other/other"; /* health, reflection, what there is not */
	const char *path = method < metrics->method_count ? metrics->methods[method].path : others;
	const char *slash = strchr(path + 1, '/');

	snprintf(ret_labels, LABELS_MAX, "grpc_service=\"%.*s\",grpc_method=\"%s\",",
		(int)(slash - path - 1), path + 1, slash + 1);
}

static uint64_t all_of(const struct calls *calls)
{
	uint64_t sum = 0;

	for (size_t class = 0; class < CLASSES; class ++)
		sum += calls->by_class[class];
	return sum;
}

static void put_calls(FILE *out, const struct credd_metrics *metrics)
{
	static const char handled[] = "grpc_server_handled_total",
			  handling[] = "grpc_server_handling_seconds";
	struct calls total;
	char labels[LABELS_MAX];

	put_head(out, handled, "counter", "Calls finished, by method and status code.");
	for (size_t i = 0; i <= metrics->method_count; i++) {
		add_up(metrics, i, &total);
		labels_of(metrics, i, labels);
		for (size_t class = 0; class < CLASSES; class ++)
			if (total.by_class[class] > 0)
				fprintf(out, "%s{%sgrpc_code=\"%s\"} %" PRIu64 "\n", handled,
					labels, class_codes[class], total.by_class[class]);
	}
	put_head(out, handling, "histogram", "From a call's arrival to its end.");
	for (size_t i = 0; i <= metrics->method_count; i++) {
		add_up(metrics, i, &total);
		labels_of(metrics, i, labels);
		if (all_of(&total) > 0)
			put_histogram(out, handling, labels, &total.took);
	}
}

/* --- the process and its disk --- */

static void put_number(
	FILE *out, const char *name, const char *type, const char *help, double number)
{
	put_head(out, name, type, help);
	fprintf(out, "%s %.17g\n", name, number);
}

static unsigned count_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned files = 0;

	if (!folder)
		return 0;
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
		files += entry->d_name[0] != '.';
	closedir(folder);
	return files - 1; /* the folder itself */
}

/* proc(5), statm: size, resident, shared, in pages. What is not shared is what the process takes from the
 * machine; the database's pages are shared with the page cache. */
static void put_memory(FILE *out)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long size = 0, resident = 0, shared = 0;
	double page = (double)sysconf(_SC_PAGESIZE);

	if (!file)
		return;
	if (fscanf(file, "%lu %lu %lu", &size, &resident, &shared) == 3) {
		put_number(out, "process_virtual_memory_bytes", "gauge",
			"Address space, with the database mapped into it.", (double)size * page);
		put_number(out, "process_resident_memory_bytes", "gauge",
			"Memory in use, with the database's pages.", (double)resident * page);
		put_number(out, "credd_private_memory_bytes", "gauge",
			"Memory in use, without the database's pages.",
			(double)(resident - shared) * page);
	}
	fclose(file);
}

static void put_process(FILE *out)
{
	struct rusage usage;
	struct rlimit limit;

	put_memory(out);
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		put_number(out, "process_cpu_seconds_total", "counter",
			"Processor time, user and system.",
			(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
				(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	put_number(out, "process_open_fds", "gauge", "Open files.", count_files());
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		put_number(out, "process_max_fds", "gauge", "Files that may be open.",
			(double)limit.rlim_cur);
}

static void put_disk(FILE *out, const struct credd_metrics *metrics)
{
	static const char *const stores[] = {"journal", "state"};
	struct statvfs disk;
	char path[PATH_MAX + 32];

	if (!metrics->data[0])
		return;
	put_head(out, "credd_store_bytes", "gauge", "Bytes of a store on the disk.");
	for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
		struct stat file;

		snprintf(path, sizeof path, "%s/%s/data.mdb", metrics->data, stores[i]);
		if (stat(path, &file) == 0)
			fprintf(out, "credd_store_bytes{store=\"%s\"} %jd\n", stores[i],
				(intmax_t)file.st_blocks * 512);
	}
	if (statvfs(metrics->data, &disk) == 0)
		put_number(out, "credd_disk_free_bytes", "gauge",
			"Room left on the disk of the database.",
			(double)disk.f_bavail * (double)disk.f_frsize);
}

char *credd_metrics_text(const struct credd_metrics *metrics, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);
	bool failed;

	if (!out)
		return NULL;
	put_head(out, "credd_build_info", "gauge", "Always 1.");
	fprintf(out, "credd_build_info{version=\"%s\"} 1\n", CREDIT_VERSION);
	put_figures(out, metrics);
	put_refusals(out, metrics);
	put_spans(out, metrics);
	put_calls(out, metrics);
	put_process(out);
	put_disk(out, metrics);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
