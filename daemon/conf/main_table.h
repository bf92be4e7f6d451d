/* The settings of retentiond.conf itself: rows of struct schema_row. */
{ .name = "policies", .type = SCHEMA_PATH, .at = MAIN(policies),
  .preset = "policies.d", .sentence = "The folder of the policy files: every"
  " *.conf in it, in name order." },
{ .name = "policy_keys", .type = SCHEMA_STRINGS, .at = MAIN(policy_keys),
  .count_at = MAIN(n_policy_keys), .sentence = "The verifier keys of those"
  " who approve policies, at most 32. When there is one, every policy file"
  " needs a signature by one of them, see SIGNED POLICIES. Cannot change in a"
  " running daemon." },
{ .name = "state", .type = SCHEMA_PATH, .at = MAIN(state),
  .preset = "/var/lib/retentiond",
  .sentence = "The folder of ledger, keys and trail." },
{ .name = "control", .type = SCHEMA_PATH, .at = MAIN(control),
  .preset = "/run/retentiond/control.sock",
  .sentence = "The control socket." },
{ .name = "origin", .type = SCHEMA_ORIGIN, .at = MAIN(origin),
  .sentence = "The trail's name. Default: the host name." },
{ .name = "metrics", .type = SCHEMA_PATH_OPTION, .at = MAIN(metrics),
  .preset = "retentiond.prom",
  .sentence = "A file for Prometheus, replaced atomically; \"\" for none." },
{ .name = "admins", .type = SCHEMA_OPTION, .at = MAIN(admins),
  .preset = "retention-admin",
  .sentence = "The group that may change things over the control socket;"
  " \"\" for root only." },
{ .name = "auditors", .type = SCHEMA_OPTION, .at = MAIN(auditors),
  .preset = "retention-audit", .sentence = "The group that may read over"
  " the control socket; \"\" for root and admins only." },
{ .name = "check_every", .type = SCHEMA_SPAN, .at = MAIN(check_every_ms),
  .preset = "1 hour", .least = SECOND, .most = 31 * DAYS,
  .sentence = "The longest time between two looks at a store." },
{ .name = "job_timeout", .type = SCHEMA_SPAN, .at = MAIN(job_timeout_ms),
  .preset = "10 minutes", .least = SECOND, .most = 7 * DAYS,
  .sentence = "A worker that has been silent for so long is ended." },
{ .name = "sandbox", .type = SCHEMA_NEED, .at = MAIN(sandbox_required),
  .preset = "preferred", .sentence = "Workers are confined by Landlock and"
  " seccomp. Where the kernel lacks one of them, preferred goes on with a"
  " warning, required opens no store." },
{ .name = "brake", .type = SCHEMA_GROUP, .at = MAIN(brake),
  .inner = SCHEMA_BRAKE, .sentence = "When a dataset stops for approval." },
{ .name = "plan_expires", .type = SCHEMA_SPAN, .at = MAIN(plan_expires_ms),
  .preset = "30 days", .least = SECOND, .most = 366 * DAYS,
  .sentence = "A saved plan that nobody has approved ends after this." },
{ .name = "clock", .type = SCHEMA_GROUP, .at = 0, .inner = SCHEMA_CLOCKS,
  .sentence = "When the system's time is not believed." },
{ .name = "trail", .type = SCHEMA_GROUP, .at = 0, .inner = SCHEMA_TRAIL,
  .sentence = "The audit trail." },
