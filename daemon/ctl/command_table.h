/*
 * Every command of retentionctl: dispatch, help, usage errors, completion and
 * the check of the manual page come from here.
 * COMMAND(function, "words", "operands", least, most, options, flags,
 *     "what it does", "more about it")
 * The function is cmd_<function>().
 */
COMMAND(check_run, "check", "", 0, 0, 0, 0,
    "validate the configuration, the policies and the stores",
    "Reads everything and writes nothing. Prints what it finds dataset by\n"
    "dataset, with a remedy where there is one. Exit status 1 when there is\n"
    "an error; warnings and notes do not count.\n")
COMMAND(plan_run, "plan", "[DATASET...]", 0, SIZE_MAX, O(AT) | O(EXPLAIN) | O(SAVE), 0,
    "show what is due now, or at another time",
    "Opens every store read-only and counts what the next pass would take.\n"
    "A dataset is named notice/name; without names all are planned.\n"
    "A store that cannot be read does not stop the others; exit status 1.\n"
    "With --explain the chain of decisions about one row of one dataset; its\n"
    "key stands on the command line and is recorded nowhere.\n"
    "With --save the daemon looks, and saves what is due now of each dataset\n"
    "as a plan, in place of one that nobody has approved: 'approve' takes its\n"
    "id. It does so by itself in mode review, and when the brake stops.\n")
COMMAND(plan_save_approve, "approve", "PLAN", 1, 1, O(REASON), CLI_DAEMON,
    "let exactly the items of a saved plan go",
    "Those that are still due and not held. What has changed since or is gone\n"
    "is skipped; what fell due since waits for another plan. Needs --reason.\n"
    "Recorded in the trail with your name; it cannot be taken back.\n")
COMMAND(plan_save_reject, "reject", "PLAN", 1, 1, O(REASON), CLI_DAEMON,
    "end a saved plan: nothing of it goes",
    "While anything is due another plan is made. To keep it, place a hold or\n"
    "change the policy. Needs --reason; recorded with your name.\n")
COMMAND(run_run, "run", "[DATASET...]", 0, SIZE_MAX, O(WAIT), CLI_DAEMON,
    "let the daemon make a pass now",
    "Modes, brakes and windows hold for this pass as for any other.\n")
COMMAND(scrub_run, "scrub", "STORE", 1, 1, 0, CLI_DAEMON,
    "overwrite what is dead in a store's databases, now",
    "STORE is named notice/store. Every byte of the files that carries no\n"
    "meaning becomes zero, whoever left it there; the data stays, and its\n"
    "applications go on. Prints how many bytes of which kind were found.\n"
    "Refused while the store is under a hold. Recorded with your name. Exit\n"
    "status 1: not done, or pages that do not add up were left alone.\n")
COMMAND(status_run, "status", "", 0, 0, 0, CLI_DAEMON,
    "show the daemon's datasets, its trail and what needs a person",
    "Exit status 1 when anything needs a person; the reasons come last.\n")
COMMAND(reload_run, "reload", "", 0, 0, 0, CLI_DAEMON,
    "let the daemon take the changed configuration",
    "The new policies are taken whole or not at all. When they are wrong\n"
    "every error is printed, the old ones stay, and the exit status is 1.\n")
COMMAND(event_declare, "event declare", "NAME", 1, 1, O(AT), CLI_DAEMON,
    "declare an event that datasets wait for (until_event)",
    "A declaration is recorded in the trail with your name and cannot be\n"
    "taken back: what waits for it falls due. It is also the approval, so\n"
    "the brake does not apply. Look at 'retentionctl plan' afterwards.\n")
COMMAND(event_list, "event list", "", 0, 0, 0, CLI_DAEMON,
    "list the declared events", "")
COMMAND(hold_add, "hold add", "", 0, 0, O(DATASET) | O(STORE) | O(SUBJECT) |
    O(ALL) | O(MATTER) | O(ISSUER) | O(REASON) | O(UNTIL), CLI_DAEMON,
    "place a legal hold: nothing of what it names goes",
    "Exactly one of --dataset, --store, --subject and --all, and --matter.\n"
    "Answered when it is in force: a pass under way has ended its transaction\n"
    "and begins anew. Prints the id to release it by.\n")
COMMAND(hold_list, "hold list", "", 0, 0, 0, CLI_DAEMON,
    "list the holds and restrictions in force", "")
COMMAND(hold_release, "hold release", "ID", 1, 1, O(REASON), CLI_DAEMON,
    "release a hold: what it kept goes with the next pass",
    "Recorded in the trail with your name.\n")
COMMAND(hold_restrict, "subject restrict", "", 0, 0, O(REASON) | O(ISSUER) |
    O(MATTER) | O(UNTIL) | O(REQUEST) | O(RECEIVED) | O(DUE),
    CLI_DAEMON | CLI_PERSON, "restrict the processing of a person's data (--KIND VALUE)",
    "Neither erased nor anonymised until 'subject unrestrict'. The person is\n"
    "named by one identifier of a kind that datasets declare: --email X.\n"
    "Only a keyed hash of it is kept.\n")
COMMAND(hold_unrestrict, "subject unrestrict", "", 0, 0, O(REASON) |
    O(REQUEST) | O(RECEIVED) | O(DUE),
    CLI_DAEMON | CLI_PERSON, "end the restriction of a person's data", "")
COMMAND(subject_find, "subject find", "", 0, 0, O(SHOW) | O(FAST) |
    O(LOG_LINES), CLI_PERSON,
    "find what all stores hold about a person (--KIND VALUE)",
    "The person is named by identifiers of the kinds that datasets declare:\n"
    "--email X --nhs-number Y; each is found in every spelling (case, spaces,\n"
    "Unicode). Opens every store read-only, as 'plan' does, and does not ask\n"
    "the daemon. Prints counts; with --show the values. An index is used where\n"
    "it holds every spelling; else all rows are read, and the output says so.\n"
    "Rows 'outside' name the person, but are not the dataset's (its where).\n")
COMMAND(subject_copy, "subject copy", "", 0, 0, O(OUT) | O(LOG_LINES) |
    O(REQUEST) | O(RECEIVED) | O(DUE), CLI_PERSON,
    "write everything held about a person to one archive",
    "--out FILE.tar is needed, and nothing may be there. Rows with all that\n"
    "belongs to them, attached files too, as JSON and CSV, with a page to read\n"
    "first and a manifest: sources, promises, periods, due dates. That it was\n"
    "made is registered and recorded by the daemon, if one is reachable.\n")
COMMAND(subject_requests, "subject requests", "", 0, 0, O(ALL), CLI_DAEMON,
    "list the open requests of persons, the most pressing first",
    "With --all the closed ones, too. A person is known by a keyed hash alone.\n"
    "Exit status 1 when one is past its day.\n")
COMMAND(subject_receive, "subject receive", "KIND", 1, 1, O(RECEIVED) | O(DUE),
    CLI_DAEMON | CLI_PERSON, "register a person's request, to be answered later",
    "KIND is find, copy, correct, erase, restrict or unrestrict; the person is\n"
    "named as in 'subject find'. Prints its id and the last day to answer. The\n"
    "commands that answer it take --request ID, and register by themselves\n"
    "what was not.\n")
COMMAND(subject_close, "subject close", "ID", 1, 1, O(REASON) | O(REFUSED),
    CLI_DAEMON, "close a registered request that was answered otherwise",
    "Needs --reason; with --refused it was not complied with. Recorded in the\n"
    "trail with your name.\n")
COMMAND(subject_correct, "subject correct", "", 0, 0, O(DATASET) | O(SET) |
    O(SET_NULL) | O(YES) | O(REASON) | O(REQUEST) | O(RECEIVED) | O(DUE),
    CLI_DAEMON | CLI_PERSON,
    "correct columns of a person's rows in a dataset (--KIND VALUE)",
    "--dataset and --set or --set-null are needed. All rows of the person in it\n"
    "get the value, or none; the old one is overwritten wherever it lay. Without\n"
    "--yes the rows are counted first, and you are asked. A value that begins\n"
    "with @ is written @@. Rows under a hold or a restriction are refused, and so\n"
    "are columns that name a row or decide when it goes. What cannot be corrected\n"
    "stays open in 'subject requests'; take it up with --request.\n")
COMMAND(erase_person, "subject erase", "", 0, 0, O(REASON) |
    O(REQUEST) | O(RECEIVED) | O(DUE) | O(LOG_LINES),
    CLI_DAEMON | CLI_PERSON,
    "erase a person's data in every store now (--KIND VALUE)",
    "Each dataset that declares one of the kinds does to the person's rows what\n"
    "it does to all in the end; children and files go along. Several identifiers\n"
    "name one person. Holds and restrictions refuse; so do datasets that keep the\n"
    "row for another reason. With --log-lines the identifiers are overwritten in\n"
    "the lines of log stores, too. Goes on after a crash. Exit status 1 when\n"
    "anything is left, which is then said. Cannot be taken back.\n")
COMMAND(erase_restored, "restored", "STORE", 1, 1, 0, CLI_DAEMON,
    "say that a store came out of a backup: erased people go again",
    "Whoever was erased on request within the life of a backup (suppress_for of\n"
    "the notice) is looked for in it, and what is due is taken, at once. The\n"
    "daemon notices a replaced or older file by itself.\n")
COMMAND(audit_verify, "audit verify", "[DIR]", 0, 1,
    O(KEY) | O(MAX_AGE) | O(ACCEPT_REKEY) | O(ANCHOR) | O(TSA_CA) |
    O(WITNESS) | O(STATE_FILE) | O(STORES),
    CLI_VERDICT, "verify the audit trail",
    "DIR is a state folder, a trail folder or one segment; without it the\n"
    "state folder of the configuration. Exit status: 0 VALID, 1 TAMPERED,\n"
    "2 INCOMPLETE, 3 UNVERIFIABLE, 4 wrong usage or unreadable.\n"
    "Without --key a trail is never VALID: anybody could have signed it.\n"
    "With --stores the stores of today's policies are opened read-only, and\n"
    "what is recorded as erased but is there, due as it was, is TAMPERED: the\n"
    "record is false, or a backup was restored. Needs the epochs' keys.\n")
COMMAND(anchor_now, "audit anchor", "", 0, 0, 0, CLI_DAEMON,
    "let the daemon anchor the trail now",
    "Seals what is not sealed yet, runs the hook of trail.anchor_hook, and\n"
    "waits for what comes back. No answer yet is no failure.\n")
COMMAND(consistency_show, "audit consistency", "OLD NEW [DIR]", 2, 3, 0, 0,
    "prove that a checkpoint continues an earlier one",
    "Prints the hashes of RFC 6962, section 2.1.2, in base 64, one per line,\n"
    "from the tree of OLD records to that of NEW: what a witness asks for.\n")
COMMAND(keep_prune, "audit prune", "", 0, 0, O(BEFORE) | O(KEEP), CLI_DAEMON,
    "let the daemon remove the oldest records of the audit trail",
    "Whole segments go, compressed or not, and never the newest one. What\n"
    "stays can be verified as before. Give --before or --keep. The removal\n"
    "is recorded in the trail with your name and cannot be taken back.\n")
COMMAND(history_show, "audit show", "[DIR]", 0, 1, O(DATASET) | O(TYPE) | O(LAST),
    0, "show the history that the audit trail records",
    "With --json the records themselves, as an array. The records are\n"
    "checked against each other, but not against a pinned key.\n")
COMMAND(receipt_make, "audit receipt", "", 0, 0, O(DATASET) | O(KEY) | O(OUT),
    CLI_KEYS, "prove that one row, line or file was erased, when and why",
    "--dataset and --key are needed. A key of several columns is given by as\n"
    "many --key, in the order of the key; in a store of many databases the\n"
    "file comes first. A file is named by its path below the store's folder, a\n"
    "log line by device:inode:offset. The receipt names the row, so it is\n"
    "personal data. Exit status 1: not in the trail, or no longer openable.\n")
COMMAND(receiptcheck_run, "audit verify-receipt", "FILE", 1, 1, O(KEY),
    CLI_VERDICT, "check a receipt, with nothing but the public key",
    "Exit status: 0 VALID, 1 TAMPERED, 2 INCOMPLETE (the operation left some\n"
    "of its items), 3 UNVERIFIABLE (no key or another), 4 wrong usage.\n")
COMMAND(certificate_run, "audit certificate", "[DATASET...]", 0, SIZE_MAX,
    O(AGREEMENT) | O(FROM) | O(TO) | O(KEY) | O(OUT), 0,
    "make a record of disposal from the verified trail",
    "Per class: authority, dates, method, assurance, counts, decisions; and\n"
    "what is not claimed. Without names all datasets. A TAMPERED trail\n"
    "certifies nothing: exit status 1.\n")
COMMAND(export_run, "audit export", "DIR|FILE.tar", 1, 1, O(KEY), 0,
    "hand over the evidence: trail, policies, certificate, sums",
    "Makes a new folder or tar file that can be verified without this\n"
    "program. There is no key in it, and nothing about a person.\n")
COMMAND(report_run, "report", "", 0, 0, O(HTML) | O(FROM) | O(TO) | O(KEY), 0,
    "make the retention report: what was promised and what was done",
    "Per dataset the promise, what the verified trail says was done in the\n"
    "period, what was put off or failed, and what is overdue now; holds and\n"
    "requests as counts; the trail's verdict. Stores are opened read-only.\n"
    "With --html one page for a browser. Exit status 1 on a TAMPERED trail.\n")
COMMAND(key_init, "key init", "", 0, 0, O(RECOVERY), 0,
    "make the signing key, when there is none",
    "Makes the state folder and its keys, keeps those that exist, and prints\n"
    "the public key. Write that down where the machine cannot change it.\n"
    "With --recovery also a recovery key, whose private part goes to FILE, to\n"
    "be taken offline. It can replace a lost signing key, if the trail names\n"
    "it from its first record on; so it is made before the daemon starts.\n")
COMMAND(key_show, "key show", "", 0, 0, 0, 0,
    "show the public key to verify the trail with",
    "On stdout the key to pin, which stays the first one; on stderr the key\n"
    "that signs now, its epoch, its age and when it is replaced.\n")
COMMAND(key_rotate, "key rotate", "", 0, 0, 0, CLI_DAEMON,
    "replace the signing key by a new one now",
    "What was sealed so far cannot be rewritten with the new key; the old one\n"
    "is destroyed. The key to pin stays the first one. Recorded with your name.\n")
COMMAND(key_rekey, "key rekey", "", 0, 0, O(RECOVERY) | O(KEY), 0,
    "replace a lost signing key by means of the recovery key",
    "The daemon must be stopped. FILE is what 'key init --recovery' made. The\n"
    "trail goes on with a new key, and verifying it says INCOMPLETE until the\n"
    "auditor accepts that with --accept-rekey. --key checks the trail's first\n"
    "key before anything is written.\n")
COMMAND(keep_shred, "key shred", "[EPOCH...]", 0, SIZE_MAX, O(BEFORE),
    CLI_DAEMON, "let the daemon destroy the commitment keys of old epochs",
    "The trail still verifies, but nobody can tell any more which items its\n"
    "records of those epochs are about, nor make or open a receipt. Give\n"
    "epochs, or --before for all that ended before. Recorded in the trail\n"
    "with your name; it cannot be taken back.\n")
COMMAND(clock_confirm, "clock confirm", "", 0, 0, 0, CLI_DAEMON,
    "say that the system's time is right, after it was in doubt",
    "After a step back, or forward beyond clock.max_step, nothing is erased\n"
    "until somebody has looked at the clock. Set it right first: what is due\n"
    "is judged by it. Recorded in the trail with your name.\n")
COMMAND(help_run, "help", "[COMMAND]", 0, 2, 0, 0,
    "list the commands, or explain one", "")
COMMAND(help_version, "version", "", 0, 0, 0, 0, "print the version", "")
COMMAND(manual_run, "manual", "retentiond.conf|policy", 1, 1, 0, CLI_HIDDEN,
    "print the table of settings for a manual page", "")
