/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - the server's certificate and the client CA, read again when the files change.
 *
 * Core asks before each handshake (the "config fetcher"). We look at the three files' time, size
 * and inode; when one has changed, all are read and checked: the certificate parses, the key is its
 * own, the CA file holds a certificate. Only then does core get them. A bad or half-written set is
 * logged once and the last good one serves on. (Core would keep the last good one too, but nobody
 * would be told which file is wrong.)
 *
 * A client certificate is asked for, not required; one that is given must verify.
 */
#include "rpc/core.h"

#include <grpc/grpc_security.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PEM_SIZE_MAX ((size_t)1 << 20)

enum {
	FILE_CERTIFICATE,
	FILE_KEY,
	FILE_CLIENT_CA,
	FILE_COUNT
};

static const char *const field[FILE_COUNT] = {"tls_certificate", "tls_key", "tls_client_ca"};

struct stamp {
	struct timespec modified;
	off_t size;
	ino_t inode;
};

struct credd_tls {
	pthread_mutex_t mutex; /* handshakes come from any of core's threads */
	char *path[FILE_COUNT];
	struct stamp seen[FILE_COUNT]; /* of the last set that was looked at, good or bad */
	char *pem[FILE_COUNT];         /* read and checked; NULL when core has them already */
};

static bool look(const char *path, struct stamp *ret_stamp)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	*ret_stamp = (struct stamp){status.st_mtim, status.st_size, status.st_ino};
	return true;
}

static bool same(const struct stamp *a, const struct stamp *b)
{
	return a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec && a->size == b->size &&
	       a->inode == b->inode;
}

static char *read_pem(const char *path)
{
	FILE *file = fopen(path, "rbe");
	char *text = file ? malloc(PEM_SIZE_MAX) : NULL;
	size_t size = text ? fread(text, 1, PEM_SIZE_MAX, file) : 0;

	if (file)
		fclose(file);
	if (size == 0 || size == PEM_SIZE_MAX) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

static void wipe(char **pem)
{
	for (int i = 0; i < FILE_COUNT; i++) {
		if (pem[i])
			OPENSSL_cleanse(pem[i], strlen(pem[i]));
		free(pem[i]);
		pem[i] = NULL;
	}
}

static X509 *parse_certificate(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return certificate;
}

/* An encrypted key is refused: there is nobody to ask for the passphrase. */
static int no_passphrase(char *buffer, int size, int writing, void *user)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

static EVP_PKEY *parse_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	return key;
}

static enum credit_error check(
	char *const pem[FILE_COUNT], char *const path[FILE_COUNT], struct credit_problem *problem)
{
	X509 *certificate = parse_certificate(pem[FILE_CERTIFICATE]);
	X509 *ca = parse_certificate(pem[FILE_CLIENT_CA]);
	EVP_PKEY *key = parse_key(pem[FILE_KEY]);
	const bool ok[FILE_COUNT] = {certificate != NULL, key != NULL, ca != NULL};
	enum credit_error error = CREDIT_OK;

	for (int i = 0; i < FILE_COUNT && error == CREDIT_OK; i++)
		if (!ok[i])
			error = credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, field[i], NULL,
				"%s is not PEM, or encrypted", path[i]);
	if (error == CREDIT_OK && !X509_check_private_key(certificate, key))
		error = credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, field[FILE_KEY], NULL,
			"%s is not the certificate's key", path[FILE_KEY]);
	ERR_clear_error();
	X509_free(certificate);
	X509_free(ca);
	EVP_PKEY_free(key);
	return error;
}

/* Reads the files if they have changed. On success tls->pem holds what is new, if anything is. */
static enum credit_error refresh(struct credd_tls *tls, struct credit_problem *problem)
{
	struct stamp now[FILE_COUNT] = {0};
	char *pem[FILE_COUNT] = {NULL};
	bool changed = false;
	enum credit_error error = CREDIT_OK;

	for (int i = 0; i < FILE_COUNT; i++) {
		look(tls->path[i], &now[i]); /* not there: zeros, and reading fails below */
		changed = changed || !same(&now[i], &tls->seen[i]);
	}
	if (!changed)
		return CREDIT_OK;
	memcpy(tls->seen, now, sizeof now);
	for (int i = 0; i < FILE_COUNT && error == CREDIT_OK; i++) {
		pem[i] = read_pem(tls->path[i]);
		if (!pem[i])
			error = credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, field[i], NULL,
				"%s cannot be read", tls->path[i]);
	}
	if (error == CREDIT_OK)
		error = check(pem, tls->path, problem);
	if (error != CREDIT_OK) {
		wipe(pem);
		return error;
	}
	wipe(tls->pem);
	memcpy(tls->pem, pem, sizeof pem);
	return CREDIT_OK;
}

static grpc_ssl_certificate_config_reload_status fetch(
	void *user, grpc_ssl_server_certificate_config **ret_config)
{
	grpc_ssl_certificate_config_reload_status status =
		GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
	struct credd_tls *tls = user;
	struct credit_problem problem;

	pthread_mutex_lock(&tls->mutex);
	if (refresh(tls, &problem) != CREDIT_OK)
		credd__log("error", "TLS: %s: %s; the last good certificate serves on",
			problem.field, problem.detail);
	if (tls->pem[FILE_KEY]) {
		const grpc_ssl_pem_key_cert_pair pair = {
			tls->pem[FILE_KEY], tls->pem[FILE_CERTIFICATE]};

		*ret_config = grpc_ssl_server_certificate_config_create(
			tls->pem[FILE_CLIENT_CA], &pair, 1);
		wipe(tls->pem);
		status = GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
		credd__log(
			"info", "TLS: serving the certificate of %s", tls->path[FILE_CERTIFICATE]);
	}
	pthread_mutex_unlock(&tls->mutex);
	return status;
}

enum credit_error credd__tls_open(const struct credd_server_options *options,
	struct credd_tls **ret_tls, struct credit_problem *problem)
{
	const char *const path[FILE_COUNT] = {
		options->tls_certificate, options->tls_key, options->tls_client_ca};
	struct credd_tls *tls = calloc(1, sizeof *tls);
	enum credit_error error = CREDIT_OK;

	if (!tls)
		return credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	pthread_mutex_init(&tls->mutex, NULL);
	for (int i = 0; i < FILE_COUNT && error == CREDIT_OK; i++) {
		if (!path[i])
			error = credit_problem_set(problem, CREDIT_E_CONFIG_VALUE, field[i], NULL,
				"needed when tcp_address is given");
		else if (!(tls->path[i] = strdup(path[i])))
			error = credit_problem_set(problem, CREDIT_E_NO_MEMORY, NULL, NULL, NULL);
	}
	if (error == CREDIT_OK)
		error = refresh(tls, problem);
	if (error != CREDIT_OK) {
		credd__tls_free(tls);
		return error;
	}
	*ret_tls = tls;
	return CREDIT_OK;
}

grpc_server_credentials *credd__tls_credentials(struct credd_tls *tls)
{
	return grpc_ssl_server_credentials_create_with_options(
		grpc_ssl_server_credentials_create_options_using_config_fetcher(
			GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY, fetch, tls));
}

void credd__tls_free(struct credd_tls *tls)
{
	if (!tls)
		return;
	wipe(tls->pem);
	for (int i = 0; i < FILE_COUNT; i++)
		free(tls->path[i]);
	pthread_mutex_destroy(&tls->mutex);
	free(tls);
}
