#include "cmd.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/jsonw.h"
#include "retention/pool.h"

#include "cli_args.h"
#include "cli_bundle.h"
#include "cli_conf.h"
#include "cli_cover.h"
#include "cli_find.h"
#include "cli_gather.h"
#include "cli_out.h"
#include "cli_register.h"

#define NAME_BYTES 40

/* What a file system and an unpacking person can do with. */
static void
put_plain(struct buf *b, const char *name)
{
	for (size_t i = 0; i < NAME_BYTES && name[i] != '\0'; i++) {
		char c = isalnum((unsigned char)name[i]) || (i != 0 &&
		    strchr("-_.", name[i]) != NULL) ? name[i] : '_';

		buf_add(b, &c, 1);
	}
}

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* "data/03-feedback/1-feedback", a number each so that no two are alike. */
static const char *
name_of(const struct cli_gather_part *part, const struct cli_find *all,
    size_t no, struct pool *p)
{
	struct buf b = BUF_EMPTY;
	const char *name;

	buf_putf(&b, "data/%02zu-", (size_t)(part->row - all->rows) + 1);
	put_plain(&b, part->row->d->name);
	buf_putf(&b, "/%zu-", no);
	put_plain(&b, part->kind == CLI_GATHER_LINES ? "lines.txt" :
	    part->kind == CLI_GATHER_FILE ? last_part(part->name) :
	    part->name);
	name = buf_failed(&b) ? NULL : pool_dup(p, buf_text(&b));
	buf_release(&b);
	return name;
}

static int
add_table(struct cli_bundle *b, const struct cli_gather_part *part,
    const char *name, struct err *e)
{
	struct buf text = { .most = SIZE_MAX / 4 };
	char file[128];
	int rc;

	buf_add(&text, buf_text(&part->json), part->json.n);
	buf_puts(&text, part->n != 0 ? "]\n" : "[]\n");
	(void)snprintf(file, sizeof(file), "%s.json", name);
	rc = buf_failed(&text) ? err_set(e, ERR_MEMORY, "no memory") :
	    cli_bundle_bytes(b, file, buf_text(&text), text.n, e);
	buf_release(&text);
	(void)snprintf(file, sizeof(file), "%s.csv", name);
	return rc == 0 ? cli_bundle_bytes(b, file, buf_text(&part->csv),
	    part->csv.n, e) : -1;
}

static int
add_page(struct cli_bundle *b, const char *name, const struct cli_cover *c,
    void (*put)(const struct cli_cover *c, struct buf *out), struct err *e)
{
	struct buf text = { .most = SIZE_MAX / 4 };
	int rc;

	put(c, &text);
	rc = buf_failed(&text) ? err_set(e, ERR_MEMORY, "no memory") :
	    cli_bundle_bytes(b, name, buf_text(&text), text.n, e);
	buf_release(&text);
	return rc;
}

static int
fill(struct cli_bundle *b, struct cli_cover *c, struct pool *p, struct err *e)
{
	const char **names;
	size_t n = 0;

	for (const struct cli_gather_part *k = c->parts; k; k = k->next)
		n++;
	names = pool_array(p, n + 1, sizeof(*names));
	n = 0;
	for (const struct cli_gather_part *k = c->parts; k; k = k->next, n++)
		if (names == NULL || (names[n] = name_of(k, c->all, n + 1,
		    p)) == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
	c->name = names;
	if (add_page(b, "README.txt", c, cli_cover_text, e) == -1 ||
	    add_page(b, "index.html", c, cli_cover_html, e) == -1 ||
	    add_page(b, "manifest.json", c, cli_cover_manifest, e) == -1)
		return -1;
	n = 0;
	for (const struct cli_gather_part *k = c->parts; k; k = k->next, n++)
		if ((k->kind == CLI_GATHER_TABLE ? add_table(b, k, names[n],
		    e) : cli_bundle_bytes(b, names[n], buf_text(&k->json),
		    k->json.n, e)) == -1)
			return -1;
	return cli_bundle_finish(b, e);
}

struct copy {
	const struct cli_args *a;
	struct conf_set *set;
	struct pool *pool;
	struct cli_gather *gather;
	struct cli_find all;
	char request[CLI_REGISTER_ID];
};

static int
find_and_fill(struct copy *c, struct cli_bundle *b, struct err *e)
{
	const char *kinds[CLI_MOST_KINDS];
	struct find_person persons[FIND_MOST_PERSONS];
	struct cli_find_job job = { .set = c->set, .now = c->a->now,
		.n_persons = c->a->n_persons, .persons = persons,
		.rows = true, .lines = c->a->value[CLI_LOG_LINES] != NULL,
		.begin = cli_gather_begin,
		.sink = { cli_gather_piece, c->gather } };
	struct cli_cover cover = { .all = &c->all, .now = c->a->now,
		.request = c->request[0] != '\0' ? c->request : NULL,
		.n_kinds = c->a->n_persons, .kind = kinds };
	struct cli_gather_part *parts;

	for (size_t i = 0; i < c->a->n_persons; i++)
		kinds[i] = c->a->person[i].kind;
	if (cli_find_persons(c->a, persons) == -1 ||
	    cli_find_make(&job, c->pool, &c->all, e) == -1 ||
	    cli_gather_end(c->gather, &parts, e) == -1)
		return -1;
	cover.parts = parts;
	return fill(b, &cover, c->pool, e);
}

static int
say(const struct copy *c)
{
	const char *out = c->a->value[CLI_OUT];
	uint64_t places = 0;
	struct buf b = BUF_EMPTY;
	struct jsonw w = JSONW(&b);
	int rc;

	for (size_t i = 0; i < c->all.n; i++)
		places += c->all.rows[i].found.rows +
		    c->all.rows[i].found.outside +
		    c->all.rows[i].found.lines != 0;
	if (c->a->value[CLI_JSON] != NULL) {
		jsonw_object(&w, NULL);
		jsonw_text(&w, "file", out);
		jsonw_text(&w, "request", c->request[0] != '\0' ? c->request :
		    NULL);
		jsonw_int(&w, "datasets", (int64_t)places);
		jsonw_bool(&w, "complete", !c->all.failed);
		jsonw_end_object(&w);
	} else {
		cli_out_safe(&b, out);
		buf_putf(&b, ": held in %" PRIu64 " datasets%s%s", places,
		    c->request[0] != '\0' ? "; request " : "", c->request);
	}
	buf_puts(&b, "\n");
	rc = cli_out_flush(&b);
	for (size_t i = 0; i < c->all.n; i++)
		if (c->all.rows[i].error != NULL)
			cli_out_error("NOT COMPLETE: %s: %s",
			    c->all.rows[i].d->full, c->all.rows[i].error);
	buf_release(&b);
	return rc;
}

/* What cannot be finished is not left lying about. */
static int
write_it(struct copy *c)
{
	const char *out = c->a->value[CLI_OUT];
	struct err e = ERR_EMPTY;
	struct cli_bundle *b = cli_bundle_new(out, c->a->now, &e);
	int rc;

	if (b == NULL) {
		cli_out_error("%s", e.text);
		return CLI_FAILED;
	}
	rc = cli_register_open(c->a, c->set, "copy", c->request);
	if (rc == CLI_DONE && find_and_fill(c, b, &e) == -1) {
		cli_out_error("%s", e.text);
		rc = CLI_FAILED;
	}
	cli_bundle_free(b);
	if (rc != CLI_DONE) {
		(void)unlink(out);
		return rc;
	}
	if (c->request[0] != '\0' && !c->all.failed)
		rc = cli_register_done(c->set, c->request, &c->all);
	if (say(c) != CLI_DONE || c->all.failed)
		rc = CLI_FAILED;
	return rc;
}

int
cmd_subject_copy(const struct cli_args *a)
{
	struct copy c = { .a = a };
	const char *out = a->value[CLI_OUT];
	size_t n = out != NULL ? strlen(out) : 0;
	int rc = CLI_FAILED;

	if (n < 5 || strcmp(out + n - 4, ".tar") != 0) {
		cli_out_error("'subject copy' needs --out FILE.tar");
		return CLI_USAGE;
	}
	if (a->n_persons == 0) {
		cli_out_error("'subject copy' needs the person, such as "
		    "--email ann@example.org");
		return CLI_USAGE;
	}
	c.pool = pool_new();
	c.gather = cli_gather_new(true);
	if (c.pool == NULL || c.gather == NULL)
		cli_out_error("no memory");
	else if (cli_conf_all(a, &c.set) == 0)
		rc = write_it(&c);
	cli_gather_free(c.gather);
	pool_free(c.pool);
	conf_free(c.set);
	return rc;
}
