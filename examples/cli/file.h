/* file.h - one CSV file: the library reads it and knows what is wrong; this says which file and
   line, in the user's words. */
#ifndef STARLINGS_CLI_FILE_H
#define STARLINGS_CLI_FILE_H

#include "cli.h"

typedef struct cli_file {
    cli_run *run;
    const char *path;
    FILE *file;
    starlings_csv *csv;
    uint64_t done, total; /* bytes; total 0: not known */
    int error;            /* errno of a read that failed */
} cli_file;

/* "standard input" for "-". */
const char *cli_input_name(const char *path);

/* What is wrong has been said when the result is not CLI_OK; the file is closed then. */
int cli_file_open(cli_run *run, const char *path, cli_file *file);
void cli_file_close(cli_file *file);

bool cli_header_has(const cli_file *file, const char *name);

/* Say what a call of the library found in the file. Stranger: a record that is not in `where`.
   Columns: `names` says by which options they are named; NULL: the user has done so already. */
int cli_fail_file(cli_file *file, starlings_status status);
int cli_fail_stranger(cli_file *file, const char *where, const char *hint);
int cli_fail_columns(cli_file *file, starlings_status status, const char *names);

#endif
