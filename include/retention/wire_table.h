/*
 * Every message between parent and worker: the one place that lists them.
 *   WIRE(name, sender, legal in state, state after, most body bytes)
 *   ALSO(name, legal in state, state after)      one more moment for it
 * The state is the link's, kept by both ends (wire.c).  One SOCK_SEQPACKET
 * packet is one message: u32 type (native), then the body; JSON text unless
 * said otherwise.  Times are ms since 1970, enums the numbers of rule.h.
 *
 * HELLO       {"v":1,"pid":N}
 * OPEN        {"store":{...},"write":b,"pseudonym":hex or null}
 * OPENED      {}
 * GATES       {"whole":0..2,"n":N,"key":hex or null}  holds in force, before a
 *                                                 job; N subjects follow as
 *   GATED     binary: state, length of kind, kind, hash[32]*
 * PLAN        {"at":ms,"dataset":{...},"act":b,"ops":[]}
 *                                                 -> COUNTED {counts...}
 * PEEK        same                                -> PEEKED  {"due":bool}
 * CHECK       same                                -> FINDING* CHECKED {}
 * EVENT       {"at":ms,"event":{...}}             -> FIRED {"fired":b,"at":ms}
 * ERASE       as PLAN; the dialogue of a pass, any number of rounds:
 *   WANT      {"ops":k}                           worker asks for 1..64
 *   OPS       {"ops":[{"op":hex,"key":hex}...]}   parent gives exactly k
 *   ITEMS     binary: op[16] ‖ c[32]*             1..2,000 a packet
 *   INTEND    {"op":hex,"object":t,"n":N,"root":hex}  after its ITEMS
 *   READY     {}                                  all intents of this round sent
 *          or {"dev":N,"ino":N}                   and who has this file open?
 *   GO|STOP   {}                                  parent: durable | do not
 *          or {"appends":b,"alone":b}             GO: all append; nobody has it
 *   DONE      {outcome}                           one per operation
 *   FINISHED  {"erased","skipped_drift","left","more","stopped"}
 *             also at once, when nothing is due
 * RESUME      as PLAN with "ops":[{"op","key","n","object"}], 1..64 of them
 *   KNOWN     binary as ITEMS, in the order of ops; then  KNOWN_ALL {}
 *   DONE* for those it need not act on; READY -> GO|STOP, DONE*; FINISHED
 * EXPLAIN     {"at":ms,"dataset":{...},"key":[text]}  one row, by retentionctl
 *                                                 -> EXPLAINED {verdicts...}
 * ONLY        {"op":hex,"key":hex,"n":N}          a plan, of N items that
 *                                                 follow as KNOWN; KNOWN_ALL
 * SURVEY      as PLAN, after ONLY: of no items, what is due comes as ITEMS
 *   SURVEYED  {"n","held","more","root"}          with items: how many of
 *                                                 them are due, or are held
 * EXECUTE     as ERASE, after ONLY: nothing but its items goes
 * FIND        {"at","dataset","persons","rows","fast","lines"}  one person, by
 *                                                 retentionctl (find.h)
 *   PIECE     binary: kind, bytes                 -> FOUND {counts...}
 * MARK        {"from"}                          what the files look like
 *   MARKED    {"marks":[{"file","ino",...}]}      a mark of each, see msg.h
 * PRINT       binary: 1 (0: more), print[16]*     prints (print.h) for the jobs
 *                                                 that follow
 * MATCH       as PLAN: which rows do they know?
 *                                                 -> MATCHED, see msg_print.h
 *   PRINTED   binary: file[16], (person, print[16])*  of rows just erased
 * CLEAN       text: what LEFT said last; of the next ERASE, EXECUTE
 *   LEFT      text: as its file was left with nothing dead in it; before
 *                                                 FINISHED, SWEPT_ALL
 * SWEEP       {}                                  -> SWEPT* SWEPT_ALL {sums}
 *   SWEPT     {"n":N,"of":N}                      it goes on; within a pass too
 * FAILED      {"code":class,"errno":N,"text":t}   instead of any reply; the
 *                                                 link is IDLE again
 * BYE         {}                                  parent: exit now
 *
 * That an operation is intended before it is done, and has one outcome, is
 * checked by the parent's job, which knows the operations.
 */
#ifndef ALSO
#define ALSO(name, state, next)
#endif
WIRE(HELLO,	WORKER,	STARTING,	GREETED,	256)
WIRE(OPEN,	PARENT,	GREETED,	OPENING,	16384)
WIRE(OPENED,	WORKER,	OPENING,	IDLE,		256)
WIRE(PLAN,	PARENT,	IDLE,		PLANNING,	131072)
WIRE(COUNTED,	WORKER,	PLANNING,	IDLE,		131072)
WIRE(PEEK,	PARENT,	IDLE,		PEEKING,	131072)
WIRE(PEEKED,	WORKER,	PEEKING,	IDLE,		256)
WIRE(CHECK,	PARENT,	IDLE,		CHECKING,	131072)
WIRE(FINDING,	WORKER,	CHECKING,	CHECKING,	8192)
WIRE(CHECKED,	WORKER,	CHECKING,	IDLE,		256)
WIRE(EVENT,	PARENT,	IDLE,		ASKING,		16384)
WIRE(FIRED,	WORKER,	ASKING,		IDLE,		256)
WIRE(ERASE,	PARENT,	IDLE,		ERASING,	131072)
WIRE(WANT,	WORKER,	ERASING,	WANTING,	256)
ALSO(WANT,		INTENDING,	WANTING)
ALSO(WANT,		ACTING,		WANTING)
WIRE(OPS,	PARENT,	WANTING,	INTENDING,	131072)
WIRE(ITEMS,	WORKER,	INTENDING,	INTENDING,	65536)
WIRE(INTEND,	WORKER,	INTENDING,	INTENDING,	8192)
WIRE(RESUME,	PARENT,	IDLE,		RESUMING,	131072)
WIRE(KNOWN,	PARENT,	RESUMING,	RESUMING,	65536)
WIRE(KNOWN_ALL,	PARENT,	RESUMING,	SEEKING,	16)
WIRE(READY,	WORKER,	INTENDING,	WAITING,	128)
ALSO(READY,		SEEKING,	WAITING)
ALSO(READY,		ACTING,		WAITING)
WIRE(GO,	PARENT,	WAITING,	ACTING,		32)
WIRE(STOP,	PARENT,	WAITING,	ACTING,		16)
WIRE(DONE,	WORKER,	ACTING,		ACTING,		8192)
ALSO(DONE,		SEEKING,	SEEKING)
WIRE(FINISHED,	WORKER,	ACTING,		IDLE,		1024)
ALSO(FINISHED,		ERASING,	IDLE)
ALSO(FINISHED,		INTENDING,	IDLE)
ALSO(FINISHED,		SEEKING,	IDLE)
WIRE(FAILED,	WORKER,	ANY,		IDLE,		4096)
WIRE(BYE,	PARENT,	IDLE,		STARTING,	16)
WIRE(GATES,	PARENT,	IDLE,		IDLE,		256)
WIRE(GATED,	PARENT,	IDLE,		IDLE,		65536)
WIRE(EXPLAIN,	PARENT,	IDLE,		EXPLAINING,	131072)
WIRE(EXPLAINED,	WORKER,	EXPLAINING,	IDLE,		131072)
WIRE(ONLY,	PARENT,	IDLE,		LISTING,	256)
ALSO(KNOWN,		LISTING,	LISTING)
ALSO(KNOWN_ALL,		LISTING,	IDLE)
WIRE(SURVEY,	PARENT,	IDLE,		SURVEYING,	131072)
ALSO(ITEMS,		SURVEYING,	SURVEYING)
WIRE(SURVEYED,	WORKER,	SURVEYING,	IDLE,		256)
WIRE(EXECUTE,	PARENT,	IDLE,		ERASING,	131072)
WIRE(FIND,	PARENT,	IDLE,		SEARCHING,	131072)
WIRE(PIECE,	WORKER,	SEARCHING,	SEARCHING,	65536)
WIRE(FOUND,	WORKER,	SEARCHING,	IDLE,		8192)
WIRE(MARK,	PARENT,	IDLE,		MARKING,	64)
WIRE(MARKED,	WORKER,	MARKING,	IDLE,		131072)
WIRE(SWEEP,	PARENT,	IDLE,		SWEEPING,	16)
WIRE(SWEPT,	WORKER,	SWEEPING,	SWEEPING,	128)
ALSO(SWEPT,		ACTING,		ACTING)
ALSO(SWEPT,		SEEKING,	SEEKING)
WIRE(SWEPT_ALL,	WORKER,	SWEEPING,	IDLE,		4096)
WIRE(PRINT,	PARENT,	IDLE,		IDLE,		65536)
WIRE(PRINTED,	WORKER,	ACTING,		ACTING,		65536)
WIRE(MATCH,	PARENT,	IDLE,		MATCHING,	131072)
WIRE(MATCHED,	WORKER,	MATCHING,	IDLE,		131072)
WIRE(CLEAN,	PARENT,	IDLE,		IDLE,		256)
WIRE(LEFT,	WORKER,	ACTING,		ACTING,		256)
ALSO(LEFT,		ERASING,	ERASING)
ALSO(LEFT,		INTENDING,	INTENDING)
ALSO(LEFT,		SWEEPING,	SWEEPING)
#undef ALSO
