/* The settings of notice in a policy file: rows of struct schema_row. */
{ .name = "id", .type = SCHEMA_NAME, .at = POLICY(n.id), .required = true,
  .sentence = "The first part of its datasets' full names; unique." },
{ .name = "title", .type = SCHEMA_TEXT, .at = POLICY(n.title),
  .required = true, .sentence = "What the notice is called." },
{ .name = "controller", .type = SCHEMA_TEXT, .at = POLICY(n.controller),
  .required = true, .sentence = "Who is responsible for the data." },
{ .name = "owner", .type = SCHEMA_TEXT, .at = POLICY(n.owner),
  .sentence = "Who answers for this policy; without it there is a"
  " warning." },
{ .name = "review_by", .type = SCHEMA_DATE, .at = POLICY(n.review_by),
  .sentence = "When the policy is to be looked at again; without it there is"
  " a warning." },
{ .name = "suppress_for", .type = SCHEMA_PERIOD, .at = POLICY(n.suppress_for),
  .preset = "1 year", .sentence = "How long it is remembered, as keyed hashes,"
  " who was erased on request, so that nobody comes back out of a backup: the"
  " longest life of one." },
