/*
 * Every request on the control socket.  CTL(NAME, "word", right, needs)
 * One JSON object per line each way, at most CTL_MOST_BYTES.  A request:
 *   {"do":"run","datasets":["n/d"],"wait":true,"name":"x","at":ms}
 *   {"do":"hold add","scope":"subject","kind":"email","value":"...",
 *    "matter":"...","issuer":"...","reason":"...","at":ms}
 *   {"do":"subject receive","name":"copy","persons":[{"kind":..,"value":..}],
 *    "received":ms,"due":ms}
 *   {"do":"subject correct","name":"n/d","persons":[...],
 *    "set":[{"column":..,"value":"..." or null}]}
 *   {"do":"subject answer","name":"<id>","state":"done","outcomes":[...]}
 * Any number of {"progress":{...}} lines may come before the one reply:
 *   {"ok":true,...}  or  {"ok":false,"code":"refused","errors":["..."]}
 * READ is for the auditors' group, CHANGE for the admins' group; root and the
 * daemon's own user may do both.
 */
CTL(STATUS,	"status",		READ)
CTL(RUN,	"run",			CHANGE)
CTL(RELOAD,	"reload",		CHANGE)
CTL(EVENT_ADD,	"event declare",	CHANGE)
CTL(EVENT_LIST,	"event list",		READ)
CTL(HOLD_ADD,	"hold add",		CHANGE)
CTL(HOLD_RELEASE, "hold release",	CHANGE)
CTL(HOLD_LIST,	"hold list",		READ)
CTL(RESTRICT,	"subject restrict",	CHANGE)
CTL(UNRESTRICT,	"subject unrestrict",	CHANGE)
CTL(KEY_ROTATE,	"key rotate",		CHANGE)
CTL(AUDIT_PRUNE, "audit prune",		CHANGE)
CTL(KEY_SHRED,	"key shred",		CHANGE)
CTL(ANCHOR,	"audit anchor",		CHANGE)
CTL(CLOCK_CONFIRM, "clock confirm",	CHANGE)
CTL(PLAN_SAVE,	"plan save",		READ)
CTL(APPROVE,	"approve",		CHANGE)
CTL(REJECT,	"reject",		CHANGE)
CTL(SUBJECT_LIST, "subject requests",	READ)
CTL(SUBJECT_RECEIVE, "subject receive",	CHANGE)
CTL(SUBJECT_ANSWER, "subject answer",	CHANGE)
CTL(SUBJECT_ERASE, "subject erase",	CHANGE)
CTL(RESTORED,	"restored",		CHANGE)
CTL(SCRUB,	"scrub",		CHANGE)
CTL(SUBJECT_CORRECT, "subject correct", CHANGE)
