/*
 * sift - the rule of a dataset, applied to one file.
 */
#include "sift.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "retention/hex.h"
#include "retention/sha256.h"

#define OURS ".retention-"
#define N_OURS (sizeof(OURS) - 1)
#define N_OP 16			/* digits of the operation */
#define N_TAG (SIFT_TAG_BYTES - 1)

static int
check_timing(const struct rule_timing *t, const char *full, struct err *e)
{
	if (t->keep == RULE_UNTIL)
		return err_set(e, ERR_CONFIG, "dataset %s: keep.until names a "
		    "column; files have none", full);
	if (t->keep == RULE_PERIOD && (t->from == NULL ||
	    strcmp(t->from, "mtime") != 0))
		return err_set(e, ERR_CONFIG, "dataset %s: keep.from of a "
		    "file store; expected \"mtime\"", full);
	return 0;
}

void
sift_init_ours(struct sift *s, const char *full, const char *file)
{
	uint8_t hash[2 * SHA256_BYTES];

	*s = (struct sift){ .d = NULL };
	sha256_once(full, strlen(full), hash);
	sha256_once(file ? file : "", file ? strlen(file) : 0,
	    hash + SHA256_BYTES);
	if (file)
		sha256_once(hash, sizeof(hash), hash);
	hex_text(hash, N_TAG / 2, s->tag);
}

int
sift_init(struct sift *s, const struct rule_dataset *d, struct wall at,
    struct err *e)
{
	if (check_timing(&d->timing, d->full, e) == -1)
		return -1;
	for (size_t i = 0; i < d->n_rivals; i++)
		if (check_timing(&d->rivals[i].timing, d->rivals[i].dataset,
		    e) == -1)
			return -1;
	if (d->action == RULE_ANONYMISE)
		return err_set(e, ERR_CONFIG, "dataset %s: files are deleted "
		    "or destroyed, not anonymised", d->full);
	sift_init_ours(s, d->full, NULL);
	s->d = d;
	s->at = at;
	return 0;
}

static bool
is_temporary(const char *name)
{
	return strncmp(name, OURS, N_OURS) == 0 &&
	    strspn(name + N_OURS, "0123456789abcdef") == N_OP &&
	    name[N_OURS + N_OP] == '-' &&
	    strspn(name + N_OURS + N_OP + 1, "0123456789abcdef") == N_TAG &&
	    name[N_OURS + N_OP + 1 + N_TAG] == '-';
}

bool
sift_is_ours(const struct sift *s, const char *name)
{
	return is_temporary(name) &&
	    strncmp(name + N_OURS + N_OP + 1, s->tag, N_TAG) == 0;
}

/* Does our name tell this file's number?  If not it got the name by a race,
 * and is judged like any other. */
static bool
is_numbered(const char *name, const struct stat *st)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%zx", (size_t)st->st_ino);
	return strcmp(name + N_OURS + N_OP + 1 + N_TAG + 1, number) == 0;
}

bool
sift_is_of(const char *name, const uint8_t op[COMMIT_OP_BYTES])
{
	char digits[N_OP + 1];

	hex_text(op, N_OP / 2, digits);
	return is_temporary(name) &&
	    strncmp(name + N_OURS, digits, N_OP) == 0;
}

void
sift_name(const struct sift *s, const uint8_t op[COMMIT_OP_BYTES],
    size_t number, char ret[SIFT_NAME_BYTES])
{
	char digits[N_OP + 1];

	hex_text(op, N_OP / 2, digits);
	(void)snprintf(ret, SIFT_NAME_BYTES, OURS "%s-%s-%zx", digits, s->tag,
	    number);
}

static bool
matches(const char *pattern, const char *name)
{
	return pattern == NULL || fnmatch(pattern, name, 0) == 0;
}

bool
sift_takes(const struct sift *s, const char *name)
{
	if (is_temporary(name))
		return sift_is_ours(s, name);
	return s->d != NULL && matches(s->d->match, name);
}

/* A part of a millisecond counts as a whole one: never too early. */
static struct judge_value
time_of(const struct stat *st)
{
	int64_t ms = st->st_mtim.tv_sec < 0 ? -1 :
	    (int64_t)st->st_mtim.tv_sec > INT64_MAX / 1000 - 1 ? INT64_MAX :
	    (int64_t)st->st_mtim.tv_sec * 1000 +
	    (st->st_mtim.tv_nsec + 999999) / 1000000;

	return (struct judge_value){ .type = RULE_T_INT, .i = ms };
}

enum judge_verdict
sift_judge(const struct sift *s, const char *name, const struct stat *st,
    struct wall *ret_due)
{
	struct rule_timing t;
	struct judge_value v = time_of(st);
	enum judge_verdict verdict;
	struct wall due = s->at, other;

	if (sift_is_ours(s, name) && (s->d == NULL || is_numbered(name, st))) {
		if (ret_due != NULL)
			*ret_due = due;
		return JUDGE_DUE;
	}
	if (s->d == NULL)
		return JUDGE_KEPT;
	t = s->d->timing;
	t.clock = RULE_UNIX_MS;
	verdict = judge_value(&t, NULL, &v, s->at);
	if (judge_due_at(&t, NULL, &v, &due) == -1)
		due = (struct wall){ INT64_MAX };
	for (size_t i = 0; i < s->d->n_rivals; i++) {
		const struct rule_rival *r = &s->d->rivals[i];

		if (!matches(r->where, name))
			continue;
		t = r->timing;
		t.clock = RULE_UNIX_MS;
		if (verdict == JUDGE_DUE &&
		    judge_value(&t, NULL, &v, s->at) != JUDGE_DUE)
			verdict = JUDGE_KEPT;
		if (judge_due_at(&t, NULL, &v, &other) == -1)
			due = (struct wall){ INT64_MAX };
		else if (other.ms > due.ms)
			due = other;
	}
	if (ret_due != NULL)
		*ret_due = due;
	return verdict;
}
