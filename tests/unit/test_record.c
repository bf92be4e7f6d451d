/* record: payloads are exact, ASCII, and keep within the cap of a line. */
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/record.h"

#include "tap.h"

static struct buf b;

static int
is(const char *want)
{
	int same = strcmp(buf_text(&b), want) == 0;

	if (!same)
		printf("# %s\n", buf_text(&b));
	buf_reset(&b);
	return same;
}

static void
test_types(void)
{
	int bad = 0;

	for (int i = 0; i < RECORD_N_TYPES; i++)
		bad += record_type_find(record_type_name((enum record_type)i)) !=
		    i;
	ok(bad == 0, "every type there and back");
	ok(record_type_find("") == -1 && record_type_find("Intent") == -1,
	    "others are unknown");
	ok(strcmp(record_type_name(RECORD_CP), "cp") == 0, "cp");
}

static void
test_small(void)
{
	struct record_who who = { 1000, "clerk" };
	struct record_start r = { .build = "0.1", .boot = "b", .reason = "r",
		.unclean = true };

	record_start(&b, &r);
	ok(is(",\"build\":\"0.1\",\"boot\":\"b\",\"reason\":\"r\","
	    "\"unclean\":true"), "start");
	record_stop(&b, &r);
	ok(is(",\"build\":\"0.1\",\"boot\":\"b\",\"reason\":\"r\""), "stop");
	record_event(&b, "portal \xe2\x80\x94 closed", (struct wall){ 1 }, who);
	ok(is(",\"name\":\"portal \\u2014 closed\","
	    "\"at\":\"1970-01-01T00:00:00.001Z\","
	    "\"who\":{\"uid\":1000,\"user\":\"clerk\"}"), "event, in ASCII");
	record_brake(&b, "n/d", 900, 1000, "share");
	ok(is(",\"dataset\":\"n/d\",\"due\":900,\"total\":1000,"
	    "\"why\":\"share\""), "brake");
	record_defer(&b, &(struct record_defer){ "n/d", 9, 2, 3 });
	ok(is(",\"dataset\":\"n/d\",\"held\":9,\"restricted\":2,"
	    "\"gate\":3"), "defer");
	record_scrub(&b, &(struct record_scrub){ .store = "n/s", .ms = 7,
	    .who = who });
	ok(is(",\"store\":\"n/s\",\"ms\":7,"
	    "\"who\":{\"uid\":1000,\"user\":\"clerk\"}"), "scrub, asked for");
	record_scrub(&b, &(struct record_scrub){ .store = "n/s", .ms = 7,
	    .by_policy = true, .who = who });
	ok(is(",\"store\":\"n/s\",\"ms\":7,\"by\":\"policy\""),
	    "scrub, by the policy");
	record_recover(&b, 15, "torn");
	ok(is(",\"torn\":15,\"why\":\"torn\""), "recover");
}

static void
test_outcome(void)
{
	uint8_t op[16] = { 0xab };
	struct record_outcome r = { .op = op, .n = 5, .erased = 3, .left = 0,
		.skipped_drift = 1, .skipped_held = 1, .method = "m",
		.verify = "requery", .ms = 7 };

	record_done(&b, &r);
	ok(is(",\"op\":\"ab000000000000000000000000000000\",\"n\":5,"
	    "\"erased\":3,\"left\":0,\"skipped\":{\"drift\":1,\"held\":1},"
	    "\"method\":\"m\",\"verify\":\"requery\",\"ms\":7"), "done");
	r.skipped_drift = r.skipped_held = 0;
	r.recovered = r.pseudonymous = true;
	r.assurance = "a";
	r.error = "busy";
	record_fail(&b, &r);
	ok(is(",\"op\":\"ab000000000000000000000000000000\",\"n\":5,"
	    "\"erased\":3,\"left\":0,\"method\":\"m\",\"assurance\":\"a\","
	    "\"verify\":\"requery\",\"ms\":7,\"recovered\":true,"
	    "\"pseudonymous\":true,\"error\":\"busy\""), "fail");
}

static void
test_intent(void)
{
	static const uint8_t c[65][COMMIT_BYTES];
	uint8_t op[16] = { 1 }, root[32] = { 0 };
	struct record_intent r = { .op = op, .dataset = "n/d",
		.action = "delete", .store = "n/s", .object = "t",
		.basis = "period 2 years", .n = 1, .croot = root, .c = c,
		.gate = 4 };

	record_intent(&b, &r);
	ok(is(",\"op\":\"01000000000000000000000000000000\",\"dataset\":\"n/d\","
	    "\"action\":\"delete\",\"store\":\"n/s\",\"object\":\"t\","
	    "\"basis\":\"period 2 years\","
	    "\"cutoff\":\"1970-01-01T00:00:00.000Z\",\"n\":1,"
	    "\"croot\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
	    "\"c\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"],"
	    "\"gate\":4"), "intent");
	r.n = 64;
	record_intent(&b, &r);
	ok(strstr(buf_text(&b), "\"c\":[") != NULL && b.n < 4096,
	    "64 commitments stand in the record");
	buf_reset(&b);
	r.n = 65;
	record_intent(&b, &r);
	ok(strstr(buf_text(&b), "\"c\":[") == NULL, "65 do not");
	buf_reset(&b);
}

static void
test_policy(void)
{
	static const char *names[2000];
	static struct record_policy_file files[2000];
	uint8_t digest[32] = { 0 };
	struct record_policy r = { .digest = digest, .n_files = 1,
		.files = files, .n_shortened = 1, .shortened = names,
		.who = { 0, "root" } };

	for (size_t i = 0; i < 2000; i++) {
		names[i] = "a-notice-with-a-long-name/a-dataset-with-one-too";
		files[i] = (struct record_policy_file){ "a-notice", digest };
	}
	record_policy(&b, &r);
	ok(strstr(buf_text(&b), "\"shortened\":[\"a-notice") != NULL &&
	    strstr(buf_text(&b), "\"added\"") == NULL &&
	    strstr(buf_text(&b), "\"cut\"") == NULL, "a small one is whole");
	buf_reset(&b);
	r.n_files = r.n_shortened = r.n_added = 2000;
	r.added = names;
	record_policy(&b, &r);
	ok(b.n < RECORD_MOST - 1024 && strstr(buf_text(&b), "\"cut\":") != NULL,
	    "a huge one says how many it leaves out, in %zu bytes", b.n);
	buf_reset(&b);
}

static void
test_key(void)
{
	struct record_key r = { .next = 1, .vkey = "v", .why = "schedule" };

	record_key_rotate(&b, &r);
	ok(is(",\"next\":1,\"vkey\":\"v\",\"why\":\"schedule\""),
	    "a rotation by the calendar");
	r.why = "request";
	r.who = (struct record_who){ 7, "clerk" };
	record_key_rotate(&b, &r);
	ok(is(",\"next\":1,\"vkey\":\"v\",\"why\":\"request\","
	    "\"who\":{\"uid\":7,\"user\":\"clerk\"}"), "one that was asked for");
	record_key_rekey(&b, &r, "note", 4);
	ok(is(",\"next\":1,\"vkey\":\"v\",\"why\":\"request\","
	    "\"who\":{\"uid\":7,\"user\":\"clerk\"},"
	    "\"recovery\":\"bm90ZQ==\""), "a rekey");
}

int
main(void)
{
	test_types();
	test_small();
	test_outcome();
	test_intent();
	test_policy();
	test_key();
	buf_release(&b);
	return tap_done();
}
