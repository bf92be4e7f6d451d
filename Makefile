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
PKGS       := libconfig sqlite3 libcrypto jansson libsystemd
DEBIAN     := build-essential pkg-config libev-dev libconfig-dev libsqlite3-dev \
  libssl-dev libjansson-dev libsystemd-dev sqlite3 python3
DEBIAN_CHECK := universal-ctags shellcheck strace faketime jq openssl mandoc
DEBIAN_CI  := $(DEBIAN_CHECK) clang cppcheck libclang-rt-14-dev git

V ?= 0
Q := $(if $(filter 0,$(V)),@,)
say = @$(if $(filter 0,$(V)),printf '  %-4s %s\n' $(1) $@,:)

own_cppflags := -Iinclude -D_GNU_SOURCE $(shell pkg-config --cflags $(PKGS)) \
  -DRETENTION_VERSION='"$(VERSION)"' -DRETENTION_LIBEXEC='"$(LIBEXECDIR)"'
own_cflags := -std=gnu17 -MMD -MP -fPIE -fstack-protector-strong \
  -fstack-clash-protection -Wall -Wextra -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual \
  -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wconversion -Wsign-conversion \
  -Wimplicit-fallthrough -Wswitch-enum -include include/retention/banned.h
own_ldflags := -pie -Wl,-z,relro,-z,now

CFLAGS     ?= -O2 -g
mode_flags_release := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
mode_flags_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
  -fno-sanitize-recover=all
mode_flags_cov := -O0 --coverage
mode_flags_fuzz := -O1 -fno-omit-frame-pointer \
  -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
ifeq ($(MODE),fuzz)
override CC := clang
endif
mode_flags := $(mode_flags_$(MODE))
COMPILE = $(CC) $(own_cppflags) $(CPPFLAGS) $(own_cflags) $(CFLAGS) $(mode_flags)
LINK = $(CC) $(own_ldflags) $(LDFLAGS) $(CFLAGS) $(mode_flags)

# One list per component, by name: a new file is a deliberate line.
base    := buf clock err fd hex jsonw log pool
policy  := calendar conflict footer judge period rule timetext zone
digest  := commit merkle sha256
audit   :=
seal    :=
ledger  :=
conf    :=
wire    :=
spawn   :=
sandbox :=
store   := store sqlite/act sqlite/advise sqlite/change sqlite/db \
  sqlite/destroy sqlite/engine sqlite/erase sqlite/func sqlite/guard \
  sqlite/items sqlite/mask sqlite/pace sqlite/probe sqlite/query \
  sqlite/resume sqlite/shred sqlite/sql sqlite/table sqlite/tally sqlite/when
parent  :=
worker  :=
ctl     :=
report  :=
components := base policy digest audit seal ledger conf wire spawn sandbox \
  store parent worker ctl report

# Unit tests, by the component they test.
unit_base   := base
unit_policy := period calendar timetext judge conflict
unit_conf   :=
unit_digest := digest commit
unit_audit  :=
unit_seal   :=
unit_ledger :=
unit_wire   :=
unit_store  := query store_erase store_anonymise store_resume store_destroy
unit_parent :=
unit_ctl    :=
unit_tests  := $(foreach c,$(components),$(unit_$(c)))

# Fuzz harnesses: tests/fuzz/fuzz_NAME.c, corpus in tests/fuzz/corpus/NAME.
fuzzers :=

objects = $(foreach c,$(1),$(patsubst %,$(B)/$(c)/%.o,$(filter-out main,$($(c)))))
library := $(B)/libretention.a

# A program links its own main and only the components its process may use.
parent_uses := base policy digest audit seal ledger conf wire spawn sandbox parent
worker_uses := base policy digest wire sandbox store worker
ctl_uses    := base policy digest audit conf wire spawn report sandbox ctl
libs_base    := $(shell pkg-config --libs libcrypto jansson)
parent_libs := $(libs_base) $(shell pkg-config --libs libconfig sqlite3 libsystemd) -lev
worker_libs := $(libs_base) $(shell pkg-config --libs sqlite3)
ctl_libs    := $(libs_base) $(shell pkg-config --libs libconfig)
all_libs    := $(parent_libs) -lm

programs := $(if $(parent),$(B)/retentiond) $(if $(worker),$(B)/retentiond-worker) \
  $(if $(ctl),$(B)/retentionctl)

all: $(programs) $(library)			## build everything

$(B)/%.o: daemon/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -c $< -o $@

$(library): $(call objects,$(components))
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

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
	$(Q)$(COMPILE) -Itests/lib -Idaemon $< $(library) $(own_ldflags) $(LDFLAGS) $(all_libs) -o $@

$(B)/bench/%: tests/bench/%.c $(library) Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) $< $(library) $(own_ldflags) $(LDFLAGS) $(all_libs) -o $@

bench-sqlite: $(B)/bench/bench_erase		## compare erasing with one big DELETE
	tests/bench/bench_sqlite.py $<

unit: $(unit_tests:%=$(B)/tests/test_%)		## build and run the unit tests
	prove -e '' $^

help:						## this list
	@sed -n 's/^\([a-z-]*\):.*## */\1\t/p' Makefile

clean:						## remove build/
	rm -rf build

.PHONY: all unit bench-sqlite help clean
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
