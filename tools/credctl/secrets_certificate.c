/* SPDX-License-Identifier: Apache-2.0
 *
 * secrets_certificate.c - development certificates with libcrypto.
 *
 * One function makes any of the three kinds from a struct; what differs stands in tables of extensions.
 * libcrypto's errors are translated in one place: nobody can act on them but by looking at the path.
 *
 * Source: RFC 5280; 825 days is the longest life that common clients accept.
 */
#include "secrets.h"

#include "file.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define DAYS 825
#define BACKDATE_SECONDS 300 /* for clocks that are behind */
#define SECONDS_OF_DAY 86400L
#define PEM_MAX 16384

struct extension {
	int nid;
	const char *value;
};

struct request {
	const char *common_name;
	const struct extension *extensions;
	size_t extension_count;
	X509 *issuer; /* NULL: signs itself */
	EVP_PKEY *issuer_key;
};

static enum credit_error failed(const char *path, struct credit_problem *problem)
{
	return credit_problem_set(problem, CREDIT_E_INTERNAL, path, NULL, "libcrypto");
}

static bool set_names(X509 *certificate, const struct request *request)
{
	X509_NAME *subject = X509_get_subject_name(certificate);

	return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		       (const unsigned char *)request->common_name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate,
		       request->issuer ? X509_get_subject_name(request->issuer) : subject) == 1;
}

static bool set_serial(X509 *certificate)
{
	unsigned char serial[16];
	BIGNUM *number;
	bool done;

	if (RAND_bytes(serial, sizeof serial) != 1)
		return false;
	serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40); /* positive, and never short */
	number = BN_bin2bn(serial, sizeof serial, NULL);
	done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return done;
}

static bool set_extensions(X509 *certificate, const struct request *request)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, request->issuer ? request->issuer : certificate, certificate, NULL,
		NULL, 0);
	for (size_t i = 0; i < request->extension_count; i++) {
		X509_EXTENSION *extension = X509V3_EXT_conf_nid(
			NULL, &context, request->extensions[i].nid, request->extensions[i].value);
		int added = extension ? X509_add_ext(certificate, extension, -1) : 0;

		X509_EXTENSION_free(extension);
		if (added != 1)
			return false;
	}
	return true;
}

static bool fill(X509 *certificate, EVP_PKEY *key, const struct request *request)
{
	EVP_PKEY *signer = request->issuer_key ? request->issuer_key : key;

	return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -BACKDATE_SECONDS) &&
	       X509_gmtime_adj(
		       X509_getm_notAfter(certificate), DAYS * SECONDS_OF_DAY - BACKDATE_SECONDS) &&
	       X509_set_pubkey(certificate, key) == 1 && set_names(certificate, request) &&
	       set_extensions(certificate, request) &&
	       X509_sign(certificate, signer, EVP_sha256()) > 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static enum credit_error write_bio(
	BIO *bio, const char *path, unsigned mode, struct credit_problem *problem)
{
	char *data;
	long size = BIO_get_mem_data(bio, &data);

	if (size <= 0)
		return failed(path, problem);
	return file_create(
		path, mode, (struct credit_bytes){(const uint8_t *)data, (size_t)size}, problem);
}

static enum credit_error write_pair(
	const char *prefix, X509 *certificate, EVP_PKEY *key, struct credit_problem *problem)
{
	BIO *certificate_text = BIO_new(BIO_s_mem());
	BIO *key_text = BIO_new(BIO_s_secmem());
	char certificate_path[PATH_MAX], key_path[PATH_MAX];
	enum credit_error error;

	snprintf(certificate_path, sizeof certificate_path, "%s.crt", prefix);
	snprintf(key_path, sizeof key_path, "%s.key", prefix);
	if (!certificate_text || !key_text ||
		PEM_write_bio_X509(certificate_text, certificate) != 1 ||
		PEM_write_bio_PKCS8PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) != 1)
		error = failed(prefix, problem);
	else
		error = write_bio(key_text, key_path, 0600, problem);
	if (error == CREDIT_OK)
		error = write_bio(certificate_text, certificate_path, 0644, problem);
	BIO_free(certificate_text);
	BIO_free(key_text);
	return error;
}

static enum credit_error make(
	const struct request *request, const char *prefix, struct credit_problem *problem)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	enum credit_error error;

	if (!key || !certificate || !fill(certificate, key, request))
		error = failed(prefix, problem);
	else
		error = write_pair(prefix, certificate, key, problem);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return error;
}

static enum credit_error read_pem(const char *path, BIO **ret_bio, struct credit_bytes *ret_bytes,
	struct credit_problem *problem)
{
	enum credit_error error = file_read(path, PEM_MAX, ret_bytes, problem);

	if (error != CREDIT_OK)
		return error;
	*ret_bio = BIO_new_mem_buf(ret_bytes->data, (int)ret_bytes->size);
	return *ret_bio ? CREDIT_OK : failed(path, problem);
}

static enum credit_error read_ca(const char *folder, X509 **ret_certificate, EVP_PKEY **ret_key,
	struct credit_problem *problem)
{
	char certificate_path[PATH_MAX], key_path[PATH_MAX];
	struct credit_bytes certificate_text = {NULL, 0}, key_text = {NULL, 0};
	BIO *certificate_bio = NULL, *key_bio = NULL;
	enum credit_error error;

	snprintf(certificate_path, sizeof certificate_path, "%s/ca.crt", folder);
	snprintf(key_path, sizeof key_path, "%s/ca.key", folder);
	error = read_pem(certificate_path, &certificate_bio, &certificate_text, problem);
	if (error == CREDIT_OK)
		error = read_pem(key_path, &key_bio, &key_text, problem);
	if (error == CREDIT_OK) {
		*ret_certificate = PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
		*ret_key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
		if (!*ret_certificate || !*ret_key)
			error = credit_problem_set(
				problem, CREDIT_E_KEY_FILE, folder, NULL, "ca.crt, ca.key");
	}
	BIO_free(certificate_bio);
	BIO_free(key_bio);
	file_free(certificate_text);
	file_free(key_text);
	return error;
}

static enum credit_error make_signed(const char *folder, struct request *request,
	const char *prefix, struct credit_problem *problem)
{
	enum credit_error error = read_ca(folder, &request->issuer, &request->issuer_key, problem);

	if (error == CREDIT_OK)
		error = make(request, prefix, problem);
	X509_free(request->issuer);
	EVP_PKEY_free(request->issuer_key);
	return error;
}

/* --- the three kinds -------------------------------------------------------------------------- */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum credit_error certificate_make_ca(
	const char *folder, const char *origin, struct credit_problem *problem)
{
	static const struct extension extensions[] = {
		{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
		{NID_key_usage, "critical,keyCertSign,cRLSign"},
		{NID_subject_key_identifier, "hash"},
	};
	char prefix[PATH_MAX], name[65];
	struct request request = {.common_name = name,
		.extensions = extensions,
		.extension_count = COUNT(extensions)};

	/* A common name has at most 64 characters: RFC 5280 A.1, ub-common-name. */
	snprintf(name, sizeof name, "%.40s (development)", origin);
	snprintf(prefix, sizeof prefix, "%s/ca", folder);
	return make(&request, prefix, problem);
}

enum credit_error certificate_make_server(const char *folder, struct credit_problem *problem)
{
	static const struct extension extensions[] = {
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"},
		{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
	};
	char prefix[PATH_MAX];
	struct request request = {.common_name = "localhost",
		.extensions = extensions,
		.extension_count = COUNT(extensions)};

	snprintf(prefix, sizeof prefix, "%s/server", folder);
	return make_signed(folder, &request, prefix, problem);
}

enum credit_error certificate_make_client(const char *folder, const struct credit_uscc *uscc,
	const char *prefix, struct credit_problem *problem)
{
	char code[CREDIT_USCC_SIZE + 1] = "", uri[64];
	const struct extension extensions[] = {
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"},
		{NID_ext_key_usage, "clientAuth"},
		{NID_subject_alt_name, uri},
		{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
	};
	struct request request = {.common_name = code,
		.extensions = extensions,
		.extension_count = COUNT(extensions)};

	memcpy(code, uscc->character, CREDIT_USCC_SIZE);
	snprintf(uri, sizeof uri, "URI:urn:uscc:%s", code);
	return make_signed(folder, &request, prefix, problem);
}
