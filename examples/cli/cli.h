/* cli.h - what all parts of the program share: exit codes, messages, the state of a run. */
#ifndef STARLINGS_CLI_H
#define STARLINGS_CLI_H

#include "../../starlings_linker.h"
#include <stdio.h>

/* What the program returns to the shell; every function here that returns int returns one. */
enum {
    CLI_OK = 0,
    CLI_BAD_DATA = 1,     /* an input says something that it must not say */
    CLI_USAGE = 2,        /* the command line does */
    CLI_MACHINE = 3,      /* memory, disk, an output that nobody reads */
    CLI_INTERRUPTED = 130 /* as shells do it: 128 + SIGINT */
};

/* The verbs are bits, so that an option can belong to several. */
typedef enum cli_verb {
    CLI_DEMO = 1,
    CLI_SWEEP = 2,
    CLI_CLUSTER = 4,
    CLI_COMPARE = 8,
    CLI_METRICS = 16,
    CLI_GRID = 32,
    CLI_DIFF = 64,
    CLI_ANALYSE = 128,
    CLI_STATS = 256,
    CLI_HASH = 512,
    CLI_LINK = 1024,
    CLI_QUERY = 2048,
    CLI_WHY = 4096
} cli_verb;

/* One run of the program. `env` goes into every call of the library; it points into this struct,
   so a cli_run must not be moved. */
typedef struct cli_run {
    starlings_env env;
    starlings_error error;
    int argc;
    char **argv;
    bool has_bar;   /* stderr is a terminal */
    bool bar_shown; /* there is a bar to wipe off before anything else is said */
    double started; /* seconds */
    double drawn;
} cli_run;

void cli_run_start(cli_run *run, int argc, char **argv);
void cli_use_threads(cli_run *run, uint32_t threads); /* 0: as many as there are processors */

/* Seconds on a clock that only goes forward. */
double cli_seconds(void);
bool cli_interrupted(void);
bool cli_show_progress(cli_run *run, const char *stage, uint64_t done, uint64_t total);
void cli_wipe_bar(cli_run *run);

#if defined(__GNUC__)
#  define CLI_FORMAT(at, first) __attribute__((format(printf, at, first)))
#else
#  define CLI_FORMAT(at, first)
#endif

/* Print "starlings: ..." on stderr; returns `code`. */
int cli_fail(cli_run *run, int code, const char *format, ...) CLI_FORMAT(3, 4);
/* The same for wrong usage, with a pointer to the help of the verb (NULL: of the program). */
int cli_usage(cli_run *run, const char *verb, const char *format, ...) CLI_FORMAT(3, 4);
/* Print "starlings: note: ..." on stderr: what one should know of output that is as asked. */
void cli_note(cli_run *run, const char *format, ...) CLI_FORMAT(2, 3);
int cli_no_memory(cli_run *run);
int cli_stopped(cli_run *run);
/* What a call of the library that has nothing to do with a file went wrong on. */
int cli_fail_status(cli_run *run, starlings_status status);

/* An array of `count` things, at least one, so that NULL always means that there was no memory. */
void *cli_alloc(size_t count, size_t size);

#endif
