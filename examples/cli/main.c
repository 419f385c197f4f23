/* main.c - starlings, the command-line program. It uses nothing but the public part of
   starlings.h and starlings_linker.h; impl.c holds the code of the library.
   Build: make, or cc -std=c11 -O2 -o starlings and all .c files of this directory. */
#include "verbs.h"
#include <errno.h>
#include <string.h>

/* Help and version are output like any other: a full disk is an error. */
static int cli_say_on_stdout(cli_run *run, const char *verb_name, bool version)
{
    cli_target target;
    int code = cli_target_open(run, NULL, &target);
    if (code != CLI_OK)
        return code;
    if (version)
        fputs("starlings " STARLINGS_VERSION_STRING "\n", target.file);
    else
        cli_print_help(target.file, verb_name);
    return cli_target_finish(&target);
}

static int cli_run_verb(cli_run *run, const cli_options *options)
{
    switch (options->verb) {
    case CLI_DEMO:
        return cli_run_demo(run, options);
    case CLI_SWEEP:
        return cli_run_sweep(run, options);
    case CLI_CLUSTER:
        return cli_run_cluster(run, options);
    case CLI_COMPARE:
        return options->labels == NULL ? cli_run_compare(run, options)
                                       : cli_run_sample(run, options);
    case CLI_METRICS:
        return cli_run_metrics(run, options);
    case CLI_GRID:
        return cli_run_grid(run, options);
    case CLI_DIFF:
        return cli_run_diff(run, options);
    case CLI_ANALYSE:
        return cli_run_analyse(run, options);
    case CLI_STATS:
        return cli_run_stats(run, options);
    case CLI_HASH:
        return cli_run_hash(run, options);
    case CLI_LINK:
        return cli_run_link(run, options);
    case CLI_QUERY:
        return cli_run_query(run, options);
    case CLI_WHY:
        return cli_run_why(run, options);
    }
    return CLI_USAGE;
}

static int cli_dispatch(cli_run *run, cli_verb verb)
{
    cli_options options;
    int code = cli_options_read(run, verb, &options);
    if (code == CLI_OK && options.help)
        code = cli_say_on_stdout(run, options.verb_name, false);
    else if (code == CLI_OK)
        code = cli_check_outputs(run, &options);
    if (code == CLI_OK && !options.help)
        code = cli_run_verb(run, &options);
    cli_options_clear(&options);
    return code;
}

/* The bit of a verb; 0: there is none of that name, which has been said. */
static unsigned cli_find_verb(cli_run *run, const char *name)
{
    const char *nearest = cli_nearest(name, cli_verb_names, CLI_VERB_COUNT);
    for (int i = 0; i < CLI_VERB_COUNT; i++)
        if (strcmp(name, cli_verb_names[i]) == 0)
            return 1u << i;
    if (nearest == NULL)
        (void)cli_usage(run, NULL, "there is no verb \"%s\"", name);
    else
        (void)cli_usage(run, NULL, "there is no verb \"%s\"; did you mean %s?", name, nearest);
    return 0;
}

/* starlings help, starlings help VERB */
static int cli_help(cli_run *run)
{
    if (run->argc > 3)
        return cli_usage(run, NULL, "help has no use for \"%s\"", run->argv[3]);
    if (run->argc == 3 && cli_find_verb(run, run->argv[2]) == 0)
        return CLI_USAGE;
    return cli_say_on_stdout(run, run->argc == 3 ? run->argv[2] : NULL, false);
}

int main(int argc, char **argv)
{
    unsigned verb;
    cli_run run;
    int code;
    cli_run_start(&run, argc, argv);
    if (argc < 2)
        return cli_usage(&run, NULL, "which verb: demo, sweep, cluster, compare, diff, analyse, "
                                     "grid, stats, hash, metrics, link, query or why?");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return cli_say_on_stdout(&run, NULL, false);
    if (strcmp(argv[1], "--version") == 0)
        return cli_say_on_stdout(&run, NULL, true);
    if (strcmp(argv[1], "help") == 0)
        return cli_help(&run);
    verb = cli_find_verb(&run, argv[1]);
    if (verb == 0)
        return CLI_USAGE;
    code = cli_dispatch(&run, (cli_verb)verb);
    cli_wipe_bar(&run);
    /* only what is left unsaid: finished output has been flushed and checked */
    if (fclose(stdout) != 0 && code == CLI_OK)
        code = cli_fail(&run, CLI_MACHINE, "standard output: %s", strerror(errno));
    return code;
}
