/* The settings of one of stores: rows of struct schema_row. */
{ .name = "name", .type = SCHEMA_NAME, .at = STORE(s.name), .required = true,
  .sentence = "How datasets call it; unique in its file." },
{ .name = "sqlite", .type = SCHEMA_PATH, .at = STORE(path[RULE_SQLITE]),
  .sentence = "A SQLite database, or a pattern for several of one shape." },
{ .name = "logs", .type = SCHEMA_PATH, .at = STORE(path[RULE_LOGS]),
  .sentence = "Log files, as a path or pattern." },
{ .name = "files", .type = SCHEMA_PATH, .at = STORE(path[RULE_FILES]),
  .sentence = "A folder of files. Exactly one of sqlite, logs and files has"
  " to be given." },
{ .name = "cache", .type = SCHEMA_SIZE, .at = STORE(s.cache_bytes),
  .preset = "40 MiB", .least = MIB, .most = 4096 * MIB,
  .sentence = "SQLite's page cache in the worker." },
{ .name = "lock", .type = SCHEMA_SPAN, .at = STORE(s.lock_ms),
  .preset = "10 ms", .least = MS, .most = SECOND,
  .sentence = "How long a write lock is held at most while other programs"
  " use the database." },
{ .name = "busy", .type = SCHEMA_SPAN, .at = STORE(s.busy_ms),
  .preset = "5 seconds", .least = MS, .most = HOUR,
  .sentence = "How long to wait for a lock." },
{ .name = "scrub", .type = SCHEMA_SCRUB, .at = STORE(s.scrub),
  .preset = "erased",
  .sentence = "When the bytes of a SQLite database that no longer carry meaning"
  " are overwritten in place, and its full-text indexes merged: \"erased\","
  " after rows were erased; \"full\", then and after each pass that finds the"
  " files otherwise than the last scrub of all of them left them, unless"
  " something in them is under a hold or a brake holds: what the application"
  " itself has deleted goes as well; \"off\", never." },
