/*
 * Every message between parent and worker: the one place that lists them.
 *   WIRE(name, sender, legal in state, state after, most body bytes)
 * The state is the link's, kept by both ends (wire.c).  One SOCK_SEQPACKET
 * packet is one message: u32 type (native), then the body; JSON text unless
 * said otherwise.
 *
 * HELLO       {"v":1,"pid":N}
 * OPEN        {"store":{...},"access":"read"|"write","pseudonym":hex or null}
 * OPENED      {}
 * PLAN        {"at":ms,"dataset":{...}}           -> COUNTED {counts...}
 * PEEK        same                                -> PEEKED  {"due":bool}
 * CHECK       same                                -> FINDING* CHECKED {}
 * EVENT       {"at":ms,"event":{...}}             -> FIRED {"fired":bool,"at":ms}
 * ERASE       {"at":ms,"dataset":{...}}           the dialogue of a pass:
 *   WANT      {"ops":k}                           worker asks for k operations
 *   OPS       {"ops":[{"op":hex,"key":hex}...]}   parent gives them
 *   ITEMS     binary: op[16] ‖ c[32]*             at most 2,000 a packet
 *   INTEND    {"op":hex,"object":t,"n":N,"root":hex}  after its ITEMS
 *   READY     {}                                  all intents of this round sent
 *   GO|STOP   {}                                  parent: durable | do not
 *   DONE      {outcome}                           one per operation
 *   FINISHED  {"erased":..,"skipped":..,"left":..,"more":b,"stopped":b}
 * RESUME      {"at":ms,"act":b,"dataset":{...},"ops":[{"op","key","n","object"}]}
 *   KNOWN     binary as ITEMS; all of them, then  KNOWN_ALL {}
 *   READY -> GO|STOP, DONE*, FINISHED
 * FAILED      {"code":class,"errno":N,"text":t}   instead of any reply; the
 *                                                 link is READY again
 * BYE         {}                                  parent: exit now
 */
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
WIRE(OPS,	PARENT,	WANTING,	INTENDING,	131072)
WIRE(ITEMS,	WORKER,	INTENDING,	INTENDING,	65536)
WIRE(INTEND,	WORKER,	INTENDING,	INTENDING,	2048)
WIRE(RESUME,	PARENT,	IDLE,		RESUMING,	131072)
WIRE(KNOWN,	PARENT,	RESUMING,	RESUMING,	65536)
WIRE(KNOWN_ALL,	PARENT,	RESUMING,	INTENDING,	16)
WIRE(READY,	WORKER,	INTENDING,	WAITING,	16)
WIRE(GO,	PARENT,	WAITING,	ERASING,	16)
WIRE(STOP,	PARENT,	WAITING,	ERASING,	16)
WIRE(DONE,	WORKER,	ERASING,	ERASING,	2048)
WIRE(FINISHED,	WORKER,	ERASING,	IDLE,		1024)
WIRE(FAILED,	WORKER,	ANY,		IDLE,		2048)
WIRE(BYE,	PARENT,	IDLE,		STARTING,	16)
