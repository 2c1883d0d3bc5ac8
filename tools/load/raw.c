/* SPDX-License-Identifier: Apache-2.0
 *
 * raw.c - a client that knows just enough of HTTP/2 to ask for statuses.
 *
 * Requests are frames made by hand: the header block in full once, afterwards six indices into the
 * table that the server has kept of it. Replies are not decoded but counted: a call has succeeded when a
 * message came before its stream ended, because an error of gRPC's is a stream of trailers alone.
 *
 * Blocking reads and writes: what is in flight is far less than a socket's buffers hold.
 *
 * Source: RFC 9113 (frames 4.1, 6; flow control 5.2, settings 6.5), RFC 7541 (header indices 6, static
 * table A), gRPC over HTTP/2.
 */
#include "load/connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum frame {
	FRAME_DATA,
	FRAME_HEADERS,
	FRAME_RST_STREAM = 3,
	FRAME_SETTINGS,
	FRAME_PING = 6,
	FRAME_GOAWAY,
	FRAME_WINDOW_UPDATE
};
#define FLAG_ACK 1
#define FLAG_END_STREAM 1
#define FLAG_END_HEADERS 4

#define FRAME_HEADER 9
#define FRAME_MAX 16384
#define GRPC_PREFIX 5 /* not compressed, length */
#define WINDOW_INITIAL 65535
#define WINDOW_MAX 0x7fffffffU
#define OUT_SIZE (256 << 10)
#define IN_SIZE (64 << 10)
#define STREAMS 4096 /* remembered; far more than are in flight */
#define HEADERS_MAX 256

struct stream {
	int64_t started;
	uint32_t bytes; /* of DATA received */
};

struct raw {
	struct connection *connection;
	struct question question;
	const char *authority;
	int fd;
	SSL_CTX *context;
	SSL *ssl; /* NULL on a Unix socket */
	uint8_t out[OUT_SIZE], in[IN_SIZE];
	size_t out_size, in_size;
	uint32_t next_stream, outstanding;
	int64_t window; /* bytes of DATA that the server will take */
	bool failed;
	struct stream streams[STREAMS];
};

static void fail(struct raw *raw, const char *what)
{
	struct credit_problem problem;

	credit_problem_set(&problem, CREDIT_E_UNREACHABLE, NULL, NULL, "%s", what);
	connection_error(raw->connection, &problem);
	raw->failed = true;
}

/* --- connecting ------------------------------------------------------------------------------- */

static int connect_unix(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof name.sun_path)
		return -1;
	memcpy(name.sun_path, path, strlen(path));
	return connect(fd, (struct sockaddr *)(void *)&name, sizeof name) == 0 ? fd : -1;
}

static int connect_tcp(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int fd = -1, yes = 1;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, found->ai_addr, found->ai_addrlen) != 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

static bool shake_hands(struct raw *raw, const char *host)
{
	static const uint8_t protocol[] = {2, 'h', '2'};
	const struct client_options *server = &raw->connection->load->server;
	const char *name = server->server_name ? server->server_name : host;

	raw->context = SSL_CTX_new(TLS_client_method());
	if (!raw->context ||
		(server->ca &&
			SSL_CTX_load_verify_locations(raw->context, server->ca, NULL) != 1) ||
		(server->certificate && (SSL_CTX_use_certificate_chain_file(
						 raw->context, server->certificate) != 1 ||
						!server->key ||
						SSL_CTX_use_PrivateKey_file(raw->context,
							server->key, SSL_FILETYPE_PEM) != 1)))
		return false;
	SSL_CTX_set_verify(raw->context, SSL_VERIFY_PEER, NULL);
	raw->ssl = SSL_new(raw->context);
	return raw->ssl && SSL_set_alpn_protos(raw->ssl, protocol, sizeof protocol) == 0 &&
	       (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(raw->ssl), name) == 1 ||
		       SSL_set1_host(raw->ssl, name) == 1) &&
	       SSL_set_fd(raw->ssl, raw->fd) == 1 && SSL_connect(raw->ssl) == 1;
}

static void open_connection(struct raw *raw)
{
	const char *target = raw->connection->load->server.target;
	const char *path = strncmp(target, "unix:", 5) == 0 ? target + 5 : NULL;
	const char *colon = strrchr(target, ':');
	char host[256] = "";

	raw->authority = path ? "localhost" : target;
	if (path) {
		raw->fd = connect_unix(path);
	} else if (colon && (size_t)(colon - target) < sizeof host) {
		memcpy(host, target, (size_t)(colon - target));
		raw->fd = connect_tcp(host, colon + 1);
	}
	if (raw->fd < 0)
		fail(raw, strerror(errno));
	else if (!path && !shake_hands(raw, host))
		fail(raw, "the TLS handshake failed");
}

/* --- frames out ------------------------------------------------------------------------------- */

static void put(struct raw *raw, const void *data, size_t size)
{
	if (raw->out_size + size > sizeof raw->out) {
		fail(raw, "more in flight than the raw client buffers");
		return;
	}
	memcpy(raw->out + raw->out_size, data, size);
	raw->out_size += size;
}

static void put_frame(struct raw *raw, enum frame type, uint8_t flags, uint32_t stream,
	const void *payload, size_t size)
{
	uint8_t header[FRAME_HEADER] = {
		(uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, (uint8_t)type, flags};

	credit_write_u32(header + 5, stream);
	put(raw, header, sizeof header);
	if (size > 0)
		put(raw, payload, size);
}

static void flush(struct raw *raw)
{
	size_t sent = 0;

	while (sent < raw->out_size && !raw->failed) {
		size_t left = raw->out_size - sent;
		ssize_t size = raw->ssl ? SSL_write(raw->ssl, raw->out + sent, (int)left)
					: send(raw->fd, raw->out + sent, left, MSG_NOSIGNAL);

		if (size <= 0)
			fail(raw, "the server has closed the connection");
		else
			sent += (size_t)size;
	}
	raw->out_size = 0;
}

static void put_preface(struct raw *raw)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	uint8_t more[4];

	credit_write_u32(more, WINDOW_MAX - WINDOW_INITIAL);
	put(raw, preface, sizeof preface - 1);
	put_frame(raw, FRAME_SETTINGS, 0, 0, NULL, 0);
	put_frame(raw, FRAME_WINDOW_UPDATE, 0, 0, more, sizeof more);
}

/* A literal with incremental indexing; `name` is an index of the static table, or 0 with `new_name`. */
static void put_literal(
	struct credit_buffer *block, uint8_t name, const char *new_name, const char *value)
{
	credit_buffer_put_u8(block, 0x40 | name);
	if (name == 0) {
		credit_buffer_put_u8(block, (uint8_t)strlen(new_name));
		credit_buffer_put_text(block, new_name);
	}
	credit_buffer_put_u8(block, (uint8_t)strlen(value)); /* below 127: no Huffman, no prefix */
	credit_buffer_put_text(block, value);
}

static void put_headers(struct raw *raw, uint32_t stream)
{
	/* Indices of the static table for :method POST and :scheme, then what the first request left
	 * in the dynamic one, newest first from 62. */
	const uint8_t again[] = {
		0x83, raw->ssl ? 0x87 : 0x86, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62};
	uint8_t memory[HEADERS_MAX];
	struct credit_buffer block;

	if (stream > 1) {
		put_frame(raw, FRAME_HEADERS, FLAG_END_HEADERS, stream, again, sizeof again);
		return;
	}
	credit_buffer_init(&block, memory, sizeof memory);
	credit_buffer_put(&block, again, 2);
	put_literal(&block, 4, NULL, connection_method(raw->connection->load)); /* :path */
	put_literal(&block, 1, NULL, raw->authority);                           /* :authority */
	put_literal(&block, 31, NULL, "application/grpc");                      /* content-type */
	put_literal(&block, 0, "te", "trailers");
	if (block.failed)
		fail(raw, "the target is too long for the raw client");
	put_frame(raw, FRAME_HEADERS, FLAG_END_HEADERS, stream, memory, block.size);
}

static void put_call(struct raw *raw)
{
	uint8_t message[GRPC_PREFIX + QUESTION_MAX] = {0};
	struct stream *stream = &raw->streams[raw->next_stream / 2 % STREAMS];
	struct credit_bytes request;

	*stream = (struct stream){.started = monotonic_now()};
	if (!connection_next(raw->connection, &raw->question, stream->started, &request))
		return;
	credit_write_u32(message + 1, (uint32_t)request.size);
	memcpy(message + GRPC_PREFIX, request.data, request.size);
	put_headers(raw, raw->next_stream);
	put_frame(raw, FRAME_DATA, FLAG_END_STREAM, raw->next_stream, message,
		GRPC_PREFIX + request.size);
	raw->window -= (int64_t)(GRPC_PREFIX + request.size);
	raw->next_stream += 2;
	raw->outstanding++;
}

/* --- frames in -------------------------------------------------------------------------------- */

static void end_stream(struct raw *raw, const struct stream *stream)
{
	struct credit_problem problem;

	raw->outstanding--;
	raw->connection->calls++;
	if (stream->bytes > GRPC_PREFIX) {
		(void)connection_answered(
			raw->connection, stream->started, stream->bytes - GRPC_PREFIX);
		return;
	}
	credit_problem_set(&problem, CREDIT_E_INTERNAL, NULL, NULL,
		"the call was refused; without --raw the reason is shown");
	connection_error(raw->connection, &problem);
}

static void take_frame(struct raw *raw, const uint8_t *frame, const uint8_t *payload, uint32_t size)
{
	uint32_t number = credit_read_u32(frame + 5);
	struct stream *stream = &raw->streams[number / 2 % STREAMS];
	uint8_t flags = frame[4];

	switch ((enum frame)frame[3]) {
	case FRAME_DATA:
		stream->bytes += size;
		break;
	case FRAME_SETTINGS:
		if (!(flags & FLAG_ACK))
			put_frame(raw, FRAME_SETTINGS, FLAG_ACK, 0, NULL, 0);
		return;
	case FRAME_PING:
		if (!(flags & FLAG_ACK))
			put_frame(raw, FRAME_PING, FLAG_ACK, 0, payload, size);
		return;
	case FRAME_WINDOW_UPDATE:
		if (number == 0 && size == 4)
			raw->window += credit_read_u32(payload);
		return;
	case FRAME_RST_STREAM:
	case FRAME_GOAWAY:
		fail(raw, "the server has broken off");
		return;
	case FRAME_HEADERS:
		break;
	}
	if (flags & FLAG_END_STREAM)
		end_stream(raw, stream);
}

/* Takes all whole frames that have come. */
static void take_frames(struct raw *raw)
{
	size_t at = 0;

	while (raw->in_size - at >= FRAME_HEADER && !raw->failed) {
		const uint8_t *frame = raw->in + at;
		uint32_t size = credit_read_u32(frame) >> 8;

		if (size > FRAME_MAX)
			fail(raw, "a frame larger than was agreed");
		if (raw->in_size - at < FRAME_HEADER + size)
			break;
		take_frame(raw, frame, frame + FRAME_HEADER, size);
		at += FRAME_HEADER + size;
	}
	raw->in_size -= at;
	memmove(raw->in, raw->in + at, raw->in_size);
}

static void receive(struct raw *raw)
{
	size_t room = sizeof raw->in - raw->in_size;
	ssize_t size = raw->ssl ? SSL_read(raw->ssl, raw->in + raw->in_size, (int)room)
				: recv(raw->fd, raw->in + raw->in_size, room, 0);

	if (size <= 0) {
		fail(raw, "the server has closed the connection");
		return;
	}
	raw->in_size += (size_t)size;
	take_frames(raw);
}

/* --- the loop --------------------------------------------------------------------------------- */

/* As many calls as may be in flight, and as the server will take. */
static void fill(struct raw *raw)
{
	uint32_t before;

	do {
		before = raw->next_stream;
		if (raw->outstanding < raw->connection->load->in_flight &&
			raw->window >= GRPC_PREFIX + QUESTION_MAX)
			put_call(raw);
	} while (raw->next_stream != before);
	flush(raw);
}

static void run(struct raw *raw)
{
	put_preface(raw);
	fill(raw);
	while (raw->outstanding > 0 && !raw->failed) {
		receive(raw);
		fill(raw);
	}
}

void *raw_main(void *argument)
{
	struct raw *raw = calloc(1, sizeof *raw);
	struct connection *connection = argument;
	struct credit_problem problem;

	if (!raw) {
		credit_problem_set(&problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
		connection_error(connection, &problem);
		return NULL;
	}
	raw->connection = connection;
	raw->fd = -1;
	raw->next_stream = 1;
	raw->window = WINDOW_INITIAL;
	question_init(&raw->question);
	open_connection(raw);
	if (!raw->failed)
		run(raw);
	SSL_free(raw->ssl);
	SSL_CTX_free(raw->context);
	if (raw->fd >= 0)
		close(raw->fd);
	free(raw);
	return NULL;
}
