/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rpc.c - the daemon's rpc room and the tools' client, against each other in one process.
 *
 * Every way in which a call can go: well, late, refused, cancelled, out of time, too large, unknown;
 * every way in which a peer is known; and what must not take the server down.
 *
 * long: one fixture, and every case of the contract needs it
 */
#include "tests/rpc/service.h"
#include "tests/support/temp_dir.h"

#include "grpc/health/v1/health.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LONG_MS 60000 /* a deadline that is never met */
#define SHORT_MS 50   /* a deadline that is to pass */

static struct service service;
static char directory[512], socket_path[600], target[640];

static void set_up(void)
{
	temp_dir_make();
	snprintf(directory, sizeof directory, "%s", temp_dir_path("."));
	snprintf(socket_path, sizeof socket_path, "%s/s", directory);
	snprintf(target, sizeof target, "unix:%s", socket_path);
}

TestSuite(rpc, .init = set_up, .fini = temp_dir_remove, .timeout = 60);

static void start_on_socket(struct credd_server_options options)
{
	service_start(&service, socket_path, NULL, options);
}

static void start_on_tcp(void)
{
	test_certificates(directory);
	service_start(&service, NULL, directory, (struct credd_server_options){0});
}

/* Calls and returns the reply as text (freed by the caller), or NULL with the problem. */
static char *call(struct client *client, const char *path, const char *request, uint32_t timeout_ms,
	struct credit_problem *problem)
{
	struct client_reply reply;

	if (client_call(client, path, credit_bytes_of(request), timeout_ms, &reply, problem) !=
		CREDIT_OK)
		return NULL;
	char *text = calloc(1, reply.size + 1);
	if (reply.size)
		memcpy(text, reply.data, reply.size);
	free(reply.data);
	return text;
}

static void expect(struct client *client, const char *path, const char *request, const char *wanted)
{
	struct credit_problem problem = {0};
	char *reply = call(client, path, request, LONG_MS, &problem);

	cr_assert_not_null(reply, "%s %s", credit_error_name(problem.error), problem.detail);
	cr_assert_str_eq(reply, wanted);
	free(reply);
}

static enum credit_error refusal(struct client *client, const char *path, const char *request,
	uint32_t timeout_ms, struct credit_problem *problem)
{
	char *reply = call(client, path, request, timeout_ms, problem);

	cr_assert_null(reply, "a refusal was expected");
	return problem->error;
}

static void replace_file(const char *from, const char *to)
{
	char command[4 * sizeof directory + 128];

	snprintf(command, sizeof command, "cp '%s/%s' '%s/new' && mv '%s/new' '%s/%s'", directory,
		from, directory, directory, directory, to);
	cr_assert_eq(system(command), 0);
}

/* --- unary ----------------------------------------------------------------------------------- */

Test(rpc, unary_echo_and_empty_message_come_back)
{
	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	expect(client, ECHO, "hello", "hello");
	expect(client, ECHO, "", "");
	client_close(client);
	service_stop(&service, 1000);
	cr_assert_eq(service.finished, 2);
	cr_assert_eq(service.finished_badly, 0);
}

Test(rpc, message_of_many_slices_arrives_whole_and_a_too_large_one_is_refused)
{
	const size_t size = 3 << 20;
	uint8_t *large = malloc(2 * size);
	struct client_reply reply;
	struct credit_problem problem;

	for (size_t i = 0; i < 2 * size; i++)
		large[i] = (uint8_t)(i * 31 >> 8 ^ i);
	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	cr_assert_eq(client_call(client, ECHO, (struct credit_bytes){large, size}, LONG_MS, &reply,
			     &problem),
		CREDIT_OK);
	cr_assert_eq(reply.size, size);
	cr_assert_arr_eq(reply.data, large, size);
	free(reply.data);
	cr_assert_eq(client_call(client, ECHO, (struct credit_bytes){large, 2 * size}, LONG_MS,
			     &reply, &problem),
		CREDIT_E_TOO_LARGE);
	expect(client, ECHO, "still there", "still there");
	client_close(client);
	service_stop(&service, 1000);
	free(large);
}

Test(rpc, late_reply_from_another_thread_arrives)
{
	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	for (int i = 0; i < 100; i++)
		expect(client, LATE, "later", "later");
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, thousands_in_flight_all_complete_with_their_own_reply)
{
	enum {
		COUNT = 3000
	};
	static char request[COUNT][16];
	struct client_completion done;

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	for (int i = 0; i < COUNT; i++) {
		snprintf(request[i], sizeof request[i], "%d", i);
		cr_assert_eq(client_start(client, i % 2 ? ECHO : LATE, credit_bytes_of(request[i]),
				     LONG_MS, request[i]),
			CREDIT_OK);
	}
	for (int i = 0; i < COUNT; i++) {
		cr_assert_eq(client_next(client, LONG_MS, &done), CREDIT_OK);
		cr_assert_eq(done.error, CREDIT_OK);
		cr_assert_eq(done.reply.size, strlen(done.tag));
		cr_assert_arr_eq(done.reply.data, done.tag, done.reply.size);
		free(done.reply.data);
	}
	cr_assert_eq(client_next(client, LONG_MS, &done), CREDIT_E_NOT_FOUND);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, deadline_that_passes_while_a_call_is_kept_is_seen_by_both_sides)
{
	struct credit_problem problem;

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	/* The time is the call's: its connection is there before. */
	expect(client, LATE, "first", "first");
	service_wait_finished(&service, 1);
	service.hold = true;
	cr_assert_eq(refusal(client, LATE, "x", SHORT_MS, &problem), CREDIT_E_DEADLINE);
	service_wait_cancelled(&service, 1);
	cr_assert(credd_call_cancelled(service.kept[0]));
	service_release(&service);
	service_wait_finished(&service, 2);
	cr_assert_eq(service.last_error, CREDIT_E_DEADLINE);
	expect(client, LATE, "again", "again");
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, client_that_goes_away_cancels_its_kept_calls)
{
	start_on_socket((struct credd_server_options){0});
	service.hold = true;
	struct client *client = test_client(target);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(
			client_start(client, LATE, credit_bytes_of("x"), LONG_MS, NULL), CREDIT_OK);
	service_wait_kept(&service, 5);
	cr_assert_not(credd_call_cancelled(service.kept[0]));
	cr_assert_neq(credd_call_deadline(service.kept[0]).ms, INT64_MAX);
	client_close(client);
	service_wait_cancelled(&service, 5);
	cr_assert(credd_call_cancelled(service.kept[4]));
	service_release(&service);
	service_wait_finished(&service, 5);
	cr_assert_eq(service.last_error, CREDIT_E_CANCELLED);
	service_stop(&service, 1000);
}

/* --- refusals -------------------------------------------------------------------------------- */

Test(rpc, refusal_is_rebuilt_field_by_field)
{
	struct credit_problem problem;
	struct client_completion done;

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	cr_assert_eq(refusal(client, REFUSE, "", LONG_MS, &problem), CREDIT_E_PERIOD);
	cr_assert_eq(problem.position, 7);
	cr_assert_str_eq(problem.field, "acts[3].listing.end_date");
	cr_assert_str_eq(problem.rule, "cn-2026/black.samr");
	cr_assert_str_eq(problem.detail, "最长 1095 天");
	cr_assert_eq(client_start(client, REFUSE, credit_bytes_of(""), LONG_MS, &done), CREDIT_OK);
	cr_assert_eq(client_next(client, LONG_MS, &done), CREDIT_OK);
	cr_assert_eq(done.retry_after_ms, 1500);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, unknown_method_and_closed_method_are_refused_at_once)
{
	struct credit_problem problem;

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(refusal(client, "/test.v1.Test/Nothing", "", LONG_MS, &problem),
			CREDIT_E_METHOD_UNKNOWN);
	cr_assert_eq(refusal(client, CLOSED, "", LONG_MS, &problem), CREDIT_E_PEER_ROLE);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, nobody_is_asked_about_a_unary_call_that_is_open_to_everybody)
{
	struct credit_problem problem;
	char me[64];

	start_on_socket((struct credd_server_options){.everybody = 1});
	struct client *client = test_client(target);
	expect(client, ECHO, "hello", "hello");
	snprintf(me, sizeof me, "socket - unix:uid=%u pid=%d", (unsigned)getuid(), (int)getpid());
	expect(client, WHO, "", me);
	cr_assert_eq(service.asked, 0);
	cr_assert_eq(refusal(client, CLOSED, "", LONG_MS, &problem), CREDIT_E_PEER_ROLE);
	cr_assert_eq(service.asked, 1);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, calls_beyond_the_limit_are_refused_with_a_delay_and_health_still_answers)
{
	struct client_completion done;
	struct credit_problem problem;

	start_on_socket((struct credd_server_options){.calls_max = 3});
	service.hold = true;
	struct client *client = test_client(target);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(client_start(client, LATE, credit_bytes_of("x"), LONG_MS, &service),
			CREDIT_OK);
	service_wait_kept(&service, 3);
	cr_assert_eq(client_start(client, ECHO, credit_bytes_of("x"), LONG_MS, NULL), CREDIT_OK);
	cr_assert_eq(client_next(client, LONG_MS, &done), CREDIT_OK);
	cr_assert_null(done.tag);
	cr_assert_eq(done.error, CREDIT_E_QUEUE_FULL);
	cr_assert_gt(done.retry_after_ms, 0);
	char *health = call(client, "/grpc.health.v1.Health/Check", "", LONG_MS, &problem);
	cr_assert_str_eq(health, "\x08\x01");
	free(health);
	service_release(&service);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(client_next(client, LONG_MS, &done), CREDIT_OK);
		cr_assert_eq(done.error, CREDIT_OK);
		free(done.reply.data);
	}
	service_wait_finished(&service, 5);
	expect(client, ECHO, "room again", "room again");
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, daemon_that_is_not_there_is_named)
{
	struct credit_problem problem;
	struct client *client = test_client(target);

	cr_assert_eq(refusal(client, ECHO, "", LONG_MS, &problem), CREDIT_E_UNREACHABLE);
	cr_assert_not_null(strstr(problem.detail, "unix:"));
	client_close(client);
}

/* --- streams --------------------------------------------------------------------------------- */

static void expect_message(struct client_stream *stream, const char *wanted)
{
	struct client_reply reply;
	struct credit_problem problem = {0};

	cr_assert_eq(client_stream_receive(stream, &reply, &problem), CREDIT_OK, "%s %s",
		credit_error_name(problem.error), problem.detail);
	cr_assert_eq(reply.size, strlen(wanted));
	if (reply.size)
		cr_assert_arr_eq(reply.data, wanted, reply.size);
	free(reply.data);
}

static struct client_stream *open_stream(struct client *client, const char *path)
{
	struct client_stream *stream;

	cr_assert_eq(client_stream_open(client, path, &stream, NULL), CREDIT_OK);
	return stream;
}

Test(rpc, bidi_messages_come_back_in_order_also_when_sent_ahead)
{
	struct client_reply reply;
	char text[16];

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	struct client_stream *stream = open_stream(client, CHAT);
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof text, "%d", i);
		cr_assert_eq(client_stream_send(stream, credit_bytes_of(text)), CREDIT_OK);
	}
	cr_assert_eq(client_stream_send_done(stream), CREDIT_OK);
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof text, "%d", i);
		expect_message(stream, text);
	}
	cr_assert_eq(client_stream_receive(stream, &reply, NULL), CREDIT_E_NOT_FOUND);
	client_stream_close(stream);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, bidi_may_answer_one_request_with_several_messages)
{
	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	struct client_stream *stream = open_stream(client, TWICE);
	cr_assert_eq(client_stream_send(stream, credit_bytes_of("a")), CREDIT_OK);
	cr_assert_eq(client_stream_send(stream, credit_bytes_of("b")), CREDIT_OK);
	expect_message(stream, "a");
	expect_message(stream, "a");
	expect_message(stream, "b");
	expect_message(stream, "b");
	client_stream_close(stream);
	service_wait_finished(&service, 1);
	cr_assert_eq(service.last_error, CREDIT_E_CANCELLED);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, stream_that_is_refused_while_it_is_written_to_says_why)
{
	struct client_reply reply;
	struct credit_problem problem;

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	for (int i = 0; i < 50; i++) {
		struct client_stream *stream = open_stream(client, "/test.v1.Test/Nothing");
		while (client_stream_send(stream, credit_bytes_of("x")) == CREDIT_OK)
			;
		cr_assert_eq(
			client_stream_receive(stream, &reply, &problem), CREDIT_E_METHOD_UNKNOWN);
		client_stream_close(stream);
	}
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, server_stream_sends_when_woken_and_learns_that_the_client_left)
{
	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	struct client_stream *stream = open_stream(client, TICKS);
	cr_assert_eq(client_stream_send(stream, credit_bytes_of("")), CREDIT_OK);
	cr_assert_eq(client_stream_send_done(stream), CREDIT_OK);
	service_tick(&service);
	expect_message(stream, "1");
	service_tick(&service);
	service_tick(&service);
	expect_message(stream, "2");
	expect_message(stream, "3");
	client_stream_close(stream);
	service_wait_cancelled(&service, 1);
	client_close(client);
	service_stop(&service, 1000);
}

/* --- who is asking --------------------------------------------------------------------------- */

static void expect_peer(struct client *client, const char *beginning)
{
	struct credit_problem problem = {0};
	char *reply = call(client, WHO, "", LONG_MS, &problem);

	cr_assert_not_null(reply, "%s %s", credit_error_name(problem.error), problem.detail);
	cr_assert_eq(strncmp(reply, beginning, strlen(beginning)), 0, "%s", reply);
	free(reply);
}

Test(rpc, socket_peer_has_the_configured_identity_and_its_process_is_known)
{
	struct credd_server_options options = {.socket_has_uscc = true};
	char wanted[100];

	memcpy(options.socket_uscc.character, TEST_USCC, CREDIT_USCC_SIZE);
	start_on_socket(options);
	struct client *client = test_client(target);
	snprintf(wanted, sizeof wanted, "socket " TEST_USCC " unix:uid=%u pid=%d", getuid(),
		getpid());
	expect_peer(client, wanted);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, certificate_with_a_code_is_an_authority_and_one_without_is_the_public)
{
	start_on_tcp();
	int port = credd_server_port(service.server);
	struct client *client = test_tls_client(directory, port, "authority");
	expect_peer(client, "authority " TEST_USCC " ipv4:127.0.0.1:");
	client_close(client);
	client = test_tls_client(directory, port, "nobody");
	expect_peer(client, "public - ipv4:");
	client_close(client);
	client = test_tls_client(directory, port, NULL);
	expect_peer(client, "public - ipv4:");
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, certificate_of_a_foreign_authority_is_refused)
{
	struct credit_problem problem;

	start_on_tcp();
	struct client *client =
		test_tls_client(directory, credd_server_port(service.server), "foreign");
	cr_assert_eq(refusal(client, WHO, "", LONG_MS, &problem), CREDIT_E_UNREACHABLE);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, certificate_is_rotated_without_restart_and_a_bad_one_keeps_the_last_good_one)
{
	struct credit_problem problem;

	start_on_tcp();
	int port = credd_server_port(service.server);
	replace_file("openssl.log", "server.crt"); /* no certificate at all */
	struct client *client = test_tls_client(directory, port, NULL);
	expect(client, ECHO, "old", "old");
	client_close(client);
	replace_file("second.crt", "server.crt"); /* not yet the key: a mismatched pair */
	client = test_tls_client(directory, port, NULL);
	expect(client, ECHO, "old", "old");
	client_close(client);
	replace_file("second.key", "server.key"); /* second.test is not the name expected */
	client = test_tls_client(directory, port, NULL);
	cr_assert_eq(refusal(client, ECHO, "", LONG_MS, &problem), CREDIT_E_UNREACHABLE);
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, server_does_not_start_with_a_key_that_is_not_the_certificates)
{
	struct credd_server_options options = {.tcp_address = "127.0.0.1:0"};
	struct credd_server *server;
	struct credit_problem problem;

	test_certificates(directory);
	options.tls_certificate = temp_dir_path("server.crt");
	options.tls_key = temp_dir_path("second.key");
	options.tls_client_ca = temp_dir_path("ca.crt");
	credd_rpc_init(NULL);
	cr_assert_eq(credd_server_start(&options, &server, &problem), CREDIT_E_CONFIG_VALUE);
	cr_assert_str_eq(problem.field, "tls_key");
	credd_rpc_deinit();
}

/* --- the door -------------------------------------------------------------------------------- */

Test(rpc, living_socket_is_not_stolen_and_a_dead_one_is_replaced)
{
	struct credd_server_options options = {.socket_path = socket_path, .workers = 1};
	struct credd_server *second;
	struct credit_problem problem;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	int dead = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
	cr_assert_eq(bind(dead, (struct sockaddr *)&address, sizeof address), 0);
	close(dead);
	start_on_socket((struct credd_server_options){0});
	cr_assert_eq(credd_server_start(&options, &second, &problem), CREDIT_E_BUSY);
	struct client *client = test_client(target);
	expect(client, ECHO, "mine", "mine");
	client_close(client);
	service_stop(&service, 1000);
	cr_assert_neq(access(socket_path, F_OK), 0, "the socket is removed at the end");
}

Test(rpc, file_that_is_not_a_socket_is_never_removed)
{
	struct credd_server_options options = {.socket_path = socket_path, .workers = 1};
	struct credd_server *server;
	struct credit_problem problem;

	close(open(socket_path, O_CREAT | O_WRONLY, 0600));
	credd_rpc_init(NULL);
	cr_assert_eq(credd_server_start(&options, &server, &problem), CREDIT_E_EXISTS);
	cr_assert_eq(access(socket_path, F_OK), 0);
	credd_rpc_deinit();
}

Test(rpc, method_that_stands_twice_in_the_table_is_refused_at_start)
{
	const struct credd_method doubled[] = {test_methods[0], test_methods[0]};
	struct credd_server_options options = {.socket_path = socket_path,
		.socket_mode = 0600,
		.workers = 1,
		.methods = doubled,
		.method_count = 2};
	struct credd_server *server;
	struct credit_problem problem;

	credd_rpc_init(NULL);
	cr_assert_eq(credd_server_start(&options, &server, &problem), CREDIT_E_INTERNAL);
	cr_assert_neq(access(socket_path, F_OK), 0, "nothing is left behind");
	credd_rpc_deinit();
}

/* Takes every file descriptor, lets clients knock, gives them back: who knocked gets in. */
static void exhaust_files(struct client *client)
{
	static int taken[4096];
	struct rlimit limit;
	size_t count = 0;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 200;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* The knock: a connection made by hand, so that the client needs no descriptor of its own. */
	int knock = socket(AF_UNIX, SOCK_STREAM, 0);
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	while ((taken[count] = open("/dev/null", O_RDONLY)) >= 0)
		count++;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
	cr_assert_eq(connect(knock, (struct sockaddr *)&address, sizeof address), 0);
	struct sockaddr_in host = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)credd_server_port(service.server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	cr_assert_eq(connect(tcp, (struct sockaddr *)&host, sizeof host), 0);
	usleep(100000); /* the accept loop meets EMFILE several times */
	while (count > 0)
		close(taken[--count]);
	expect(client, ECHO, "after", "after");
	close(knock);
	close(tcp);
}

Test(rpc, running_out_of_files_is_a_pause_on_both_listeners)
{
	test_certificates(directory);
	service_start(&service, socket_path, directory, (struct credd_server_options){0});
	struct client *client = test_client(target);
	exhaust_files(client);
	client_close(client);
	client = test_client(target);
	expect(client, ECHO, "socket", "socket");
	client_close(client);
	client = test_tls_client(directory, credd_server_port(service.server), "authority");
	expect(client, ECHO, "tcp", "tcp");
	client_close(client);
	service_stop(&service, 1000);
}

Test(rpc, connections_beyond_the_limit_are_closed_and_places_come_free)
{
	enum {
		MAX = 4
	};
	struct client *client[MAX + 1];
	struct credit_problem problem;

	start_on_socket((struct credd_server_options){.connections_max = MAX});
	for (int i = 0; i < MAX; i++) {
		client[i] = test_client(target);
		expect(client[i], ECHO, "in", "in");
	}
	client[MAX] = test_client(target);
	cr_assert_eq(refusal(client[MAX], ECHO, "", LONG_MS, &problem), CREDIT_E_UNREACHABLE);
	client_close(client[MAX]);
	client_close(client[0]);
	for (int tries = 0; tries < 100; tries++) { /* core closes in its own time */
		client[0] = test_client(target);
		char *reply = call(client[0], ECHO, "in", LONG_MS, &problem);
		if (reply) {
			free(reply);
			break;
		}
		client_close(client[0]);
		client[0] = NULL;
		usleep(10000);
	}
	cr_assert_not_null(client[0]);
	for (int i = 0; i < MAX; i++)
		client_close(client[i]);
	service_stop(&service, 1000);
}

/* --- stopping -------------------------------------------------------------------------------- */

static void *stop_main(void *argument)
{
	credd_server_stop(service.server, *(uint32_t *)argument);
	return NULL;
}

Test(rpc, drain_lets_a_call_in_flight_finish_and_ends_streams)
{
	uint32_t grace_ms = LONG_MS;
	struct client_completion done;
	struct client_reply reply;
	struct credit_problem problem;
	pthread_t stopper;

	start_on_socket((struct credd_server_options){0});
	service.hold = true;
	struct client *client = test_client(target);
	struct client_stream *stream = open_stream(client, CHAT);
	cr_assert_eq(client_stream_send(stream, credit_bytes_of("x")), CREDIT_OK);
	expect_message(stream, "x");
	cr_assert_eq(client_start(client, LATE, credit_bytes_of("kept"), LONG_MS, NULL), CREDIT_OK);
	service_wait_kept(&service, 1);
	pthread_create(&stopper, NULL, stop_main, &grace_ms);
	cr_assert_eq(client_stream_receive(stream, &reply, &problem), CREDIT_E_SHUTTING_DOWN);
	client_stream_close(stream);
	service_release(&service);
	cr_assert_eq(client_next(client, LONG_MS, &done), CREDIT_OK);
	cr_assert_eq(done.error, CREDIT_OK);
	cr_assert_arr_eq(done.reply.data, "kept", 4);
	free(done.reply.data);
	pthread_join(stopper, NULL);
	cr_assert_eq(refusal(client, ECHO, "late", LONG_MS, &problem), CREDIT_E_UNREACHABLE);
	client_close(client);
	service_stop(&service, 0);
}

Test(rpc, grace_over_a_kept_call_is_cancelled)
{
	uint32_t grace_ms = SHORT_MS;
	struct client_completion done;
	pthread_t stopper;

	start_on_socket((struct credd_server_options){0});
	service.hold = true;
	struct client *client = test_client(target);
	cr_assert_eq(client_start(client, LATE, credit_bytes_of("kept"), LONG_MS, NULL), CREDIT_OK);
	service_wait_kept(&service, 1);
	pthread_create(&stopper, NULL, stop_main, &grace_ms);
	service_wait_cancelled(&service, 1);
	service_release(&service);
	cr_assert_eq(client_next(client, LONG_MS, &done), CREDIT_OK);
	cr_assert_neq(done.error, CREDIT_OK);
	pthread_join(stopper, NULL);
	client_close(client);
	service_stop(&service, 0);
}

/* --- health and reflection ------------------------------------------------------------------- */

static void expect_health(struct client_stream *stream, int wanted)
{
	const char text[] = {8, (char)wanted, 0};

	expect_message(stream, text);
}

static void ask_health(struct client_stream *stream, const char *name)
{
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	uint8_t packed[64];

	request.service = (char *)name;
	cr_assert_eq(
		client_stream_send(stream,
			(struct credit_bytes){packed,
				grpc__health__v1__health_check_request__pack(&request, packed)}),
		CREDIT_OK);
	cr_assert_eq(client_stream_send_done(stream), CREDIT_OK);
}

Test(rpc, health_watch_sees_every_change_and_the_end)
{
	uint32_t grace_ms = LONG_MS;
	struct client_reply reply;
	pthread_t stopper;

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	struct client_stream *stream = open_stream(client, "/grpc.health.v1.Health/Watch");
	ask_health(stream, "test.v1.Test");
	expect_health(stream, 1);
	credd_server_serving(service.server, false);
	expect_health(stream, 2);
	credd_server_serving(service.server, true);
	expect_health(stream, 1);
	pthread_create(&stopper, NULL, stop_main, &grace_ms);
	expect_health(stream, 2);
	cr_assert_eq(client_stream_receive(stream, &reply, NULL), CREDIT_E_SHUTTING_DOWN);
	client_stream_close(stream);
	client_close(client);
	pthread_join(stopper, NULL);
	service_stop(&service, 0);
}

Test(rpc, health_of_an_unknown_service)
{
	struct credit_problem problem;

	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	cr_assert_eq(
		refusal(client, "/grpc.health.v1.Health/Check", "\x0a\x04test", LONG_MS, &problem),
		CREDIT_E_NOT_FOUND, "a prefix of a name is not the name");
	cr_assert_eq(refusal(client, "/grpc.health.v1.Health/Check", "\x0a\xff", LONG_MS, &problem),
		CREDIT_E_MALFORMED);
	struct client_stream *stream = open_stream(client, "/grpc.health.v1.Health/Watch");
	ask_health(stream, "test.v1.Other");
	expect_health(stream, 3);
	client_stream_close(stream);
	client_close(client);
	service_stop(&service, 1000);
}

typedef Grpc__Reflection__V1__ServerReflectionRequest Question;
typedef Grpc__Reflection__V1__ServerReflectionResponse Answer;

static Answer *ask(struct client_stream *stream, const Question *question)
{
	uint8_t packed[256];
	struct client_reply reply;
	struct credit_bytes request = {
		packed, grpc__reflection__v1__server_reflection_request__pack(question, packed)};

	cr_assert_eq(client_stream_send(stream, request), CREDIT_OK);
	cr_assert_eq(client_stream_receive(stream, &reply, NULL), CREDIT_OK);
	Answer *answer = grpc__reflection__v1__server_reflection_response__unpack(
		NULL, reply.size, reply.data);
	cr_assert_not_null(answer);
	free(reply.data);
	return answer;
}

static void reflect(struct client *client, const char *path)
{
	struct client_stream *stream = open_stream(client, path);
	Question question = GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;
	bool health = false;
	Answer *answer;

	question.list_services = (char *)"";
	question.message_request_case = 7;
	answer = ask(stream, &question);
	cr_assert_eq(answer->message_response_case, 6);
	cr_assert_eq(answer->list_services_response->n_service, 3, "served and described only");
	for (size_t i = 0; i < answer->list_services_response->n_service; i++)
		health |= !strcmp(
			answer->list_services_response->service[i]->name, "grpc.health.v1.Health");
	cr_assert(health);
	grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);

	question.file_containing_symbol = (char *)"google.rpc.Status.details";
	question.message_request_case = 4;
	answer = ask(stream, &question);
	cr_assert_eq(answer->message_response_case, 4);
	cr_assert_eq(
		answer->file_descriptor_response->n_file_descriptor_proto, 2, "with any.proto");
	grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);

	question.file_by_filename = (char *)"no/such.proto";
	question.message_request_case = 3;
	answer = ask(stream, &question);
	cr_assert_eq(answer->message_response_case, 7);
	cr_assert_eq(answer->error_response->error_code, 5);
	grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);

	question.all_extension_numbers_of_type = (char *)"google.protobuf.FieldOptions";
	question.message_request_case = 6;
	answer = ask(stream, &question);
	cr_assert_eq(answer->message_response_case, 5);
	cr_assert_gt(answer->all_extension_numbers_response->n_extension_number, 0);
	int32_t number = answer->all_extension_numbers_response->extension_number[0];
	grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);

	Grpc__Reflection__V1__ExtensionRequest extension =
		GRPC__REFLECTION__V1__EXTENSION_REQUEST__INIT;
	extension.containing_type = (char *)"google.protobuf.FieldOptions";
	extension.extension_number = number;
	question.file_containing_extension = &extension;
	question.message_request_case = 5;
	answer = ask(stream, &question);
	cr_assert_eq(answer->message_response_case, 4);
	grpc__reflection__v1__server_reflection_response__free_unpacked(answer, NULL);
	client_stream_close(stream);
}

Test(rpc, reflection_answers_in_both_versions)
{
	start_on_socket((struct credd_server_options){0});
	struct client *client = test_client(target);
	reflect(client, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
	reflect(client, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
	client_close(client);
	service_stop(&service, 1000);
}
