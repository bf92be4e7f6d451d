#include "retention/verify.h"

const char *
verify_verdict_name(enum verify_verdict v)
{
	static const char *const names[] = { [VERIFY_VALID] = "VALID",
		[VERIFY_TAMPERED] = "TAMPERED",
		[VERIFY_INCOMPLETE] = "INCOMPLETE",
		[VERIFY_UNVERIFIABLE] = "UNVERIFIABLE" };

	must((unsigned)v < sizeof(names) / sizeof(names[0]));
	return names[v];
}

bool
verify_verdict_graver(enum verify_verdict a, enum verify_verdict b)
{
	static const int ranks[] = { [VERIFY_VALID] = 0,
		[VERIFY_INCOMPLETE] = 1, [VERIFY_UNVERIFIABLE] = 2,
		[VERIFY_TAMPERED] = 3 };

	return ranks[a] > ranks[b];
}
