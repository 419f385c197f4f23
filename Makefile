# The library needs no build: copy starlings.h, and starlings_linker.h for records over time. This
# builds the program `starlings` (examples/cli), runs the tests and installs. `make help` lists the
# targets.

CFLAGS     ?= -O2 -Wall -Wextra -Wpedantic
TEST_CFLAGS = -Og -Wall -Wextra -Wpedantic -DSTARLINGS_DEBUG=3
PREFIX     ?= /usr/local
std         = -std=c11 -pthread

# Two compilers at a time, unless the caller said how many.
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j2
endif

export CC
headers     = starlings.h starlings_linker.h $(wildcard starlings_roaring.h)
version     = $(shell sed -n 's/^.define STARLINGS_VERSION_STRING "\(.*\)"/\1/p' starlings.h)
cli_objects = $(patsubst %.c,build/%.o,$(wildcard examples/cli/*.c))
run         = tests/tools/run.sh
target      = $(DESTDIR)$(PREFIX)

# BITMAP=roaring: the unit tests with CRoaring behind large sets (starlings_roaring.h).
BITMAP       ?= own
ROARING_LIBS ?= -lroaring
test_all      = build/test_all$(patsubst %,_%,$(filter-out own,$(BITMAP)))

# The implementation of both headers, which the small programs of the tests share with the program.
impl  = build/examples/cli/impl.o
tests = '$(test_all)' 'tests/link.sh $(impl)' 'tests/examples.sh $(impl)' 'tests/readme.sh' \
        'tests/cli.sh build/starlings' 'tests/test_report.sh build/starlings'
gates = 'tests/test_report.sh build/starlings browser' 'tests/examples.sh' \
        $(patsubst %,'tests/tools/%.sh',sanitize long strict std cxx symbols tcc lint fuzz times \
                                        callgrind \
                                        roaring) 'tests/tools/cross.sh short'
slow  = $(patsubst %,'tests/tools/%.sh',valgrind cross)

all: build/starlings ## build the program, build/starlings

demo: build/starlings ## generate records, sweep every threshold, show the best: no input needed
	build/starlings demo

test: build/starlings $(test_all) $(impl) ## run all tests (40 seconds); needs cc and make, nothing else
	@$(run) $(tests)

install: build/starlings ## install headers, program, man page, starlings.pc (PREFIX, DESTDIR)
	install -d $(target)/include $(target)/bin $(target)/share/man/man1 $(target)/lib/pkgconfig
	install -m 644 $(headers) $(target)/include
	install -m 755 build/starlings $(target)/bin
	install -m 644 examples/cli/starlings.1 $(target)/share/man/man1
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(version)|' starlings.pc.in >build/starlings.pc
	install -m 644 build/starlings.pc $(target)/lib/pkgconfig

uninstall: ## remove what install put there
	rm -f $(addprefix $(target)/include/,$(headers)) $(target)/bin/starlings \
	    $(target)/share/man/man1/starlings.1 $(target)/lib/pkgconfig/starlings.pc

bench: build/bench ## time the main jobs on a million records; JSON lines
	build/bench

bench-cost: build/cost ## what an edge and a record cost, 10^4 to 10^7 of them; table, chart
	build/cost >build/cost.jsonl
	awk -f bench/lines.awk -f bench/svg.awk -f bench/cost.awk build/cost.jsonl >build/cost.svg
	awk -v table=1 -f bench/lines.awk -f bench/svg.awk -f bench/cost.awk build/cost.jsonl

bench-gate: build/yardstick ## speed beside a plain qsort and union-find, held to bench/baseline
	build/yardstick bench/baseline/ratios.txt

bench-peers: ## time Boost, igraph, scipy and others on the same data, where installed (minutes)
	@bench/peers/run.sh

bench-bitmap: ## time the bitmaps beside CRoaring, where it is: ROARING_DIR or installed (minutes)
	@bench/bitmap.sh

bench-frame: build/frame ## time a frame of five resolvers, and what is asked of entities
	build/frame

bench-linker: build/linker ## time the linker on records of many kinds and overlaps (minutes, 3 GB)
	build/linker

bench-scale: build/scale ## 10^9 edges of 10^8 records through a builder (minutes, 6 GB)
	build/scale

lint: ## check the shape of the headers and of the scripts
	@$(run) tests/tools/lint.sh

ci: build/starlings ## the wider gates: compilers, sanitizers, C++, fuzzing, AArch64 (minutes)
	@$(run) $(gates)

ci-long: ## valgrind and other machines under emulation (longer)
	@$(run) $(slow)

clean: ## remove build/
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' Makefile | \
	    while read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

build/starlings: $(cli_objects)
	$(CC) $(std) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

build/examples/cli/%.o: examples/cli/%.c $(wildcard examples/cli/*.h) $(headers)
	@mkdir -p $(@D)
	$(CC) $(std) $(CFLAGS) -c -o $@ $<

build/test_all_roaring: $(wildcard tests/*.c tests/*.h) $(headers)
	@mkdir -p $(@D)
	$(CC) $(std) -D_POSIX_C_SOURCE=200809L $(TEST_CFLAGS) -DTEST_BITMAP_ROARING $(LDFLAGS) -o $@ \
	    tests/test_all.c $(ROARING_LIBS) -lm $(LDLIBS)

build/test_all: $(wildcard tests/*.c tests/*.h) $(headers)
	@mkdir -p $(@D)
	$(CC) $(std) $(TEST_CFLAGS) $(LDFLAGS) -o $@ tests/test_all.c -lm $(LDLIBS)

benches = $(patsubst %,build/%,bench cost frame generate linker scale yardstick)
$(benches): build/%: bench/%.c $(wildcard bench/*.h) examples/cli/generate.h $(headers)
	@mkdir -p $(@D)
	$(CC) $(std) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LDLIBS)

.PHONY: all demo test install uninstall bench bench-cost bench-gate bench-peers \
    bench-bitmap bench-frame bench-linker bench-scale lint ci ci-long clean help
