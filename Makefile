# retentiond - GNU make.  `make help` lists the targets.
PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/retentiond
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
DOCDIR     ?= $(PREFIX)/share/doc/retentiond
MODE       ?= release
B          := build/$(MODE)
VERSION    := 0.1.0

# What the project needs; CC, CFLAGS, CPPFLAGS, LDFLAGS stay the packager's.
PKGS       := libconfig sqlite3 libcrypto jansson libsystemd zlib libutf8proc \
  libseccomp
# Compressed logs beyond gzip: if the library is there; WITHOUT=zstd,lzma leaves
# it out.
comma      := ,
without    := $(subst $(comma), ,$(WITHOUT))
has         = $(shell pkg-config --exists $(1) && echo $(1))
zstd       := $(if $(filter zstd,$(without)),,$(call has,libzstd))
lzma       := $(if $(filter lzma,$(without)),,$(call has,liblzma))
PKGS       += $(zstd) $(lzma)
DEBIAN     := build-essential pkg-config libev-dev libconfig-dev libsqlite3-dev \
  libssl-dev libjansson-dev libsystemd-dev zlib1g-dev libzstd-dev liblzma-dev \
  libutf8proc-dev libseccomp-dev sqlite3 python3
DEBIAN_CHECK := universal-ctags shellcheck strace jq openssl mandoc procps \
  curl nginx-light logrotate goaccess
DEBIAN_ROOT := systemd-container jq procps passwd xfsprogs btrfs-progs e2fsprogs
DEBIAN_CI  := $(DEBIAN_CHECK) clang cppcheck libclang-rt-14-dev git \
  golang-go golang-golang-x-mod-dev

V ?= 0
Q := $(if $(filter 0,$(V)),@,)
say = @$(if $(filter 0,$(V)),printf '  %-4s %s\n' $(1) $@,:)

own_cppflags := -Iinclude -D_GNU_SOURCE $(shell pkg-config --cflags $(PKGS)) \
  -DRETENTION_VERSION='"$(VERSION)"' -DRETENTION_LIBEXEC='"$(LIBEXECDIR)"' \
  $(if $(zstd),,-DWITHOUT_ZSTD) $(if $(lzma),,-DWITHOUT_LZMA)
own_cflags := -std=gnu17 -MMD -MP -fPIE -fstack-protector-strong \
  -fstack-clash-protection -Wall -Wextra -Wshadow \
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla \
  -Wformat=2 -Wconversion -Wsign-conversion -Wimplicit-fallthrough \
  -Wswitch-enum -include include/retention/banned.h
own_ldflags := -pie -Wl,-z,relro,-z,now

CFLAGS     ?= -O2 -g
mode_flags_release := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
mode_flags_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
  -fno-sanitize-recover=all
mode_flags_cov := -O0 --coverage -DWITHOUT_CONFINEMENT
mode_flags_fuzz := -O1 -fno-omit-frame-pointer \
  -fsanitize=address,undefined,fuzzer-no-link \
  -fno-sanitize-recover=all
ifeq ($(MODE),fuzz)
override CC := clang
endif
mode_flags := $(mode_flags_$(MODE))
COMPILE = $(CC) $(own_cppflags) $(CPPFLAGS) $(own_cflags) $(CFLAGS) $(mode_flags)
LINK = $(CC) $(own_ldflags) $(LDFLAGS) $(CFLAGS) $(mode_flags)

# One list per component, by name: a new file is a deliberate line.
base    := buf clock err fd hex jsonw log pool
base    += plain
policy  := calendar conflict footer judge period rule timetext zone gates
digest  := commit merkle sha256 subject commitopen merklepath
digest  += merklecons subjectrange
audit   := check checkclaim checkfile checkline checkops note record verify \
  checkchain checkgz checkitems checkkey checkprune checkrule \
  checkscan checkstate checkuniq checkvalue record_key
audit   += approval record_erasure
audit   += verify_verdict cut record_keep record_plan
audit   += anchor anchorcosig anchortoken checkanchor checkanchor_record \
  record_anchor proof receipt receiptcheck receiptread
audit   += record_request record_scrub
seal    := key trail trailfile trailitems trailresume key_recovery keyfile \
  keypair rotate trailopen
seal    += keyshred trail_items trail_keep trailgzip trailprune trailscan \
  trailsegs
ledger  := ledger ledger_clock ledger_dataset ledger_event ledger_head \
  ledger_op ledger_policy ledger_hold ledger_fresh ledger_plan
ledger  += ledger_deferred ledger_request
ledger  += ledger_erasure ledger_mark ledger_clean
ledger  += ledger_print
conf    := conf crosscheck diff group manual policy reader schema source \
  value conf_diff
conf    += samestore
wire    := channel codec_get codec_put ctl msg shape wire msg_explain running \
  msg_plan
wire    += msg_find msg_mark msg_sweep msg_clean
wire    += shape_person
wire    += msg_print
spawn   := spawn spawn_owner
sandbox := sandbox callfilter landlock
store   := store sqlite/act sqlite/advise sqlite/attach sqlite/change \
  sqlite/choose sqlite/company sqlite/connect sqlite/db \
  sqlite/destroy sqlite/engine sqlite/erase sqlite/func sqlite/guard \
  sqlite/items sqlite/mask sqlite/pace sqlite/probe sqlite/query \
  sqlite/resume sqlite/shred sqlite/sql sqlite/table sqlite/tally \
  sqlite/turn sqlite/when sqlite/reader sqlite/kin sqlite/explain \
  sqlite/wreck
store   += holders sqlite/mark sqlite/persons assure sqlite/look
store   += sqlite/correct sqlite/act_look
store   += sqlite/imprint sqlite/sampling
digest  += subject_value
digest  += print linewho wordseen
store   += sqlite/find sqlite/findall sqlite/findway sqlite/findrow \
  sqlite/findfile logs/logfind sqlite/btree sqlite/fts sqlite/pages \
  sqlite/residue sqlite/scan sqlite/rinse sqlite/roles sqlite/scrub \
  sqlite/slice sqlite/vfs sqlite/scanpage sqlite/soil sqlite/stamp
store   += sqlite/stats
store   += logs/engine_logs logs/linecivil logs/linefmt logs/linejson \
  logs/linemask logs/linetime logs/logact logs/logfile logs/logjudge \
  logs/logpick logs/logread logs/logresume logs/logswap \
  logs/maskchar logs/maskfield logs/maskip logs/maskscan logs/maskv6 \
  logs/lineend logs/maskhead
store   += logs/linehead logs/logcount logs/logpass logs/logwalk logs/logwanted logs/lognamed logs/logrival \
  logs/pack logs/packlane logs/logtidy logs/logglob logs/pack_gzip \
  $(if $(zstd),logs/pack_zstd) $(if $(lzma),logs/pack_xz)
parent  := main agenda clockguard control decide dryrun eventfile evidence \
  firing job metrics notify ops parent pass place recovery reload \
  request ruleset schedule session state status supervisor watch who \
  gating gating_subject opening request_event request_hold keeping \
  ratchet request_keep request_key planfile planning planpass \
  request_plan request_run
parent  += clockstep request_clock rulefile request_scrub scrubbing
parent  += fullscrub
parent  += opcheck loopmem erasepass eraseplan erasing request_erase \
  restoring passkeep erasenote marking leaving
parent  += correcting request_correct
parent  += printing printfile printkeep printproof recorrect
parent  += deferral anchorfile anchoring anchortake hook request_anchor
parent  += docket docket_list docketday request_subject
store   += files/batch files/hollow logs/logblank logs/logcut logs/logmap
store   += files/beneath files/engine files/haul files/hold files/sift \
  files/stash files/sweep files/tree files/wipe files/zero
worker  := answer dialogue link main serve sink confine scout chosen
ctl     := cli_args cli_conf cli_daemon cli_events cli_findings cli_help \
  cli_history cli_near cli_out cli_pin cli_plan cli_table cli_worker \
  cmd_audit cmd_check cmd_event cmd_help cmd_history cmd_key \
  cmd_manual cmd_plan cmd_reload cmd_run cmd_status main cli_holds \
  cmd_hold cli_lock cmd_keep cmd_key_rekey
ctl     += cli_plans cmd_plan_save cmd_scrub
ctl     += cmd_erase
ctl     += cmd_subject_correct
ctl     += cmd_clock cli_explain cli_running
ctl     += cmd_report cli_promise cli_find cli_gather cli_value \
  cmd_subject_find cmd_subject_copy cli_cover cli_trust cmd_anchor \
  cmd_consistency cli_bundle cli_claim cli_disposal cli_items \
  cli_keys cli_save cli_seek cmd_certificate cmd_export cmd_receipt \
  cmd_receiptcheck
ctl     += cli_resume cli_present cmd_subject cli_register
report  := certificate class
report  += account account_text account_json
components := base policy digest audit seal ledger conf wire spawn sandbox \
  store parent worker ctl report

# Unit tests, by the component they test.
unit_base   := base
unit_policy := period calendar timetext judge conflict
unit_conf   := conf conf_wrong conf_diff
unit_conf   += samestore
unit_digest := commit digest subject merklepath
unit_audit  := note verify record checkuniq receipt
unit_seal   := key trail trailfault trailkeep rotate rekey
unit_digest += merklecons subjectrange
unit_digest += print linewho
unit_audit  += anchor anchored growing
unit_wire   := msg_sweep channel ctl_codec msg msg_refused wire running
unit_ledger := ledger
unit_store  := query store_plan store_erase store_anonymise store_resume \
  store_destroy store_check pace company store_many
unit_store  += linetime linemask maskways maskhead lineend store_bystander \
  store_logs logs_crash logs_packed logs_fast
unit_store  += files_open logs_resume packlane logs_swap logs_faults
unit_store  += files_crash files_beneath logs_cut logs_cutcrash logs_live
unit_store  += files_pass files_hostile files_resume files_attach store_pick
unit_store  += connect store_correct
unit_store  += store_prints
unit_store  += logs_wanted
unit_store  += logfind store_virtual walk scrub scrub_damage scrub_live vfs soil \
  stamp stamp_change
unit_parent := schedule decide clockstep
unit_audit  += approval
unit_ledger += ledger_request
unit_parent += simulate docketday
unit_parent += printproof
unit_wire   += msg_print
unit_ctl    := ctl_args ctl_show
unit_ctl    += cli_value
unit_spawn  := spawn
unit_sandbox := sandbox
unit_worker := serve gates chosen
unit_worker += confine
# Calls that a test stands in for, to make them fail.
ldwrap_test_logs_faults := -Wl,--wrap=write,--wrap=fsync
ldwrap_test_logs_swap := -Wl,--wrap=renameat2
ldwrap_test_subject := -Wl,--wrap=utf8proc_map
ldwrap_test_linewho := -Wl,--wrap=utf8proc_map
ldwrap_test_packlane := -Wl,--wrap=pthread_create
ldwrap_test_logs_crash := -Wl,--wrap=fsync,--wrap=fdatasync,--wrap=unlinkat \
  -Wl,--wrap=renameat2,--wrap=pwrite,--wrap=fd_write_all
ldwrap_test_growing := -Wl,--wrap=openat,--wrap=__openat_2
ldwrap_test_trail := -Wl,--wrap=mkostemp
ldwrap_test_rotate := -Wl,--wrap=write,--wrap=fsync,--wrap=fdatasync \
  -Wl,--wrap=renameat,--wrap=linkat,--wrap=unlinkat
ldwrap_test_rekey := $(ldwrap_test_rotate)
ldwrap_test_files_attach := -Wl,--wrap=beneath_open
ldwrap_test_files_hostile := -Wl,--wrap=renameat2
ldwrap_test_files_crash := -Wl,--wrap=fsync,--wrap=fdatasync,--wrap=unlinkat \
  -Wl,--wrap=renameat2,--wrap=pwrite,--wrap=syncfs
ldwrap_test_logs_cutcrash := -Wl,--wrap=fsync,--wrap=fdatasync,--wrap=fsetxattr \
  -Wl,--wrap=fremovexattr,--wrap=fallocate,--wrap=logmap_put
ldwrap_test_trailfault := -Wl,--wrap=write,--wrap=fsync,--wrap=fdatasync
ldwrap_test_trailkeep := $(ldwrap_test_rotate)
unit_tests  := $(foreach c,$(components),$(unit_$(c)))

# Fuzz harnesses: tests/fuzz/fuzz_NAME.c, corpus in tests/fuzz/corpus/NAME.
fuzzers := control wire policy time verify note
fuzzers += linetime mask line segments
fuzzers += anchor receipt
fuzzers += gz
fuzzers += pages

objects = $(foreach c,$(1),$(patsubst %,$(B)/$(c)/%.o,$(filter-out main,$($(c)))))
library := $(B)/libretention.a

# A program links its own main and only the components its process may use.
parent_uses := base policy digest audit seal ledger conf wire spawn sandbox \
  parent
worker_uses := base policy digest wire sandbox store worker
ctl_uses    := base policy digest audit seal conf wire spawn report sandbox ctl
libs_base    := $(shell pkg-config --libs libcrypto jansson libutf8proc zlib libseccomp) -lm
parent_libs := $(libs_base) $(shell pkg-config --libs libconfig sqlite3 libsystemd) -lev
worker_libs := $(libs_base) $(shell pkg-config --libs sqlite3 zlib $(zstd) $(lzma))
ctl_libs    := $(libs_base) $(shell pkg-config --libs libconfig)
all_libs    := $(parent_libs) $(shell pkg-config --libs zlib $(zstd) $(lzma))

programs := $(if $(parent),$(B)/retentiond) $(if $(store),$(B)/retentiond-worker) \
  $(if $(ctl),$(B)/retentionctl)

all: $(programs) $(library)			## build everything

$(B)/%.o: daemon/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -c $< -o $@

# Where the worker will be is compiled in: another PREFIX compiles that again.
$(B)/libexec: FORCE
	@mkdir -p $(@D)
	@echo '$(LIBEXECDIR)' | cmp -s - $@ || echo '$(LIBEXECDIR)' >$@
$(B)/spawn/spawn.o: $(B)/libexec
FORCE:

$(library): $(call objects,$(components))
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) qcs $@ $^

$(B)/retentiond: $(B)/parent/main.o $(call objects,$(parent_uses))
	$(call say,LD)
	$(Q)$(LINK) $^ $(parent_libs) -o $@
$(B)/retentiond-worker: $(B)/worker/main.o $(call objects,$(worker_uses))
	$(call say,LD)
	$(Q)$(LINK) $^ $(worker_libs) -o $@
$(B)/retentionctl: $(B)/ctl/main.o $(call objects,$(ctl_uses))
	$(call say,LD)
	$(Q)$(LINK) $^ $(ctl_libs) -o $@

$(B)/tests/%: tests/unit/%.c $(library) Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -Itests/lib -Idaemon $< $(library) $(own_ldflags) \
	    $(ldwrap_$(@F)) $(LDFLAGS) $(all_libs) -o $@

check: deps-check				## install what is needed, build, run all tests
	$(Q)$(MAKE) --no-print-directory check-now

# Most tests wait more than they work.
PROVE_JOBS ?= 2

check-now: all unit-programs replay
	$(Q)RETENTION_BUILD=$(B) prove -j$(PROVE_JOBS) --timer -e '' $(unit_tests:%=$(B)/tests/test_%) \
	  $(B)/tests/replay.t $(wildcard tests/system/*.t)

unit: all unit-programs				## build and run the unit tests only
	$(Q)prove -e '' $(unit_tests:%=$(B)/tests/test_%)

unit-programs: $(unit_tests:%=$(B)/tests/test_%) $(B)/tests/mask_filter \
  $(B)/tests/scrub_tool

check-mask: all $(B)/tests/mask_filter		## the masker against its reference, a million lines
	$(Q)RETENTION_MASK_LINES=1000000 RETENTION_BUILD=$(B) prove -e '' tests/system/mask.t

system: all $(B)/tests/mask_filter $(B)/tests/scrub_tool		## run the system tests only
	$(Q)RETENTION_BUILD=$(B) prove --timer -e '' $(wildcard tests/system/*.t)

check-kills: all				## kill -9 a hundred times at random, and at every step
	$(Q)RETENTION_BUILD=$(B) KILLS=$${KILLS:-100} prove -v tests/system/kills.t

simulate: all $(B)/tests/test_simulate		## ten years under a clock of its own (SIMULATE_YEARS, SIMULATE_SEED=N)
	$(Q)SIMULATE_YEARS=$${SIMULATE_YEARS:-10} SIMULATE_SEEDS=$${SIMULATE_SEEDS:-1} \
	  SIMULATE_SEED=$${SIMULATE_SEED:-$$(date +%s)} $(B)/tests/test_simulate

soak: all				## memory, descriptors, ledger, latencies over time (SOAK_SECONDS=1800)
	$(Q)RETENTION_BUILD=$(B) tests/bench/soak.py

check-faults: all				## every call that can fail does, by number (FAULT_KINDS=mem,sync.., FAULT_MOST=N of each)
	$(Q)RETENTION_BUILD=$(B) FAULT_STEP=1 FAULT_MOST=$${FAULT_MOST:-1000} prove -v tests/system/faults.t

check-scrub: all $(B)/tests/scrub_tool	## scrubs for long: minutes under load (SCRUB_SECONDS=N a mode), 500 kills and power cuts (root)
	$(Q)RETENTION_BUILD=$(B) SCRUB_SECONDS=$${SCRUB_SECONDS:-300} prove -v tests/system/scrub-stress.t
	$(Q)RETENTION_BUILD=$(B) SCRUB_KILLS=$${SCRUB_KILLS:-300} prove -v tests/system/scrub-kills.t
	$(Q)RETENTION_BUILD=$(B) SCRUB_CUTS=$${SCRUB_CUTS:-200} prove -v tests/root/scrub-cuts.t
	$(Q)RETENTION_BUILD=$(B) SCRUB_DATABASES=$${SCRUB_DATABASES:-1000} prove -v tests/system/scrub-damage.t

check-live: all $(B)/tests/test_logs_live	## logs under nginx and logrotate, long (ROTATE_SECONDS=N each)
	$(Q)RETENTION_ROTATIONS=$${ROTATIONS:-100000} $(B)/tests/test_logs_live
	$(Q)RETENTION_BUILD=$(B) ROTATE_SECONDS=$${ROTATE_SECONDS:-60} prove -v tests/system/rotate.t

check-large: all				## memory and time with a database of 5 GB (BYTES=N)
	$(Q)RETENTION_BUILD=$(B) BYTES=$${BYTES:-5000000000} prove -v tests/system/memory.t

check-root: deps-root				## the unit under a real systemd in a throw-away container (root)
	$(Q)$(MAKE) --no-print-directory all man $(B)/tests/scrub_tool
	$(Q)RETENTION_BUILD=$(B) prove --timer -e '' $(wildcard tests/root/*.t)

.PHONY: check-faults check-kills check-live check-large check-root check-scrub \
	deps-root simulate soak

# Every corpus is replayed by `make check`; finding new inputs is `make fuzz`.
$(B)/tests/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(library) Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -Itests/lib -Idaemon $< tests/fuzz/replay.c $(library) $(own_ldflags) \
	  $(LDFLAGS) $(all_libs) -o $@

replay: $(fuzzers:%=$(B)/tests/replay_%)
	$(Q){ echo '#!/bin/sh'; echo 'n=0; bad=0'; for f in $(fuzzers); do \
	  echo "n=\$$((n+1)); if $(B)/tests/replay_$$f tests/fuzz/corpus/$$f/* >/dev/null; then echo ok \$$n - corpus $$f;" \
	    "else echo not ok \$$n - corpus $$f; bad=1; fi"; done; echo 'echo 1..$$n; exit $$bad'; } > $(B)/tests/replay.t
	$(Q)chmod +x $(B)/tests/replay.t

$(B)/fuzz_%: tests/fuzz/fuzz_%.c $(library) Makefile
	$(call say,CC)
	$(Q)$(COMPILE) -Itests/lib -Idaemon -fsanitize=fuzzer $< $(library) $(own_ldflags) $(LDFLAGS) \
	  $(all_libs) -o $@

FUZZ_SECONDS ?= 60
fuzz:						## fuzz every parser, FUZZ_SECONDS each (clang)
	$(Q)$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzz-now
fuzz-now: $(fuzzers:%=$(B)/fuzz_%)
	$(Q)for f in $(fuzzers); do mkdir -p $(B)/corpus/$$f; echo "== $$f"; \
	  $(B)/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -timeout=10 \
	  -artifact_prefix=$(B)/ $(B)/corpus/$$f tests/fuzz/corpus/$$f 2>$(B)/fuzz_$$f.log || \
	  { tail -40 $(B)/fuzz_$$f.log; exit 1; }; \
	  grep -E 'stat::number_of_executed_units' $(B)/fuzz_$$f.log; done

lint: all					## layers, prefixes, headers, sizes, words, scripts
	tests/lint/layers.sh $(B)
	tests/lint/prefix.sh $(B)
	tests/lint/headers.sh
	tests/lint/thirdparty.sh
	tests/lint/size.sh
	tests/lint/words.sh
	shellcheck $(shell grep -rlE '^#!/bin/(sh|bash)' tests contrib .ci 2>/dev/null)
	$(if $(wildcard systemd/*.service),tests/lint/systemd.sh)

analyze:					## cppcheck over the whole tree
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	  --suppressions-list=tests/lint/cppcheck.txt --error-exitcode=1 -j2 -Iinclude -Idaemon \
	  -D_GNU_SOURCE daemon

bench_programs := $(foreach b,erase mask files trail,$(B)/tests/bench_$(b))
bench: all $(bench_programs) $(B)/tests/scrub_tool			## measure: ratios to a baseline of the same run
	$(Q)tests/bench/bench_sqlite.py $(B)/tests/bench_erase
	$(Q)tests/bench/bench_scrub.py $(B)/tests/scrub_tool $(B)/tests/bench_erase $(SCRUB_ROWS)
	$(Q)tests/bench/bench_mask.sh $(B)/tests/bench_mask 1074 $(B)/tests/bench_files
	$(Q)tests/bench/bench_files.py $(B)/tests/bench_files
	$(Q)tests/bench/bench_trail.sh $(B)/tests/bench_trail
	$(Q)RETENTION_BUILD=$(B) tests/bench/bench_find.py

$(B)/tests/bench_%: tests/bench/bench_%.c $(library) Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -Itests/lib -Idaemon $< $(library) $(own_ldflags) $(LDFLAGS) $(all_libs) -o $@

demo: deps-build				## the five notices: plan, effect, verified trail
	$(Q)tests/lib/deps.sh jq openssl
	$(Q)$(MAKE) --no-print-directory all
	$(Q)contrib/demo.sh $(B)

deps-build:
	$(Q)tests/lib/deps.sh $(DEBIAN)
deps-check:
	$(Q)tests/lib/deps.sh $(DEBIAN) $(DEBIAN_CHECK)
deps-root:
	$(Q)tests/lib/deps.sh $(DEBIAN) $(DEBIAN_ROOT)
deps-ci:
	$(Q)tests/lib/deps.sh $(DEBIAN) $(DEBIAN_CI)

# Manual pages: settings come from the table that parses them.
man_pages := $(B)/man/retentionctl.1 $(B)/man/retentiond.8 \
  $(B)/man/retentiond.conf.5 $(B)/man/retentiond-policy.5
$(B)/man/%.1: daemon/ctl/%.1
	@mkdir -p $(@D) && cp $< $@
$(B)/man/%.8: daemon/parent/%.8
	@mkdir -p $(@D) && cp $< $@
$(B)/man/%.5: daemon/conf/%.5.in $(B)/retentionctl
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)$(B)/retentionctl manual $(patsubst retentiond-%,%,$*) >$@.table
	$(Q)sed -e '/^@SETTINGS@$$/{r $@.table' -e 'd}' $< >$@

man: $(man_pages)				## build the manual pages

anchor_hooks := $(addprefix contrib/anchor-,copy rfc3161 spool witness)

put = install -D -m $(1) $(2) $(DESTDIR)$(3)
install: all man				## install below DESTDIR and PREFIX
	$(call put,755,$(B)/retentiond,$(SBINDIR)/retentiond)
	$(call put,755,$(B)/retentionctl,$(BINDIR)/retentionctl)
	$(call put,755,$(B)/retentiond-worker,$(LIBEXECDIR)/retentiond-worker)
	$(call put,644,$(B)/man/retentionctl.1,$(MANDIR)/man1/retentionctl.1)
	$(call put,644,$(B)/man/retentiond.8,$(MANDIR)/man8/retentiond.8)
	$(call put,644,$(B)/man/retentiond.conf.5,$(MANDIR)/man5/retentiond.conf.5)
	$(call put,644,$(B)/man/retentiond-policy.5,$(MANDIR)/man5/retentiond-policy.5)
	$(call put,644,systemd/retentiond.sysusers,$(SYSUSERSDIR)/retentiond.conf)
	$(call put,644,systemd/retentiond.tmpfiles,$(TMPFILESDIR)/retentiond.conf)
	$(call put,644,contrib/retentionctl.bash,$(BASHCOMPDIR)/retentionctl)
	$(call put,644,contrib/retentiond.conf,$(DOCDIR)/retentiond.conf)
	$(call put,755,contrib/verify-trail.py,$(DOCDIR)/verify-trail.py)
	$(call put,755,contrib/verify-trail.sh,$(DOCDIR)/verify-trail.sh)
	$(foreach p,$(wildcard policies/*.conf),install -D -m 644 $(p) $(DESTDIR)$(DOCDIR)/$(p);)
	$(call put,755,contrib/policy-sign,$(DOCDIR)/policy-sign)
	$(foreach h,$(anchor_hooks),install -D -m 755 $(h) $(DESTDIR)$(DOCDIR)/$(notdir $(h));)
	install -d $(DESTDIR)$(UNITDIR)
	sed -e 's|/usr/local/sbin|$(SBINDIR)|; s|/usr/local/bin|$(BINDIR)|' systemd/retentiond.service \
	  >$(DESTDIR)$(UNITDIR)/retentiond.service
	chmod 644 $(DESTDIR)$(UNITDIR)/retentiond.service

uninstall:					## remove what install put there; never data
	rm -f $(addprefix $(DESTDIR),$(SBINDIR)/retentiond $(BINDIR)/retentionctl \
	  $(LIBEXECDIR)/retentiond-worker $(MANDIR)/man1/retentionctl.1 $(MANDIR)/man8/retentiond.8 \
	  $(MANDIR)/man5/retentiond.conf.5 $(MANDIR)/man5/retentiond-policy.5 \
	  $(UNITDIR)/retentiond.service $(SYSUSERSDIR)/retentiond.conf $(TMPFILESDIR)/retentiond.conf \
	  $(BASHCOMPDIR)/retentionctl $(DOCDIR)/retentiond.conf \
	  $(addprefix $(DOCDIR)/,verify-trail.py verify-trail.sh) \
	  $(DOCDIR)/policy-sign $(addprefix $(DOCDIR)/,$(notdir $(anchor_hooks))))
	rm -rf $(DESTDIR)$(DOCDIR)/policies

check-install:					## install, try, uninstall: nothing is left
	tests/lint/install.sh $(MAKE)

help:						## this list
	@sed -n 's/^\([a-z-]*\):.*## */\1\t/p' Makefile | expand -t 16

clean:						## remove build/
	rm -rf build

.PHONY: all check check-now unit unit-programs system replay fuzz fuzz-now lint analyze \
  bench demo man install uninstall check-install check-mask deps-build deps-check deps-ci help clean
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
