/* The settings of clock in retentiond.conf: rows of struct schema_row. */
{ .name = "max_step", .type = SCHEMA_SPAN, .at = MAIN(clock_max_step_ms),
  .preset = "26 hours", .least = MINUTE, .most = 366 * DAYS,
  .sentence = "A step forward beyond this stops enforcement until a person"
  " confirms the time." },
{ .name = "require_sync", .type = SCHEMA_BOOL,
  .at = MAIN(clock_require_sync), .preset = "false",
  .sentence = "Act only while the kernel calls its clock synchronised." },
