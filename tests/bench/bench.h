/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - the frame of `make bench`: figures, pairs, processes.
 *
 * A figure is a row of the table in main.c; a function in a file of its own measures it, or several that
 * come from the same runs. It works in a child process, so that one that fails takes nothing along.
 * Whatever goes wrong ends the child with a sentence on stderr (errx): a benchmark that goes on after an
 * error measures something else. A peer that cannot be had is no error: bench_missing() says why, and
 * what would help.
 *
 * What is compared is measured in turn, A B A B, and told as the median of the pairs' own ratios (or
 * differences) with the least and the greatest: the noise of a shared machine hits both of a pair.
 *
 * Owns: json_t values are passed on (jansson's "stolen"), processes end with their figure.
 * Threads: one; but for what dataset.c and watch.c do inside.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <credit/base.h>
#include <credit/uscc.h>

#include <jansson.h>
#include <limits.h>
#include <sys/types.h>

enum bench_scale {
	BENCH_FULL,
	BENCH_QUICK,    /* for trying out: everything in minutes */
	BENCH_SMALLEST, /* for the test of the bench itself: nothing it measures means anything */
};

struct bench {
	enum bench_scale scale;
	char build[PATH_MAX];  /* folder of credd, credload, bench_echo */
	char source[PATH_MAX]; /* folder of the sources: the working folder */
	char folder[PATH_MAX]; /* data sets, running copies, results.jsonl */
	char machine[512];
	uint64_t memory;              /* bytes */
	int server_core, client_core; /* the same when there is only one */
};

/* --- figures ---------------------------------------------------------------------------------- */

struct bench_spread {
	double median, min, max;
};

enum bench_direction {
	BENCH_AT_LEAST,
	BENCH_AT_MOST,
	BENCH_SHOWN /* there is nothing to reach */
};

struct bench_figure {
	const char *name; /* as in the table of figures */
	const char *unit;
	enum bench_direction direction;
	double reach;
	/* Measures this figure and its neighbours with the same function: tells each of them, or that it is
	 * missing. */
	void (*measure)(const struct bench *bench);
};

/* The figure's value is the median. The detail is an object; the frame adds what is common to all. */
void bench_tell(const char *figure, struct bench_spread spread, json_t *detail);
/* The figure cannot be measured here. */
void bench_missing(const char *figure, const char *reason, const char *remedy);

/* report.c: puts the newest results into the table in `document`. A full run goes before a quick one. */
void bench_report(const struct bench *bench, const struct bench_figure *figures, size_t count,
	const char *document);

void bench_read_unary(const struct bench *bench);
void bench_read_proof(const struct bench *bench);
void bench_read_lib(const struct bench *bench);
void bench_read_batch(const struct bench *bench);
void bench_read_peers(const struct bench *bench);
void bench_write_single(const struct bench *bench);
void bench_write_peers(const struct bench *bench);
void bench_write_bulk(const struct bench *bench);
void bench_write_latency(const struct bench *bench);
void bench_load_base(const struct bench *bench);
void bench_import(const struct bench *bench);
void bench_proof_bytes(const struct bench *bench);
void bench_proof_verify(const struct bench *bench);
void bench_growth_read(const struct bench *bench);
void bench_open_ready(const struct bench *bench);
void bench_memory(const struct bench *bench);
void bench_check_rederive(const struct bench *bench);
void bench_snapshot_check(const struct bench *bench);

/* --- measuring -------------------------------------------------------------------------------- */

int64_t bench_now(void); /* nanoseconds, monotonic */
/* Nanoseconds that this thread has had a processor: for what waits for nothing. */
int64_t bench_thread_cpu(void);
/* How long or how many, by the scale; a tenth of a quick run's in the smallest. */
unsigned bench_scaled(const struct bench *bench, unsigned full, unsigned quick);
void bench_sleep(unsigned milliseconds);
/* A progress line on stderr. */
void bench_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define BENCH_PAIRS 5

struct bench_spread bench_spread_of(const double *values, size_t count);
/* {"median": ..., "min": ..., "max": ...} */
json_t *bench_spread_json(struct bench_spread spread);
/* The same of BENCH_PAIRS values. */
json_t *bench_runs_json(const double values[BENCH_PAIRS]);

/* Ours and the peer's, pair by pair. */
struct bench_pairs {
	double ours[BENCH_PAIRS], peer[BENCH_PAIRS];
};
struct bench_spread bench_ratio(const struct bench_pairs *pairs);
struct bench_spread bench_difference(const struct bench_pairs *pairs);
/* {"ours": spread, "peer": spread, <name>: spread of what was made of both} */
json_t *bench_pairs_json(
	const struct bench_pairs *pairs, const char *name, struct bench_spread compared);

/* --- processes -------------------------------------------------------------------------------- */

enum bench_cores {
	BENCH_ANY_CORE, /* all that we may use */
	BENCH_SERVER_CORE,
	BENCH_CLIENT_CORE,
	BENCH_BOTH_CORES
};
/* Runs this thread, and processes that it starts, there only. */
void bench_pin(const struct bench *bench, enum bench_cores cores);

struct bench_program {
	const char *const *arguments; /* the first is the path; NULL ends them */
	enum bench_cores cores;
	int *ret_output; /* its standard output; NULL: standard error, since ours is for results alone */
	int *ret_input; /* its standard input; NULL: nothing to read */
	uid_t user;     /* 0: ours */
	gid_t group;
};
/* Starts a program; it dies with us. `bench` may be NULL for BENCH_ANY_CORE. */
pid_t bench_spawn(const struct bench *bench, const struct bench_program *program);
/* Waits; the exit status must be 0. */
void bench_wait(pid_t pid, const char *what);
/* Starts and waits. */
void bench_run_program(
	const struct bench *bench, const struct bench_program *program, const char *what);
/* Starts, reads the JSON object that it prints, waits. */
json_t *bench_run_json(
	const struct bench *bench, const struct bench_program *program, const char *what);
/* Starts and waits; whether the exit status was 0. */
bool bench_try(const struct bench *bench, const struct bench_program *program);
/* Nanoseconds on a processor, all threads. */
int64_t bench_cpu(pid_t pid);
/* Bytes that it has had written to disks, as the kernel counts them. */
uint64_t bench_written(pid_t pid);
/* Private memory in bytes: what is not a file's. */
uint64_t bench_private(pid_t pid);

/* A path in one of the bench's folders. */
#define BENCH_PATH_ROOM (PATH_MAX - 128)
void bench_path(const char *folder, const char *name, char ret_path[PATH_MAX]);
void bench_remove(const char *path);
void bench_make_folder(const char *path);

#endif
