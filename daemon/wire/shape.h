/*
 * shape - the fields of everything that is sent as JSON on a link.
 */
#ifndef DAEMON_WIRE_SHAPE_H
#define DAEMON_WIRE_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include "retention/commit.h"

#include "codec.h"

struct msg_known_event;

/* Bodies too small for a struct in msg.h. */
struct shape_hello { int64_t version, pid; };
struct shape_ops { size_t n; const struct commit_op *ops; };
struct shape_want { size_t ops; };
struct shape_peeked { bool due; };
struct shape_ready { int64_t dev, ino; };
struct shape_go { bool appends, alone; };
struct shape_fired { bool fired; int64_t at_ms; };
struct shape_events { size_t n; const struct msg_known_event *list; };
struct shape_holds { size_t n; const struct gate_hold *list; };
struct shape_failed { int64_t sys_errno; const char *code, *text; };

extern const struct codec_shape shape_hello, shape_open, shape_dataset,
    shape_job, shape_event, shape_counted, shape_finding, shape_ops,
    shape_intend, shape_done, shape_finished, shape_want, shape_peeked,
    shape_fired, shape_failed, shape_events, shape_ready, shape_go,
    shape_gates, shape_holds, shape_store, shape_person, shape_person_fix;

#endif
