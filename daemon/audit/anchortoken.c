/*
 * anchortoken - RFC 3161 through OpenSSL.  The chain is judged as it was when
 * the stamp was made: a certificate that has expired since does not take
 * away what it said in its time.
 */
#include "anchortoken.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>

/* Digests that an imprint may be made with. */
static const struct { int nid; const char *name; } digests[] = {
	{ NID_sha256, "SHA256" }, { NID_sha384, "SHA384" },
	{ NID_sha512, "SHA512" },
};

static TS_RESP *
parse(struct anchor_bytes der, struct err *e)
{
	const unsigned char *at = der.data;
	TS_RESP *r = der.n <= ANCHOR_MOST_BYTES ?
	    d2i_TS_RESP(NULL, &at, (long)der.n) : NULL;

	ERR_clear_error();
	if (r != NULL && at == (const unsigned char *)der.data + der.n &&
	    TS_RESP_get_tst_info(r) != NULL)
		return r;
	TS_RESP_free(r);
	(void)err_set(e, ERR_INPUT, "not a time stamp response that grants a "
	    "token (RFC 3161)");
	return NULL;
}

static int
read_imprint(TS_TST_INFO *info, struct anchortoken *t)
{
	TS_MSG_IMPRINT *m = TS_TST_INFO_get_msg_imprint(info);
	const X509_ALGOR *algorithm = TS_MSG_IMPRINT_get_algo(m);
	const ASN1_OCTET_STRING *value = TS_MSG_IMPRINT_get_msg(m);
	const ASN1_OBJECT *oid;
	int n = ASN1_STRING_length(value);

	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (digests[i].nid == OBJ_obj2nid(oid))
			(void)snprintf(t->digest, sizeof(t->digest), "%s",
			    digests[i].name);
	if (t->digest[0] == '\0' || n < 32 || (size_t)n > sizeof(t->imprint))
		return -1;
	memcpy(t->imprint, ASN1_STRING_get0_data(value), (size_t)n);
	t->n_imprint = (size_t)n;
	return 0;
}

static int
read_time(const TS_TST_INFO *info, struct wall *ret)
{
	struct tm tm;
	time_t s;

	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
		return -1;
	s = timegm(&tm);
	if (s <= 0)
		return -1;
	ret->ms = (int64_t)s * 1000;
	return 0;
}

/* Of the directory name, its last common name, in printable ASCII. */
static void
read_name(TS_TST_INFO *info, char ret[ANCHOR_BY_BYTES])
{
	const GENERAL_NAME *g = TS_TST_INFO_get_tsa(info);
	int got = -1;

	if (g != NULL && g->type == GEN_DIRNAME)
		got = X509_NAME_get_text_by_NID(g->d.directoryName,
		    NID_commonName, ret, ANCHOR_BY_BYTES);
	if (got <= 0)
		(void)snprintf(ret, ANCHOR_BY_BYTES, "time stamping authority");
	for (char *c = ret; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

int
anchortoken_read(struct anchor_bytes der, struct anchortoken *ret,
    struct err *e)
{
	TS_RESP *r = parse(der, e);
	struct anchortoken t = { .digest = "" };
	TS_TST_INFO *info;
	int rc = 0;

	if (r == NULL)
		return -1;
	info = TS_RESP_get_tst_info(r);
	if (read_imprint(info, &t) == -1)
		rc = err_set(e, ERR_INPUT, "a time stamp whose imprint is not "
		    "SHA-256, SHA-384 or SHA-512");
	else if (read_time(info, &t.at) == -1)
		rc = err_set(e, ERR_INPUT, "a time stamp without a time");
	read_name(info, t.by);
	TS_RESP_free(r);
	ERR_clear_error();
	if (rc == 0)
		*ret = t;
	return rc;
}

bool
anchortoken_is_of(const struct anchortoken *t, struct anchor_bytes bytes)
{
	EVP_MD *md = EVP_MD_fetch(NULL, t->digest, NULL);
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool is = md != NULL && EVP_Digest(bytes.data, bytes.n, hash, &len, md,
	    NULL) == 1 && len == t->n_imprint &&
	    memcmp(hash, t->imprint, len) == 0;

	EVP_MD_free(md);
	return is;
}

static X509_STORE *
open_store(const char *ca, struct wall at, struct err *e)
{
	X509_STORE *s = X509_STORE_new();

	if (s != NULL && X509_STORE_load_file(s, ca) == 1) {
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(s),
		    (time_t)(at.ms / 1000));
		return s;
	}
	X509_STORE_free(s);
	ERR_clear_error();
	(void)err_set(e, ERR_REFUSED, "the certificates of the time stamping "
	    "authority cannot be read: expected a file of PEM certificates");
	return NULL;
}

int
anchortoken_trusted(struct anchor_bytes der, const char *ca, struct wall at,
    struct err *e)
{
	X509_STORE *store = open_store(ca, at, e);
	TS_VERIFY_CTX *ctx = store != NULL ? TS_VERIFY_CTX_new() : NULL;
	TS_RESP *r = NULL;
	int good = 0;

	if (ctx == NULL) {
		X509_STORE_free(store);
		return store == NULL ? -1 : err_set(e, ERR_MEMORY, "no memory");
	}
	(void)TS_VERIFY_CTX_set_store(ctx, store);	/* owns it now */
	(void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE |
	    TS_VFY_SIGNER);
	r = parse(der, e);
	if (r != NULL)
		good = TS_RESP_verify_response(ctx, r);
	if (r != NULL && good != 1)
		(void)err_set(e, ERR_REFUSED, "the time stamp is not signed by "
		    "an authority that is known here, or its certificate was "
		    "not good at that time");
	TS_RESP_free(r);
	TS_VERIFY_CTX_free(ctx);
	ERR_clear_error();
	return good == 1 ? 0 : -1;
}
