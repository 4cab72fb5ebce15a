# SPDX-License-Identifier: GPL-3.0-or-later
# The programs whose coverage tests/analysis/coverage counts, by the appliance's own Makefile: the same sources, compiled by clang
# for musl with counters, in $(OUT)/covered. Like this:
#   ./build.sh in-builder make -C appliance -f ../tests/analysis/covered.mk OUT=/courier/build SYSROOT=/sysroot covered
include Makefile

COVERED  := $(OUT)/covered
RUNTIME  = $(shell echo /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.profile-x86_64.a)
MACHINE  := ../tests/analysis/covered.c
WRAPPED  := -Wl,--wrap=_exit,--wrap=syscall,--wrap=mount,--wrap=kill -Wl,-u,__llvm_profile_runtime
COVERCC  = clang -std=c17 -O1 -D_GNU_SOURCE -nostdlibinc -iquote . -iquote $(GEN) -isystem $(SYSROOT)/include \
           -isystem $(SYSROOT)/include/openssl-internal -fPIE -ffunction-sections -fdata-sections -fvisibility=hidden \
           -DBUILT_UNIX_S=$(SOURCE_DATE_EPOCH) -fprofile-instr-generate=/mnt/%4m.profraw -fcoverage-mapping
COVERED_OBJECTS := $(SOURCES:%.c=$(COVERED)/obj/%.o) $(GENERATED:$(GEN)/%.c=$(COVERED)/obj/gen/%.o)
COVERED_FUZZERS := $(patsubst ../tests/fuzz/fuzz_%.c,$(COVERED)/corpus_%,$(sort $(wildcard ../tests/fuzz/fuzz_*.c)))
COVERED_TESTS   := $(TESTS:$(OUT)/tests/%=$(COVERED)/%)

.PHONY: covered
covered: $(COVERED)/courier $(COVERED_TESTS) $(COVERED_FUZZERS)

# It relocates nothing by itself and has no layout of its own: start.S and relocate.c run before counters can.
$(COVERED)/courier: $(COVERED)/obj/main.o $(COVERED)/libcourier.a $(MACHINE)
	@echo "  LD  $@"
	@$(CC) $(CFLAGS) -Wno-missing-prototypes $(LDFLAGS) $(WRAPPED) -o $@ $(MACHINE) $(filter %.o %.a,$^) $(LIBS) $(RUNTIME)
$(COVERED)/libcourier.a: $(COVERED_OBJECTS)
	@rm -f $@ && ar rcsD $@ $^
$(COVERED)/obj/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	@echo "  CC  $< (covered)"
	@$(COVERCC) -MMD -MP -c -o $@ $<
$(COVERED)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	@echo "  CC  $< (covered)"
	@$(COVERCC) -MMD -MP -c -o $@ $<
$(COVERED)/test_%: ../tests/unit/test_%.c $(COVERED)/libcourier.a $(MACHINE)
	@echo "  LD  $@"
	@$(CC) $(CFLAGS) -DCOVERED -Wno-missing-prototypes -iquote ../tests/unit -o $@ $< $(MACHINE) $(LDFLAGS) $(WRAPPED) $(COVERED)/libcourier.a \
		-lcmocka $(LIBS) $(RUNTIME)
# What a test wraps in its own program, it wraps here.
$(COVERED)/test_keeper_faults: LDFLAGS += $(FAULTS:%=-Wl,--wrap=%)
$(COVERED)/test_watchdog: LDFLAGS += -Wl,--wrap=open,--wrap=ioctl
$(COVERED)/test_desk_kill $(COVERED)/test_air: LDFLAGS += $(patsubst %,-Wl$(comma)--wrap=%,rename unlink remove mkdir fsync syncfs futimens write open)
$(COVERED)/corpus_%: ../tests/fuzz/fuzz_%.c ../tests/analysis/corpus.c $(COVERED)/libcourier.a $(MACHINE)
	@echo "  LD  $@"
	@$(CC) $(CFLAGS) -Wno-missing-prototypes -Wno-error -o $@ $< ../tests/analysis/corpus.c $(MACHINE) $(LDFLAGS) $(WRAPPED) \
		$(COVERED)/libcourier.a $(LIBS) $(RUNTIME)

-include $(COVERED_OBJECTS:.o=.d) $(COVERED)/obj/main.d
