/*
 * Every option of retentionctl, with one meaning wherever it is allowed.
 * OPTION(NAME, "--name", letter or 0, "VALUE" or NULL, "help")
 * CONF, JSON, HELP and VERSION are allowed with every command.
 */
OPTION(CONF,	"--config",  'c', "FILE",
    "the configuration, /etc/retentiond/retentiond.conf by default")
OPTION(JSON,	"--json",    0,   NULL,	"print one JSON value instead of text")
OPTION(HELP,	"--help",    'h', NULL,	"say how a command is used")
OPTION(VERSION,	"--version", 0,   NULL,	"print the version")
OPTION(AT,	"--at",	     0,   "TIME",
    "an instant: 2026-11-22, or RFC 3339 like 2026-11-22T10:00:00Z")
OPTION(EXPLAIN,	"--explain", 0,   "ROWKEY",
    "tell why the row of this key goes or stays; once for each column of the key")
OPTION(SAVE,	"--save",    0,   NULL,	"let the daemon save it, to be approved")
OPTION(WAIT,	"--wait",    0,   NULL,	"wait for the pass and show its outcome")
OPTION(ALL,	"--all",     0,   NULL,	"everything that the policies name")
OPTION(STORE,	"--store",   0,   "NAME",	"a store, as notice/store")
OPTION(SUBJECT,	"--subject", 0,   "KIND=VALUE",
    "a person, by an identifier such as email=ann@example.org")
OPTION(MATTER,	"--matter",  0,   "TEXT",
    "what it is about; stands in the trail, so name no person")
OPTION(ISSUER,	"--issuer",  0,   "TEXT",	"on whose order")
OPTION(REASON,	"--reason",  0,   "TEXT",
    "why; the trail holds a digest of it only")
OPTION(UNTIL,	"--until",   0,   "TIME",	"ends by itself then")
OPTION(BEFORE,	"--before",  0,   "TIME",
    "what is older than this: a date, or RFC 3339")
OPTION(KEEP,	"--keep",    0,   "PERIOD",
    "what is older than this period, such as \"3 years\"")
OPTION(KEY,	"--key",     0,   "VKEY",
    "the public key to pin to, or @FILE that holds it (receipt: the row's key)")
OPTION(MAX_AGE,	"--max-age", 0,   "TIME",
    "the last record must not be older than this, such as \"26 hours\"")
OPTION(ACCEPT_REKEY, "--accept-rekey", 0, NULL,
    "a key replaced by means of the recovery key is in order")
OPTION(ANCHOR,	"--anchor",  0,   "FILE",
    "evidence kept elsewhere: a checkpoint's copy, time stamp or cosigned form; may be repeated")
OPTION(TSA_CA,	"--tsa-ca",  0,   "FILE",
    "the certificates (PEM) of the time stamping authorities to believe")
OPTION(WITNESS,	"--witness", 0,   "VKEY",
    "the verifier key of a witness to believe, or @FILE with one per line")
OPTION(STATE_FILE, "--state-file", 0, "FILE",
    "go on where an earlier verification ended, and note how far this one got")
OPTION(RECOVERY, "--recovery", 0, "FILE",
    "the private part of the offline recovery key")
OPTION(DATASET,	"--dataset", 0,   "NAME",	"this dataset, as notice/name")
OPTION(TYPE,	"--type",    0,   "TYPE",	"only records of this type")
OPTION(LAST,	"--last",    0,   "N",		"only the last N of them")
OPTION(OUT,	"--out",     0,   "FILE",	"write to this new file")
OPTION(AGREEMENT, "--agreement", 0, "ID",	"only what ended with this agreement")
OPTION(FROM,	"--from",    0,   "TIME",	"from this instant on")
OPTION(TO,	"--to",	     0,   "TIME",	"before this instant")
OPTION(HTML,	"--html",    0,   "FILE",	"write one HTML page to this new file")
OPTION(STORES,	"--stores",  0,   NULL,	"look in the stores for what is recorded as erased")
OPTION(REQUEST,	"--request", 0,   "ID",		"the registered request that this answers")
OPTION(RECEIVED, "--received", 0, "TIME",	"when the person asked; now by default")
OPTION(DUE,	"--due",     0,   "DATE",
    "the last day to answer; a calendar month after it came by default")
OPTION(REFUSED,	"--refused", 0,   NULL,	"it was not complied with; needs --reason")
OPTION(SHOW,	"--show",    0,   NULL,	"show the values as well")
OPTION(SET,	"--set",     0,   "COLUMN=VALUE",
    "the column's new value, or @FILE that holds it, @- for standard input; may be repeated")
OPTION(SET_NULL, "--set-null", 0, "COLUMN",	"the column becomes NULL; may be repeated")
OPTION(YES,	"--yes",     0,   NULL,	"do it without asking")
OPTION(FAST,	"--fast",    0,   NULL,
    "read no table as a whole: where no index serves, it is not searched")
OPTION(LOG_LINES, "--log-lines", 0, NULL,
    "the lines of log stores, too")
