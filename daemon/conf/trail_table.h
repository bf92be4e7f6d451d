/* The settings of trail in retentiond.conf: rows of struct schema_row. */
{ .name = "rotate_key_every", .type = SCHEMA_SPAN,
  .at = MAIN(rotate_key_every_ms), .preset = "1 day", .least = MINUTE,
  .most = 366 * DAYS, .sentence = "How long a signing key is used." },
{ .name = "checkpoint_within", .type = SCHEMA_SPAN,
  .at = MAIN(checkpoint_within_ms), .preset = "60 seconds", .least = SECOND,
  .most = DAYS, .sentence = "A record is under a signed checkpoint at the"
  " latest after this." },
{ .name = "heartbeat", .type = SCHEMA_SPAN, .at = MAIN(heartbeat_ms),
  .preset = "24 hours", .least = MINUTE, .most = 31 * DAYS,
  .sentence = "A record is written at least so often, so that silence is"
  " seen." },
{ .name = "segment", .type = SCHEMA_SIZE, .at = MAIN(segment_bytes),
  .preset = "64 MiB", .least = 65536, .most = 4096 * MIB,
  .sentence = "The size at which a new file of the trail is begun." },
{ .name = "keep", .type = SCHEMA_PERIOD_OPTION, .at = MAIN(trail_keep),
  .preset = "", .sentence = "How long records are kept. Older ones go by whole"
  " segments, and what stays can still be verified; \"\" keeps them all." },
{ .name = "keep_commitment_keys", .type = SCHEMA_PERIOD_OPTION,
  .at = MAIN(keep_commitment_keys), .preset = "",
  .sentence = "How long, after its epoch, the key is kept by which receipts"
  " are made and items recognised in the trail; \"\" keeps them all." },
{ .name = "anchor_hook", .type = SCHEMA_OPTION, .at = MAIN(anchor_hook),
  .preset = "", .sentence = "A program that takes each checkpoint to a place"
  " out of this host's reach." },
{ .name = "anchor_max_age", .type = SCHEMA_SPAN_OPTION,
  .at = MAIN(anchor_max_age_ms), .preset = "", .least = MINUTE,
  .most = 366 * DAYS, .sentence = "A last success of the hook older than"
  " this is reported." },
