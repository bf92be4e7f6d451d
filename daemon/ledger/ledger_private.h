/* ledger_private - what the tables' files share: prepared statements. */
#ifndef LEDGER_PRIVATE_H
#define LEDGER_PRIVATE_H

#include <sqlite3.h>
#include <sys/types.h>

#include "retention/ledger.h"

/* STATEMENT(NAME, SQL) - all SQL there is; values are always bound. */
#define LEDGER_STATEMENTS(X) \
	X(EVENT_ADD, "INSERT INTO event(name,at,declared,uid,user)" \
	    " VALUES(?1,?2,?3,?4,?5)") \
	X(EVENT_GET, "SELECT name,at,declared,uid,user FROM event" \
	    " WHERE name=?1") \
	X(EVENT_EACH, "SELECT name,at,declared,uid,user FROM event" \
	    " ORDER BY name") \
	X(HEAD_PUT, "INSERT OR REPLACE INTO head(one,size,root)" \
	    " VALUES(1,?1,?2)") \
	X(HEAD_GET, "SELECT size,root FROM head") \
	X(OP_PUT, "INSERT OR REPLACE INTO op(op,job) VALUES(?1,?2)") \
	X(OP_GET, "SELECT job FROM op WHERE op=?1") \
	X(OP_DROP, "DELETE FROM op WHERE op=?1") \
	X(OP_KEEP, "DELETE FROM op WHERE instr(?1,op)=0") \
	X(DATASET_PUT, "INSERT OR REPLACE INTO dataset(dataset,last_pass," \
	    "erased_total,due,undated,future,oldest_due,last_error)" \
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8)") \
	X(DATASET_GET, "SELECT dataset,last_pass,erased_total,due,undated," \
	    "future,oldest_due,last_error FROM dataset WHERE dataset=?1") \
	X(POLICY_PUT, "INSERT OR REPLACE INTO policy(one,digest)" \
	    " VALUES(1,?1)") \
	X(POLICY_GET, "SELECT digest FROM policy") \
	X(HOLD_ADD, "INSERT INTO hold(id,state,scope,name,kind,hash,matter," \
	    "issuer,reason,placed,until,released,uid,user)" \
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,0,?12,?13)") \
	X(HOLD_RELEASE, "UPDATE hold SET released=?2 WHERE id=?1 AND" \
	    " released=0") \
	X(HOLD_EACH, "SELECT id,state,scope,name,kind,hash,matter,issuer," \
	    "reason,placed,until,released,uid,user FROM hold" \
	    " WHERE ?1 OR released=0 ORDER BY placed,id") \
	X(PLAN_PUT, "INSERT OR REPLACE INTO plan(id,dataset,why,state,ep,n," \
	    "erased,root,rule,made,expires,decided,uid,user)" \
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)") \
	X(PLAN_GET, "SELECT id,dataset,why,state,ep,n,erased,root,rule,made," \
	    "expires,decided,uid,user FROM plan WHERE id=?1") \
	X(PLAN_LIVE, "SELECT id,dataset,why,state,ep,n,erased,root,rule,made," \
	    "expires,decided,uid,user FROM plan WHERE dataset=?1 AND" \
	    " state IN('open','approved') ORDER BY made DESC,id LIMIT 1") \
	X(CLOCK_PUT, "INSERT OR REPLACE INTO sight(one,at,since_boot,boot)" \
	    " VALUES(1,?1,?2,?3)") \
	X(CLOCK_GET, "SELECT at,since_boot,boot FROM sight UNION ALL" \
	    " SELECT at,0,'' FROM clock WHERE NOT EXISTS" \
	    " (SELECT 1 FROM sight)") \
	X(FRESH_PUT, "INSERT OR IGNORE INTO fresh(dataset) VALUES(?1)") \
	X(FRESH_GET, "SELECT 1 FROM fresh WHERE dataset=?1") \
	X(FRESH_DROP, "DELETE FROM fresh WHERE dataset=?1") \
	X(DEFERRED_PUT, "INSERT OR REPLACE INTO deferred(dataset,held," \
	    "restricted,gate,at) VALUES(?1,?2,?3,?4,?5)") \
	X(DEFERRED_GET, "SELECT held,restricted,gate,at FROM deferred" \
	    " WHERE dataset=?1") \
	X(BEGIN, "BEGIN IMMEDIATE") X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK") \
	X(REQUEST_PUT, "INSERT OR REPLACE INTO request(id,what,state," \
	    "received,due,made,closed,uid,user)" \
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)") \
	X(REQUEST_GET, "SELECT id,what,state,received,due,made,closed,uid," \
	    "user FROM request WHERE id=?1") \
	X(REQUEST_EACH, "SELECT id,what,state,received,due,made,closed,uid," \
	    "user FROM request WHERE ?1 OR closed=0" \
	    " ORDER BY closed<>0,due,made,id") \
	X(PERSON_PUT, "INSERT OR REPLACE INTO request_person(request,kind," \
	    "hash) VALUES(?1,?2,?3)") \
	X(PERSON_EACH, "SELECT kind,hash FROM request_person" \
	    " WHERE request=?1 ORDER BY kind,hash") \
	X(OUTCOME_PUT, "INSERT OR REPLACE INTO request_outcome(request," \
	    "dataset,store,state,n_rows,children,files,lines,n_left,error)" \
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)") \
	X(OUTCOME_EACH, "SELECT dataset,store,state,n_rows,children,files," \
	    "lines,n_left,error FROM request_outcome WHERE request=?1" \
	    " ORDER BY dataset,store") \
	X(ERASURE_ADD, "INSERT INTO erasure(id,what,reason,made,ended,lines," \
	    "uid,user) VALUES(?1,?2,?3,?4,0,?5,?6,?7) ON CONFLICT(id) DO" \
	    " UPDATE SET what=?2,reason=?3,made=?4,ended=0,lines=?5,uid=?6," \
	    "user=?7 WHERE ended<>0") \
	X(ERASURE_FILE_DROP, "DELETE FROM erasure_file WHERE erasure=?1") \
	X(ERASURE_FILE_ADD, "INSERT INTO erasure_file(erasure,file)" \
	    " VALUES(?1,?2)") \
	X(ERASURE_EACH, "SELECT id,what,reason,made,lines,uid,user,(SELECT" \
	    " file FROM erasure_file WHERE erasure=id),EXISTS(SELECT 1 FROM" \
	    " erasure_print AS p WHERE p.erasure=id) FROM" \
	    " erasure WHERE ended=0 ORDER BY made,rowid") \
	X(ERASURE_PRINT_DROP, "DELETE FROM erasure_print WHERE erasure=?1") \
	X(ERASURE_PRINT_ADD, "INSERT OR IGNORE INTO erasure_print(erasure," \
	    "dataset,print) VALUES(?1,?2,?3)") \
	X(ERASURE_PRINTS, "SELECT print FROM erasure_print WHERE erasure=?1" \
	    " AND dataset=?2 ORDER BY print") \
	X(PRINT_PUT, "INSERT INTO print(store,file,dataset,kind,hash,print,t)" \
	    " SELECT ?1,?2,?3,?4,?5,?6,?7 WHERE EXISTS(SELECT 1 FROM" \
	    " suppression WHERE kind=?4 AND hash=?5) AND (EXISTS(SELECT 1" \
	    " FROM print WHERE store=?1 AND file=?2 AND dataset=?3 AND" \
	    " kind=?4 AND hash=?5 AND print=?6) OR (SELECT count(*) FROM" \
	    " print WHERE store=?1 AND file=?2 AND dataset=?3 AND kind=?4" \
	    " AND hash=?5)<?8) ON CONFLICT DO UPDATE SET t=max(t,?7)") \
	X(PRINT_EACH, "SELECT dataset,kind,hash,print,t FROM print" \
	    " WHERE store=?1 AND file=?2 ORDER BY dataset,kind,hash,print") \
	X(PRINT_EXPIRE, "DELETE FROM print WHERE NOT EXISTS(SELECT 1 FROM" \
	    " suppression AS s WHERE s.kind=print.kind AND" \
	    " s.hash=print.hash)") \
	X(ERASURE_END, "UPDATE erasure SET ended=?2 WHERE id=?1") \
	X(ERASURE_PART_DROP, "DELETE FROM erasure_part WHERE erasure=?1") \
	X(ERASURE_PERSON_ADD, "INSERT INTO erasure_person(erasure,kind,hash," \
	    "before) VALUES(?1,?2,?3,?4)") \
	X(ERASURE_PERSONS, "SELECT kind,hash,before FROM erasure_person" \
	    " WHERE erasure=?1 ORDER BY rowid") \
	X(ERASURE_PERSON_DROP, "DELETE FROM erasure_person WHERE erasure=?1") \
	X(ERASURE_PART_PUT, "INSERT INTO erasure_part(erasure,store,dataset," \
	    "state,erased,left,held,restricted,kept,error)" \
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT(erasure," \
	    "dataset) DO UPDATE SET state=?4,erased=?5,left=?6,held=?7," \
	    "restricted=?8,kept=?9,error=?10") \
	X(ERASURE_PARTS, "SELECT store,dataset,state,erased,left,held," \
	    "restricted,kept,error FROM erasure_part WHERE erasure=?1" \
	    " ORDER BY rowid") \
	X(SUPPRESSION_PUT, "INSERT INTO suppression(kind,hash,erased,expires)" \
	    " VALUES(?1,?2,?3,?4) ON CONFLICT(kind,hash) DO UPDATE SET" \
	    " erased=max(erased,?3),expires=max(expires,?4)") \
	X(SUPPRESSION_EACH, "SELECT kind,hash,erased FROM suppression" \
	    " ORDER BY rowid") \
	X(SUPPRESSION_EXPIRE, "DELETE FROM suppression WHERE expires<=?1") \
	X(MARK_PUT, "INSERT OR REPLACE INTO mark(store,file,dev,ino,counter," \
	    "cookie,schema) VALUES(?1,?2,?3,?4,?5,?6,?7)") \
	X(MARK_GET, "SELECT dev,ino,counter,cookie,schema FROM mark WHERE" \
	    " store=?1 AND file=?2") \
	X(CLEAN_PUT, "INSERT OR REPLACE INTO clean(store,says)" \
	    " VALUES(?1,?2)") \
	X(CLEAN_GET, "SELECT says FROM clean WHERE store=?1") \
	X(CLEAN_DROP, "DELETE FROM clean WHERE store=?1")

enum ledger_statement {
#define LEDGER_ENUM(name, sql) LEDGER_##name,
	LEDGER_STATEMENTS(LEDGER_ENUM)
#undef LEDGER_ENUM
	LEDGER_N_STATEMENTS
};

struct ledger {
	sqlite3 *db;					/* owned */
	char *path;					/* owned */
	dev_t dev;					/* of the file when opened */
	ino_t ino;
	sqlite3_stmt *statements[LEDGER_N_STATEMENTS];	/* owned */
};

/* The statement, without values. */
sqlite3_stmt *ledger_statement(struct ledger *l, enum ledger_statement which);

/* 1: a row, 0: done, -1: failed. Reset it after use. */
int ledger_step(struct ledger *l, sqlite3_stmt *s, struct err *e);

/* For statements that give no rows: step and reset. */
int ledger_run(struct ledger *l, sqlite3_stmt *s, struct err *e);

/* A row of the wrong shape: the file was changed by somebody else. */
int ledger_bad_row(const char *table, struct err *e);

void ledger_bind_text(sqlite3_stmt *s, int i, const char *text);
void ledger_bind_int(sqlite3_stmt *s, int i, int64_t n);
void ledger_bind_blob(sqlite3_stmt *s, int i, const void *bytes, size_t n);

/* -1 when NULL, of another type, or longer than the room. */
int ledger_column_text(sqlite3_stmt *s, int i, char *ret, size_t room);
int ledger_column_blob(sqlite3_stmt *s, int i, void *ret, size_t n);

#endif
