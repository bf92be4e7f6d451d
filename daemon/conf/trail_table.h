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
{ .name = "anchor_hook", .type = SCHEMA_PATH_OPTION, .at = MAIN(anchor_hook),
  .preset = "", .sentence = "A program that takes checkpoints out of this"
  " host's reach and brings back the evidence, see ANCHORS." },
{ .name = "anchor_every", .type = SCHEMA_SPAN, .at = MAIN(anchor_every_ms),
  .preset = "1 day", .least = SECOND, .most = 366 * DAYS,
  .sentence = "The shortest time between two anchors; a rotation of the key"
  " and retentionctl audit anchor do not wait." },
{ .name = "anchor_max_age", .type = SCHEMA_SPAN_OPTION,
  .at = MAIN(anchor_max_age_ms), .preset = "", .least = SECOND,
  .most = 366 * DAYS, .sentence = "When the last anchor is older than this,"
  " the status says that a person is needed; nothing else changes." },
{ .name = "anchor_copies", .type = SCHEMA_PATH_OPTION,
  .at = MAIN(anchor_copies), .preset = "", .sentence = "A folder of copies"
  " of checkpoints, best not on this host: the daemon does not start on a"
  " trail that is behind one of them or differs from it." },
{ .name = "tsa_ca", .type = SCHEMA_PATH_OPTION, .at = MAIN(tsa_ca),
  .preset = "", .sentence = "The certificates (PEM) of the time stamping"
  " authorities that are believed." },
{ .name = "witnesses", .type = SCHEMA_STRINGS, .at = MAIN(witnesses),
  .count_at = MAIN(n_witnesses), .sentence = "The verifier keys of the"
  " witnesses whose cosignatures are believed, at most 32." },
