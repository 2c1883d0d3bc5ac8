/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - credload: puts a running credd under load and says how it did.
 *
 * Prints one JSON object on standard output. Exit codes are those of credctl: 0 every call succeeded,
 * 1 some did not, 2 wrong usage, 3 could not begin.
 */
#include "credctl/file.h"
#include "credctl/options.h"
#include "load/connection.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXIT_NO 1
#define EXIT_USAGE 2
#define EXIT_FAILED 3
#define CONNECTIONS_MAX 256

struct values {
	const char *server, *ca, *certificate, *key, *server_name;
	uint32_t method;
	const char *codes;
	uint64_t connections, in_flight, rate, milliseconds, warm_up, seed;
	const char *origin, *sign;
	struct option_uscc issuer;
	uint64_t filings, items;
	const char *core; /* a number; NULL: wherever we are */
	bool raw, wait, help;
};

static const struct option_choice methods[] = {{"GetStatus", LOAD_GET_STATUS},
	{"GetStatusProof", LOAD_GET_STATUS_PROOF}, {"BatchGetStatus", LOAD_BATCH_GET_STATUS},
	{"Submit", LOAD_SUBMIT}, {NULL, 0}};
#define ITEMS_MAX 1000 /* acts in a filing, codes in a message */

#define AT(member) offsetof(struct values, member)

/* clang-format off */
static const struct option rows[] = {
	{"server", 's', OPTION_TEXT, AT(server), true, NULL, "TARGET", 1, 255, NULL, "CREDCTL_SERVER",
		{"unix:PATH or host:port", "unix:路径 或 主机:端口"}},
	{"ca", 0, OPTION_TEXT, AT(ca), false, NULL, "FILE", 0, 0, NULL, NULL,
		{"CA of the daemon's certificate, PEM", "服务端证书的 CA（PEM）"}},
	{"cert", 0, OPTION_TEXT, AT(certificate), false, NULL, "FILE", 0, 0, NULL, NULL,
		{"our certificate, PEM", "客户端证书（PEM）"}},
	{"cert-key", 0, OPTION_TEXT, AT(key), false, NULL, "FILE", 0, 0, NULL, NULL,
		{"its private key, PEM", "客户端证书私钥（PEM）"}},
	{"server-name", 0, OPTION_TEXT, AT(server_name), false, NULL, "NAME", 0, 0, NULL, NULL,
		{"name expected in the daemon's certificate", "服务端证书应有的名称"}},
	{"method", 'm', OPTION_CHOICE, AT(method), false, NULL, "METHOD", 0, 0, methods, NULL,
		{"what to call", "调用的方法"}},
	{"codes", 0, OPTION_TEXT, AT(codes), true, NULL, "FILE", 1, 4095, NULL, NULL,
		{"enrolled codes, one a line", "已入库代码，每行一个"}},
	{"connections", 'c', OPTION_NUMBER, AT(connections), false, NULL, "N", 1, CONNECTIONS_MAX, NULL, NULL,
		{"connections, each with a thread (1)", "连接数，每个连接一个线程（1）"}},
	{"in-flight", 'k', OPTION_NUMBER, AT(in_flight), false, NULL, "N", 1, 65536, NULL, NULL,
		{"calls in flight on each connection (64)", "每个连接的并发调用数（64）"}},
	{"rate", 'r', OPTION_NUMBER, AT(rate), false, NULL, "N", 1, 10000000, NULL, NULL,
		{"calls a second of all connections together; without it as many as can be",
		 "全部连接每秒的调用总数；不填则尽可能多"}},
	{"time", 't', OPTION_NUMBER, AT(milliseconds), false, NULL, "MS", 1, 86400000, NULL, NULL,
		{"milliseconds that count (5000)", "计入统计的毫秒数（5000）"}},
	{"warm-up", 'w', OPTION_NUMBER, AT(warm_up), false, NULL, "MS", 0, 3600000, NULL, NULL,
		{"milliseconds before them (500)", "预热毫秒数（500）"}},
	{"seed", 0, OPTION_NUMBER, AT(seed), false, NULL, "N", 0, UINT32_MAX, NULL, NULL,
		{"of the random choice of codes (1)", "随机选取代码的种子（1）"}},
	{"origin", 0, OPTION_TEXT, AT(origin), false, NULL, "NAME", 0, 0, NULL, NULL,
		{"Submit: the registry's name", "Submit：登记系统标识"}},
	{"issuer", 0, OPTION_USCC, AT(issuer), false, NULL, "USCC", 0, 0, NULL, NULL,
		{"Submit: the authority that files", "Submit：报送机关代码"}},
	{"sign", 0, OPTION_TEXT, AT(sign), false, NULL, "FILE", 0, 0, NULL, NULL,
		{"Submit: its private key file", "Submit：报送机关私钥文件"}},
	{"filings", 'n', OPTION_NUMBER, AT(filings), false, NULL, "N", 1, 100000000, NULL, NULL,
		{"Submit: filings sealed beforehand; the load ends with them (10000)",
		 "Submit：预先签署的报送数，用尽即止（10000）"}},
	{"items", 0, OPTION_NUMBER, AT(items), false, NULL, "N", 1, ITEMS_MAX, NULL, NULL,
		{"Submit: acts in a filing; BatchGetStatus: codes in a message (1)",
		 "Submit：每次报送的文书数；BatchGetStatus：每条消息的代码数（1）"}},
	{"core", 0, OPTION_TEXT, AT(core), false, NULL, "N", 1, 8, NULL, NULL,
		{"core that the load comes from; filings are sealed on all of them",
		 "发出负载所用的处理器核；预先签署时使用全部核"}},
	{"raw", 0, OPTION_FLAG, AT(raw), false, NULL, NULL, 0, 0, NULL, NULL,
		{"GetStatus with frames made by hand: less client, more load",
		 "GetStatus：手工构造 HTTP/2 帧，减少客户端开销"}},
	{"wait", 0, OPTION_FLAG, AT(wait), false, NULL, NULL, 0, 0, NULL, NULL,
		{"say ready on standard error, and begin when standard input has a line or its end",
		 "就绪后在标准错误输出 ready，待标准输入有一行或结束时开始"}},
	{"help", 'h', OPTION_FLAG, AT(help), false, NULL, NULL, 0, 0, NULL, NULL,
		{"show this help", "显示帮助"}},
	{.name = NULL},
};
/* clang-format on */

static int fail(int code, const struct credit_problem *problem)
{
	char text[CREDIT_PROBLEM_TEXT_MAX];

	fprintf(stderr, "credload: %s\n",
		credit_problem_text(problem, CREDIT_LANG_EN, text, sizeof text));
	return code;
}

static credit_ms_t wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (credit_ms_t){(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

/* --- what it came to -------------------------------------------------------------------------- */

static void add_up(struct connection *total, const struct connection *one)
{
	total->calls += one->calls;
	total->refused += one->refused;
	total->errors += one->errors;
	total->request_bytes += one->request_bytes;
	total->reply_bytes += one->reply_bytes;
	if (one->first_epoch > 0 &&
		(total->first_epoch == 0 || one->first_epoch < total->first_epoch))
		total->first_epoch = one->first_epoch;
	if (one->last_epoch > total->last_epoch)
		total->last_epoch = one->last_epoch;
	if (one->latency.count > 0 && (total->latency.count == 0 || one->first < total->first))
		total->first = one->first;
	if (one->last > total->last)
		total->last = one->last;
	histogram_merge(&total->latency, &one->latency);
	if (total->problem.error == CREDIT_OK)
		total->problem = one->problem;
}

static void print(const struct values *values, const struct connection *total)
{
	/* The first call ends no interval. */
	double seconds = (double)(total->last - total->first) / 1e9;
	double counted = total->latency.count > 0 ? (double)(total->latency.count - 1) : 0;
	double calls = total->calls > 0 ? (double)total->calls : 1;

	printf("{\"method\":\"%s\",\"raw\":%s,\"connections\":%" PRIu64 ",\"in_flight\":%" PRIu64
	       ",\"calls\":%" PRIu64 ",\"counted\":%" PRIu64 ",\"seconds\":%.3f,\"rate\":%.1f"
	       ",\"p50_us\":%.1f,\"p99_us\":%.1f,\"errors\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"request_bytes\":%.1f,\"reply_bytes\":%.1f,\"items\":%" PRIu64
	       ",\"epochs\":%" PRIu64 "}\n",
		methods[values->method].name, values->raw ? "true" : "false", values->connections,
		values->in_flight, total->calls, total->latency.count, seconds,
		seconds > 0 ? counted / seconds : 0, histogram_quantile(&total->latency, 0.5),
		histogram_quantile(&total->latency, 0.99), total->errors, total->refused,
		(double)total->request_bytes / calls, (double)total->reply_bytes / calls,
		values->items,
		total->last_epoch > 0 ? total->last_epoch - total->first_epoch + 1 : 0);
}

/* --- the load --------------------------------------------------------------------------------- */

static enum credit_error seal(const struct values *values, const struct codes *codes,
	struct filings *ret_filings, struct credit_problem *problem)
{
	struct filer filer = {.origin = values->origin,
		.issuer = values->issuer.uscc,
		.now = wall_now(),
		.seed = values->seed,
		.acts = (uint32_t)values->items};
	struct credit_named_key name;

	if (!values->origin || !values->issuer.given || !values->sign)
		return credit_problem_set(problem, CREDIT_E_USAGE, "--method", NULL,
			"Submit needs --origin, --issuer and --sign");
	enum credit_error error = file_key_pair(values->sign, &name, &filer.key, problem);
	if (error == CREDIT_OK)
		error = filings_seal(&filer, codes, values->filings, ret_filings, problem);
	credit_wipe(&filer.key, sizeof filer.key);
	return error;
}

static bool pin(const char *core, struct credit_problem *problem)
{
	char *end;
	unsigned long number = strtoul(core, &end, 10);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number, &set);
	if (*end == '\0' && sched_setaffinity(0, sizeof set, &set) == 0)
		return true;
	credit_problem_set(problem, CREDIT_E_USAGE, "--core", NULL, "no core that we may use");
	return false;
}

static enum credit_error run(struct load *load, const struct values *values,
	struct connection *connections, struct credit_problem *problem)
{
	void *(*client)(void *) = values->raw                             ? raw_main
				  : load->method == LOAD_BATCH_GET_STATUS ? batch_main
									  : connection_main;
	pthread_t threads[CONNECTIONS_MAX];
	uint64_t started = 0;

	load->count_from = monotonic_now() + (int64_t)values->warm_up * 1000000;
	load->until = load->count_from + (int64_t)values->milliseconds * 1000000;
	for (; started < values->connections; started++) {
		connections[started].load = load;
		connections[started].chance = values->seed * CONNECTIONS_MAX + started;
		if (pthread_create(&threads[started], NULL, client, &connections[started]) != 0)
			break;
	}
	for (uint64_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	if (started == values->connections)
		return CREDIT_OK;
	return credit_problem_set(
		problem, CREDIT_E_NO_MEMORY, "--connections", NULL, "no more threads");
}

/* Several loads that are to begin together. */
static void wait_for_a_line(void)
{
	int byte;

	fputs("ready\n", stderr);
	do
		byte = getchar();
	while (byte != EOF && byte != '\n');
}

static int load_and_tell(const struct values *values, struct load *load)
{
	struct connection *connections = calloc(values->connections + 1, sizeof *connections);
	struct connection *total = connections ? &connections[values->connections] : NULL;
	struct credit_problem problem;
	int code = EXIT_SUCCESS;

	if (!connections) {
		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		return fail(EXIT_FAILED, &problem);
	}
	if (values->wait)
		wait_for_a_line();
	if (run(load, values, connections, &problem) != CREDIT_OK) {
		code = fail(EXIT_FAILED, &problem);
	} else {
		for (uint64_t i = 0; i < values->connections; i++)
			add_up(total, &connections[i]);
		print(values, total);
		if (total->errors > 0)
			code = fail(EXIT_NO, &total->problem);
		else if (total->refused > 0)
			code = EXIT_NO;
	}
	free(connections);
	return code;
}

static int with_values(const struct values *values)
{
	struct load load = {
		.server = {.target = values->server,
			.ca = values->ca,
			.certificate = values->certificate,
			.key = values->key,
			.server_name = values->server_name},
		.method = (enum load_method)values->method,
		.in_flight = (uint32_t)values->in_flight,
		.interval = values->rate
				    ? (int64_t)(values->connections * 1000000000 / values->rate)
				    : 0,
		.items = (uint32_t)values->items,
	};
	struct filings filings = {0};
	struct codes codes;
	struct credit_problem problem = {0};
	int code;

	if (values->raw && (load.method > LOAD_GET_STATUS_PROOF || load.interval)) {
		credit_problem_set(&problem, CREDIT_E_USAGE, "--raw", NULL,
			"GetStatus and GetStatusProof only, and not with --rate");
		return fail(EXIT_USAGE, &problem);
	}
	if (codes_open(values->codes, &codes, &problem) != CREDIT_OK)
		return fail(EXIT_FAILED, &problem);
	load.codes = &codes;
	load.filings = &filings;
	if (load.method == LOAD_SUBMIT && seal(values, &codes, &filings, &problem) != CREDIT_OK)
		code = fail(problem.error == CREDIT_E_USAGE ? EXIT_USAGE : EXIT_FAILED, &problem);
	else if (values->core && !pin(values->core, &problem))
		code = fail(EXIT_USAGE, &problem);
	else
		code = load_and_tell(values, &load);
	filings_deinit(&filings);
	codes_close(&codes);
	return code;
}

int main(int argc, char **argv)
{
	struct values values = {.connections = 1,
		.in_flight = 64,
		.milliseconds = 5000,
		.warm_up = 500,
		.seed = 1,
		.filings = 10000,
		.items = 1};
	struct option_set set = {rows, &values};
	struct credit_problem problem = {0};
	size_t count, used;
	enum credit_error error = credit_crypto_init();

	if (error == CREDIT_OK)
		error = options_parse(&set, 1, argv + 1, (size_t)argc - 1, false, CREDIT_LANG_EN,
			&count, &used, &problem);
	if (error == CREDIT_OK && values.help) {
		fputs("usage: credload --server TARGET --codes FILE [OPTION...]\n\n"
		      "Puts a running credd under load and prints rate and latency as JSON.\n\n",
			stdout);
		options_help(stdout, rows, CREDIT_LANG_EN);
		return EXIT_SUCCESS;
	}
	if (error == CREDIT_OK && count > 0)
		error = credit_problem_set(
			&problem, CREDIT_E_USAGE, argv[1], NULL, "takes options only");
	if (error == CREDIT_OK)
		error = options_complete(&set, CREDIT_LANG_EN, &problem);
	return error == CREDIT_OK ? with_values(&values) : fail(EXIT_USAGE, &problem);
}
