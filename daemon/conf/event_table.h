/* The settings of one of events: rows of struct schema_row. */
{ .name = "name", .type = SCHEMA_NAME, .at = EVENT(e.name), .required = true,
  .sentence = "The event, as until_event calls it." },
{ .name = "store", .type = SCHEMA_NAME, .at = EVENT(e.store),
  .required = true, .sentence = "The SQLite store that it is read from." },
{ .name = "query", .type = SCHEMA_TEXT, .at = EVENT(e.query),
  .required = true, .sentence = "A SELECT of one value: the time of the"
  " event, or NULL while it has not happened." },
{ .name = "clock", .type = SCHEMA_CLOCK, .at = EVENT(clock),
  .required = true, .sentence = "How that time is written." },
{ .name = "zone", .type = SCHEMA_ZONE, .at = EVENT(e.zone), .preset = "UTC",
  .sentence = "The zone of times without an offset." },
