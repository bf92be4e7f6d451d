/*
 * shape - one table per struct; reading and writing both follow it.
 *
 * A field of a rule that is missing here is one that no worker knows of.
 */
#include "shape.h"

#include "retention/msg.h"
#include "retention/rule.h"
#include "retention/wire.h"

#include "row.h"

#define MOST_COLUMNS 2000		/* SQLite's own limit */
#define LIST_OF(f, n) { .key = #f, .type = CODEC_TEXTS, ROW_AT(f), \
	.optional = true, .aside = offsetof(OF, n), .most = MOST_LIST }
#define MOST_LIST 256

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "COUNT reads 8 bytes");
_Static_assert(sizeof(enum rule_keep) == sizeof(int), "ENUM reads an int");

#define OF struct period
static const struct codec_field period_rows[] = {
	INT64("n", n, 0, INT64_MAX),
	ENUM("unit", unit, PERIOD_N_UNITS),
};
static const struct codec_shape period_shape = ROWS("a period", period_rows, OF);
#undef OF

#define OF struct rule_timing
static const struct codec_field timing_rows[] = {
	ENUM("keep", keep, RULE_N_KEEPS),
	OBJECT("period", period, period_shape),
	OBJECT("grace", grace, period_shape),
	MAYBE("from", from),
	ENUM("clock", clock, RULE_N_CLOCKS),
	MAYBE("zone", zone),
	MAYBE("event", event),
	INT64("until_day", until_day, INT64_MIN, INT64_MAX),
	MAYBE("agreement", agreement),
	MAYBE("reason", reason),
	BOOL("fired", fired),
	TIME("fired_at", fired_at),
};
static const struct codec_shape timing_shape = ROWS("a timing", timing_rows, OF);
#undef OF

#define OF struct rule_value
static const struct codec_field value_rows[] = {
	TEXT("column", column),
	INT("type", type, RULE_T_NULL, RULE_T_TEXT),
	INT64("i", i, INT64_MIN, INT64_MAX),
	REAL("r", r),
	MAYBE("text", text),
};
static const struct codec_shape value_shape = ROWS("a value", value_rows, OF);
#undef OF

#define OF struct rule_column
static const struct codec_field column_rows[] = {
	TEXT("name", name),
	ENUM("method", method, RULE_N_METHODS),
	MAYBE("text", text),
	INT64("n", n, 0, INT64_MAX),
};
static const struct codec_shape column_shape = ROWS("a column", column_rows, OF);
#undef OF

static const struct codec_shape child_shape;	/* it nests */

#define OF struct rule_child
static const struct codec_field child_rows[] = {
	TEXT("table", table),
	TEXT("column", column),
	ARRAY("columns", columns, n_columns, column_shape, MOST_COLUMNS),
	ARRAY("children", children, n_children, child_shape, MOST_LIST),
};
static const struct codec_shape child_shape = ROWS("a child", child_rows, OF);
#undef OF

#define OF struct rule_subject
static const struct codec_field subject_rows[] = {
	TEXT("kind", kind),
	TEXT("column", column),
};
static const struct codec_shape subject_shape =
    ROWS("a subject", subject_rows, OF);
#undef OF

#define OF struct rule_rival
static const struct codec_field rival_rows[] = {
	TEXT("dataset", dataset),
	MAYBE("where", where),
	MAYBE("time_format", time_format),
	OBJECT("timing", timing, timing_shape),
};
static const struct codec_shape rival_shape = ROWS("a rival", rival_rows, OF);
#undef OF

#define OF struct rule_dataset
static const struct codec_field dataset_rows[] = {
	TEXT("name", name),
	TEXT("full", full),
	MAYBE("promise", promise),
	MAYBE("basis", basis),
	ENUM("mode", mode, RULE_N_MODES),
	TEXT("store", store),
	MAYBE("table", table),
	TEXTS("key", key, n_key, MOST_LIST),
	OBJECT("timing", timing, timing_shape),
	ENUM("action", action, RULE_N_ACTIONS),
	ARRAY("columns", columns, n_columns, column_shape, MOST_COLUMNS),
	ARRAY("set", set, n_set, value_shape, MOST_COLUMNS),
	ARRAY("children", children, n_children, child_shape, MOST_LIST),
	MAYBE("files_column", files.column),
	MAYBE("files_root", files.root),
	ARRAY("subject", subject, n_subject, subject_shape, MOST_LIST),
	MAYBE("where", where),
	INT("window_from", window.from_min, 0, 1440),
	INT("window_to", window.to_min, 0, 1440),
	INT64("brake_rows", brake.rows, -1, INT64_MAX),
	REAL("brake_share", brake.share),
	ARRAY("rivals", rivals, n_rivals, rival_shape, MOST_LIST),
	ARRAY("persons", persons, n_persons, subject_shape, MOST_LIST),
	ENUM("unit", unit, RULE_N_UNITS),
	MAYBE("time_format", time_format),
	BOOL("mask_ip", mask.ip_prefix),
	BOOL("mask_email", mask.email_redact),
	BOOL("mask_query", mask.query_strip),
	BOOL("mask_user", mask.user_redact),
	BOOL("collapse", collapse),
	MAYBE("match", match),
	ENUM("empty", empty, RULE_N_EMPTIES),
	MAYBE("file", file),
	INT("line", line, 0, INT32_MAX),
	{ .key = "wanted", .type = CODEC_ARRAY, ROW_AT(wanted),
	    .aside = offsetof(OF, n_wanted), .most = MOST_LIST,
	    .of = &shape_person, .optional = true },
	{ .key = "request", .type = CODEC_MAYBE_TEXT, ROW_AT(request), .optional = true },
	{ .key = "only", .type = CODEC_MAYBE_BYTES, ROW_AT(only),
	    .aside = offsetof(OF, has_only), .most = sizeof(((OF *)0)->only),
	    .optional = true },
	{ .key = "fixes", .type = CODEC_ARRAY, ROW_AT(fixes),
	    .aside = offsetof(OF, n_fixes), .most = RULE_MOST_FIXES,
	    .of = &shape_person_fix, .optional = true },
	LIST_OF(bound, n_bound),
	LIST_OF(asked, n_asked),
	{ .key = "printed", .type = CODEC_BOOL, ROW_AT(printed), .optional = true },
};
const struct codec_shape shape_dataset = ROWS("a dataset", dataset_rows, OF);
#undef OF

#define OF struct rule_store
static const struct codec_field store_rows[] = {
	TEXT("name", name),
	TEXT("full", full),
	ENUM("kind", kind, RULE_N_KINDS),
	TEXT("path", path),
	INT64("cache_bytes", cache_bytes, 0, INT64_MAX),
	INT64("lock_ms", lock_ms, 0, INT32_MAX),
	INT64("busy_ms", busy_ms, 0, INT32_MAX),
	ENUM("scrub", scrub, RULE_N_SCRUBS),
	MAYBE("file", file),
	INT("line", line, 0, INT32_MAX),
};
const struct codec_shape shape_store = ROWS("a store", store_rows, OF);
#undef OF

#define OF struct rule_event
static const struct codec_field event_rows[] = {
	TEXT("name", name),
	MAYBE("store", store),
	TEXT("query", query),
	ENUM("clock", clock, RULE_N_CLOCKS),
	MAYBE("zone", zone),
};
static const struct codec_shape event_shape =
    ROWS("an event", event_rows, OF);
#undef OF

#define OF struct shape_hello
static const struct codec_field hello_rows[] = {
	INT64("v", version, 1, INT32_MAX),
	INT64("pid", pid, 1, INT32_MAX),
};
const struct codec_shape shape_hello = ROWS("HELLO", hello_rows, OF);
#undef OF

#define OF struct msg_open
static const struct codec_field open_rows[] = {
	OBJECT("store", store, shape_store),
	BOOL("write", write),
	BOOL("required", required),
	TEXTS("roots", roots, n_roots, MSG_MOST_ROOTS),
	MAYBE_BYTES("pseudonym", pseudonym, has_pseudonym),
};
const struct codec_shape shape_open = ROWS("OPEN", open_rows, OF);
#undef OF

#define OF struct msg_gates
static const struct codec_field gates_rows[] = {
	ENUM("whole", whole, GATE_N_STATES),
	COUNT("n", n, 0, INT32_MAX),
	MAYBE_BYTES("key", key, has_key),
};
const struct codec_shape shape_gates = ROWS("GATES", gates_rows, OF);
#undef OF

#define OF struct msg_op
static const struct codec_field msg_op_rows[] = {
	BYTES("op", op.op),
	BYTES("key", op.key),
	COUNT("n", n, 1, COMMIT_MAX_ITEMS),
	TEXT("object", object),
};
static const struct codec_shape msg_op_shape =
    ROWS("an operation", msg_op_rows, OF);
#undef OF

#define OF struct msg_job
static const struct codec_field job_rows[] = {
	TIME("at", at),
	OBJECT("dataset", dataset, shape_dataset),
	BOOL("act", act),
	ARRAY("ops", ops, n_ops, msg_op_shape, WIRE_MOST_OPS),
};
const struct codec_shape shape_job = ROWS("a job", job_rows, OF);
#undef OF

#define OF struct msg_event
static const struct codec_field msg_event_rows[] = {
	TIME("at", at),
	OBJECT("event", event, event_shape),
};
const struct codec_shape shape_event = ROWS("EVENT", msg_event_rows, OF);
#undef OF

#define OF struct msg_counted
static const struct codec_field counted_rows[] = {
	COUNT("total", total, 0, INT64_MAX),
	COUNT("due", due, 0, INT64_MAX),
	COUNT("held", held, 0, INT64_MAX),
	COUNT("restricted", restricted, 0, INT64_MAX),
	COUNT("undated", undated, 0, INT64_MAX),
	COUNT("future", future, 0, INT64_MAX),
	COUNT("kept", kept, 0, INT64_MAX),
	MAYBE_TIME("oldest_due", oldest_due, has_oldest),
	MAYBE_TIME("next_due", next_due, has_next),
	MAYBE("clause", clause),
	MAYBE("assurance", assurance),
	MAYBE("advice", advice),
};
const struct codec_shape shape_counted = ROWS("COUNTED", counted_rows, OF);
#undef OF

#define OF struct msg_finding
static const struct codec_field finding_rows[] = {
	INT("severity", severity, 0, 2),
	TEXT("code", code),
	SAID("text", text),
	SAID("fix", fix),
};
const struct codec_shape shape_finding = ROWS("FINDING", finding_rows, OF);
#undef OF

#define OF struct commit_op
static const struct codec_field op_rows[] = {
	BYTES("op", op),
	BYTES("key", key),
};
static const struct codec_shape op_shape =
    ROWS("an operation", op_rows, OF);
#undef OF

#define OF struct shape_ops
static const struct codec_field ops_rows[] = {
	ARRAY("ops", ops, n, op_shape, WIRE_MOST_OPS),
};
const struct codec_shape shape_ops = ROWS("OPS", ops_rows, OF);
#undef OF

#define OF struct msg_intend
static const struct codec_field intend_rows[] = {
	BYTES("op", op),
	TEXT("object", object),
	COUNT("n", n, 1, COMMIT_MAX_ITEMS),
	BYTES("root", root),
};
const struct codec_shape shape_intend = ROWS("INTEND", intend_rows, OF);
#undef OF

#define OF struct msg_done
static const struct codec_field done_rows[] = {
	BYTES("op", op),
	COUNT("n", n, 1, COMMIT_MAX_ITEMS),
	COUNT("erased", erased, 0, COMMIT_MAX_ITEMS),
	COUNT("left", left, 0, COMMIT_MAX_ITEMS),
	COUNT("skipped_drift", skipped_drift, 0, COMMIT_MAX_ITEMS),
	MAYBE("method", method),
	MAYBE("assurance", assurance),
	BOOL("pseudonymous", pseudonymous),
	INT64("ms", ms, 0, INT64_MAX),
	MAYBE("error", error),
	SAID("error_text", error_text),
};
const struct codec_shape shape_done = ROWS("DONE", done_rows, OF);
#undef OF

#define OF struct msg_finished
static const struct codec_field finished_rows[] = {
	COUNT("erased", erased, 0, INT64_MAX),
	COUNT("skipped_drift", skipped_drift, 0, INT64_MAX),
	COUNT("left", left, 0, INT64_MAX),
	BOOL("more", more),
	BOOL("stopped", stopped),
};
const struct codec_shape shape_finished = ROWS("FINISHED", finished_rows, OF);
#undef OF

#define OF struct shape_want
static const struct codec_field want_rows[] = {
	COUNT("ops", ops, 1, WIRE_MOST_OPS),
};
const struct codec_shape shape_want = ROWS("WANT", want_rows, OF);
#undef OF

#define OF struct shape_peeked
static const struct codec_field peeked_rows[] = {
	BOOL("due", due),
};
const struct codec_shape shape_peeked = ROWS("PEEKED", peeked_rows, OF);
#undef OF

#define OF struct shape_ready
static const struct codec_field ready_rows[] = {
	INT64("dev", dev, 0, INT64_MAX),
	INT64("ino", ino, 0, INT64_MAX),
};
const struct codec_shape shape_ready = ROWS("READY", ready_rows, OF);
#undef OF

#define OF struct shape_go
static const struct codec_field go_rows[] = {
	BOOL("appends", appends),
	BOOL("alone", alone),
};
const struct codec_shape shape_go = ROWS("GO", go_rows, OF);
#undef OF

#define OF struct shape_fired
static const struct codec_field fired_rows[] = {
	BOOL("fired", fired),
	INT64("at", at_ms, INT64_MIN, INT64_MAX),
};
const struct codec_shape shape_fired = ROWS("FIRED", fired_rows, OF);
#undef OF

#define OF struct msg_known_event
static const struct codec_field known_event_rows[] = {
	TEXT("name", name),
	TIME("at", at),
};
static const struct codec_shape known_event_shape =
    ROWS("an event", known_event_rows, OF);
#undef OF

#define OF struct shape_events
static const struct codec_field events_rows[] = {
	ARRAY("events", list, n, known_event_shape, MSG_MOST_EVENTS),
};
const struct codec_shape shape_events = ROWS("events", events_rows, OF);
#undef OF

#define OF struct gate_hold
static const struct codec_field hold_rows[] = {
	ENUM("state", state, GATE_N_STATES),
	ENUM("scope", scope, GATE_N_SCOPES),
	TEXT("name", name),
	TEXT("kind", kind),
	BYTES("hash", hash),
	TIME("until", until),
};
static const struct codec_shape hold_shape = ROWS("a hold", hold_rows, OF);
#undef OF

#define OF struct shape_holds
static const struct codec_field holds_rows[] = {
	ARRAY("holds", list, n, hold_shape, MSG_MOST_HOLDS),
};
const struct codec_shape shape_holds = ROWS("holds", holds_rows, OF);
#undef OF

#define OF struct shape_failed
static const struct codec_field failed_rows[] = {
	TEXT("code", code),
	INT64("errno", sys_errno, 0, 4095),
	SAID("text", text),
};
const struct codec_shape shape_failed = ROWS("FAILED", failed_rows, OF);
#undef OF
