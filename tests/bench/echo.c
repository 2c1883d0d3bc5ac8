/* SPDX-License-Identifier: Apache-2.0
 *
 * echo.c - the least that a C-core server can do: the peer of the read figures.
 *
 *     bench_echo HOST:PORT TLS_FOLDER SOCKET REPLY_BYTES
 *
 * One thread, one completion queue, one registered method, 64 requests posted; each request message is
 * answered with the same REPLY_BYTES bytes. It shares no code with credd, and it is FROZEN: a figure is
 * only comparable with last year's as long as this file does not change. Speed it up or slow it down
 * only together with the name of the figure.
 */
#include <err.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METHOD "/credit.v1.StatusService/GetStatus"
#define POSTED 64
#define REPLY_MAX 65536
#define PEM_MAX 65536

struct call {
	grpc_call *core;                   /* NULL: waiting for a request */
	grpc_byte_buffer *request, *reply; /* sending empties a buffer: each call has its own */
	grpc_metadata_array metadata;
	gpr_timespec deadline;
	int cancelled;
};

static grpc_server *server;
static grpc_completion_queue *queue;
static void *method;
static grpc_byte_buffer *reply;

static void post(struct call *call)
{
	call->core = NULL;
	call->request = NULL;
	grpc_metadata_array_init(&call->metadata);
	if (grpc_server_request_registered_call(server, method, &call->core, &call->deadline,
		    &call->metadata, &call->request, queue, queue, call) != GRPC_CALL_OK)
		errx(1, "request");
}

static void answer(struct call *call)
{
	call->reply = grpc_byte_buffer_copy(reply);
	grpc_op ops[4] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
		{.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = call->reply},
		{.op = GRPC_OP_SEND_STATUS_FROM_SERVER,
			.data.send_status_from_server.status = GRPC_STATUS_OK},
		{.op = GRPC_OP_RECV_CLOSE_ON_SERVER,
			.data.recv_close_on_server.cancelled = &call->cancelled}};

	if (grpc_call_start_batch(call->core, ops, 4, call, NULL) != GRPC_CALL_OK)
		errx(1, "batch");
}

static void release(struct call *call)
{
	grpc_byte_buffer_destroy(call->request);
	grpc_byte_buffer_destroy(call->reply);
	grpc_metadata_array_destroy(&call->metadata);
	grpc_call_unref(call->core);
}

static void serve(void)
{
	static struct call calls[POSTED];
	static bool answered[POSTED];

	for (size_t i = 0; i < POSTED; i++)
		post(&calls[i]);
	for (;;) {
		grpc_event event =
			grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
		struct call *call = event.tag;

		if (event.type != GRPC_OP_COMPLETE)
			errx(1, "the queue ended");
		bool *is_answered = &answered[call - calls];
		if (*is_answered) {
			release(call);
			post(call);
		} else {
			answer(call);
		}
		*is_answered = !*is_answered;
	}
}

static char *read_pem(const char *folder, const char *name)
{
	char path[4096];
	char *text = calloc(1, PEM_MAX);

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	if (!file || !text || fread(text, 1, PEM_MAX - 1, file) == 0)
		err(1, "%s", path);
	fclose(file);
	return text;
}

static void listen_on(const char *address, const char *tls, const char *socket)
{
	char *ca = read_pem(tls, "ca.crt"), *certificate = read_pem(tls, "server.crt"),
	     *key = read_pem(tls, "server.key"), unix_address[4096];
	grpc_ssl_pem_key_cert_pair pair = {key, certificate};
	grpc_server_credentials *secure = grpc_ssl_server_credentials_create_ex(ca, &pair, 1,
					GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY, NULL),
				*insecure = grpc_insecure_server_credentials_create();

	snprintf(unix_address, sizeof unix_address, "unix:%s", socket);
	if (!grpc_server_add_http2_port(server, unix_address, insecure) ||
		!grpc_server_add_http2_port(server, address, secure))
		errx(1, "%s and %s cannot be listened on", socket, address);
	grpc_server_credentials_release(secure);
	grpc_server_credentials_release(insecure);
	free(ca);
	free(certificate);
	free(key);
}

static void end(int number)
{
	(void)number;
	_Exit(0);
}

int main(int argc, char **argv)
{
	static char bytes[REPLY_MAX];

	if (argc != 5)
		errx(2, "usage: bench_echo HOST:PORT TLS_FOLDER SOCKET REPLY_BYTES");
	size_t size = strtoul(argv[4], NULL, 10);
	if (size > REPLY_MAX)
		errx(2, "at most %d bytes", REPLY_MAX);
	signal(SIGTERM, end);
	grpc_init();
	memset(bytes, 'e', sizeof bytes);
	grpc_slice slice = grpc_slice_from_static_buffer(bytes, size);
	reply = grpc_raw_byte_buffer_create(&slice, 1);
	queue = grpc_completion_queue_create_for_next(NULL);
	server = grpc_server_create(NULL, NULL);
	grpc_server_register_completion_queue(server, queue, NULL);
	method = grpc_server_register_method(
		server, METHOD, NULL, GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
	listen_on(argv[1], argv[2], argv[3]);
	grpc_server_start(server);
	serve();
}
