/* The settings of keep in one of datasets: rows of struct schema_row. */
{ .name = "period", .type = SCHEMA_PERIOD, .at = DATASET(d.timing.period),
  .sentence = "Due when this has passed since the time in from." },
{ .name = "from", .type = SCHEMA_TEXT, .at = DATASET(d.timing.from),
  .sentence = "A column or SQL expression; in log stores line, mtime or name;"
  " in file stores mtime." },
{ .name = "until", .type = SCHEMA_TEXT, .at = DATASET(until),
  .sentence = "Due when this column is not NULL and its time has passed." },
{ .name = "until_event", .type = SCHEMA_NAME,
  .at = DATASET(d.timing.event), .sentence = "Due when this event has been"
  " declared, or is read by events." },
{ .name = "until_date", .type = SCHEMA_DATE, .at = DATASET(until_date),
  .sentence = "Due when this day has ended, in UTC; needs agreement." },
{ .name = "indefinitely", .type = SCHEMA_TEXT,
  .at = DATASET(d.timing.reason), .sentence = "Never due, for the reason"
  " that is given here." },
{ .name = "grace", .type = SCHEMA_PERIOD, .at = DATASET(d.timing.grace),
  .sentence = "Added to the time of until or until_event." },
{ .name = "clock", .type = SCHEMA_CLOCK, .at = DATASET(clock),
  .sentence = "How the time in from or until is written; SQLite stores." },
{ .name = "zone", .type = SCHEMA_ZONE, .at = DATASET(d.timing.zone),
  .sentence = "The zone of times without an offset and of days."
  " Default: UTC." },
{ .name = "agreement", .type = SCHEMA_TEXT,
  .at = DATASET(d.timing.agreement), .sentence = "The agreement that ends on"
  " until_date, for the disposal record." },
