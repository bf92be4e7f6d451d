/* The settings of one of datasets: rows of struct schema_row. */
{ .name = "name", .type = SCHEMA_NAME, .at = DATASET(d.name),
  .required = true, .sentence = "The second part of its full name,"
  " notice.id/name; unique in its file." },
{ .name = "promise", .type = SCHEMA_TEXT, .at = DATASET(d.promise),
  .required = true, .sentence = "What the notice promises, in its words." },
{ .name = "basis", .type = SCHEMA_TEXT, .at = DATASET(d.basis),
  .sentence = "The legal basis." },
{ .name = "mode", .type = SCHEMA_MODE, .at = DATASET(mode),
  .preset = "report", .sentence = "report never acts, review acts on plans"
  " that a person has approved, enforce acts." },
{ .name = "store", .type = SCHEMA_NAME, .at = DATASET(d.store),
  .required = true, .sentence = "One of stores, by its name." },
{ .name = "table", .type = SCHEMA_TEXT, .at = DATASET(d.table),
  .sentence = "The table; SQLite stores, unless the action is destroy." },
{ .name = "key", .type = SCHEMA_STRINGS, .at = DATASET(d.key),
  .count_at = DATASET(d.n_key), .sentence = "The columns that name a row."
  " Default: the primary key." },
{ .name = "keep", .type = SCHEMA_GROUP, .at = 0, .inner = SCHEMA_KEEP,
  .required = true, .sentence = "How long." },
{ .name = "action", .type = SCHEMA_ACTION, .at = DATASET(action),
  .sentence = "What is done with what is due; required unless it is kept"
  " indefinitely." },
{ .name = "columns", .type = SCHEMA_COLUMNS, .at = DATASET(d.columns),
  .count_at = DATASET(d.n_columns), .sentence = "For anonymise: the method of"
  " each column, of null, empty, set:VALUE, redact, pseudonym, ip-prefix,"
  " year, month, outward, email-domain and truncate:N." },
{ .name = "set", .type = SCHEMA_VALUES, .at = DATASET(d.set),
  .count_at = DATASET(d.n_set), .sentence = "For anonymise: plain values"
  " that are written along with it." },
{ .name = "children", .type = SCHEMA_LIST, .at = DATASET(d.children),
  .count_at = DATASET(d.n_children), .inner = SCHEMA_CHILD,
  .sentence = "Rows of other tables that belong to a row." },
{ .name = "files", .type = SCHEMA_GROUP, .at = DATASET(d.files),
  .inner = SCHEMA_FILES, .sentence = "Files that belong to a row." },
{ .name = "subject", .type = SCHEMA_SUBJECT, .at = DATASET(d.subject),
  .count_at = DATASET(d.n_subject), .sentence = "Which column holds which"
  " identifier of the person." },
{ .name = "where", .type = SCHEMA_TEXT, .at = DATASET(d.where),
  .sentence = "An SQL condition over the table alone: the rows that the"
  " dataset is about." },
{ .name = "window", .type = SCHEMA_WINDOW, .at = DATASET(d.window),
  .sentence = "The time of day in which it acts; may cross midnight."
  " Default: always." },
{ .name = "brake", .type = SCHEMA_GROUP, .at = DATASET(d.brake),
  .inner = SCHEMA_OWN_BRAKE, .sentence = "The dataset's own brake." },
{ .name = "unit", .type = SCHEMA_UNIT, .at = DATASET(unit),
  .sentence = "Log stores: what is erased at once. Default: line." },
{ .name = "time_format", .type = SCHEMA_FORMAT,
  .at = DATASET(d.time_format), .sentence = "Log stores: how a line's time"
  " is written; required for from = line." },
{ .name = "mask", .type = SCHEMA_GROUP, .at = DATASET(d.mask),
  .inner = SCHEMA_MASK, .sentence = "Log stores, anonymise: what is taken"
  " out of a line." },
{ .name = "match", .type = SCHEMA_TEXT, .at = DATASET(d.match),
  .sentence = "File stores: a pattern for the files' names. Default: all"
  " files." },
{ .name = "empty_folders", .type = SCHEMA_EMPTY, .at = DATASET(empty),
  .sentence = "File stores: what becomes of a folder when erasing has left"
  " nothing in it. Default: keep." },
