/* analyse.c - stub */
#include "verbs.h"
int cli_run_analyse(cli_run *run, const cli_options *options) { (void)options; return cli_fail(run, 3, "not yet"); }
