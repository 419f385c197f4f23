#define _POSIX_C_SOURCE 200809L
/* cli.c - the state of a run: signals, messages, the progress bar. */
#include "cli.h"
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t cli_signal_seen;

static void cli_on_signal(int number)
{
    (void)number;
    cli_signal_seen = 1;
}

bool cli_interrupted(void)
{
    return cli_signal_seen != 0;
}

/* Stop at a signal, but leave it ignored where the caller wants so (nohup, a job in the back). No
   SA_RESTART: a read that waits for input has to come back. */
static void cli_catch(int number)
{
    struct sigaction old, action;
    if (sigaction(number, NULL, &old) != 0 || old.sa_handler == SIG_IGN)
        return;
    memset(&action, 0, sizeof action);
    action.sa_handler = cli_on_signal;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

/* A standard stream that came closed would lend its number to the next file that is opened, and
   that file would get our output. Hold its place with something that can only fail. */
static void cli_hold_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            (void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

double cli_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool cli_report_progress(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    return cli_show_progress((cli_run *)ctx, stage, done, total);
}

void cli_run_start(cli_run *run, int argc, char **argv)
{
    memset(run, 0, sizeof *run);
    cli_hold_standard_streams();
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is then an error of the write */
    cli_catch(SIGINT);
    cli_catch(SIGTERM);
    run->argc = argc;
    run->argv = argv;
    run->has_bar = isatty(STDERR_FILENO) != 0;
    run->started = cli_seconds();
    run->env.error = &run->error;
    run->env.progress.report = cli_report_progress;
    run->env.progress.ctx = run;
    cli_use_threads(run, 0);
}

void cli_use_threads(cli_run *run, uint32_t threads)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads == 0)
        threads = online < 1 ? 1 : online > 256 ? 256 : (uint32_t)online;
    run->env.workers.count = threads;
}

/* Nothing for the first third of a second: what is fast should not flicker. */
bool cli_show_progress(cli_run *run, const char *stage, uint64_t done, uint64_t total)
{
    static const char full[] = "##############################";
    double now;
    int part;
    if (!run->has_bar)
        return !cli_interrupted();
    now = cli_seconds();
    if (now - run->started < 0.33 || now - run->drawn < 0.05)
        return !cli_interrupted();
    if (total == 0) {
        fprintf(stderr, "\r\033[K%-20.20s", stage);
    } else {
        double share = done < total ? (double)done / (double)total : 1.0;
        part = (int)(30.0 * share);
        fprintf(stderr, "\r\033[K%-20.20s [%-30.*s] %3.0f %%", stage, part, full, 100.0 * share);
    }
    fflush(stderr);
    run->drawn = now;
    run->bar_shown = true;
    return !cli_interrupted();
}

void cli_wipe_bar(cli_run *run)
{
    if (run->bar_shown)
        fputs("\r\033[K", stderr);
    run->bar_shown = false;
}

int cli_fail(cli_run *run, int code, const char *format, ...)
{
    va_list args;
    cli_wipe_bar(run);
    fputs("starlings: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

void cli_note(cli_run *run, const char *format, ...)
{
    va_list args;
    cli_wipe_bar(run);
    fputs("starlings: note: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

int cli_usage(cli_run *run, const char *verb, const char *format, ...)
{
    va_list args;
    cli_wipe_bar(run);
    fputs("starlings: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " (see starlings %s%s--help)\n", verb == NULL ? "" : verb,
            verb == NULL ? "" : " ");
    return CLI_USAGE;
}

int cli_no_memory(cli_run *run)
{
    return cli_fail(run, CLI_MACHINE, "out of memory");
}

int cli_stopped(cli_run *run)
{
    return cli_fail(run, CLI_INTERRUPTED, "interrupted");
}

int cli_fail_status(cli_run *run, starlings_status status)
{
    if (status == STARLINGS_OK)
        return CLI_OK;
    if (status == STARLINGS_ERR_CANCELLED)
        return cli_stopped(run);
    if (status == STARLINGS_ERR_NOMEM)
        return cli_no_memory(run);
    return cli_fail(run, CLI_BAD_DATA, "%s", starlings_status_text(status));
}

void *cli_alloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return malloc(count == 0 ? size : count * size);
}
