/*
 * func - SQL functions of our own, on our connections only:
 *
 *   retention_instant(value, clock, zone)   milliseconds since 1970, or NULL
 *   retention_anon(value, method, n, unique)  the value anonymised
 *   retention_gate(value, kind)  enum gate_state of the subject of that name
 *   retention_wanted(value, i)  of a person's request: see func.c
 */
#ifndef STORE_SQLITE_FUNC_H
#define STORE_SQLITE_FUNC_H

struct db;
struct err;

int func_register(struct db *db, struct err *e);	/* borrows db */

#endif
