/* strata inspect, strata report: the commands that only read what there is. */
#include "activations.h"
#include "command.h"
#include "pair.h"
#include "recognise.h"
#include "report.h"
#include "results.h"
#include "sweep_table.h"

#include <argp.h>
#include <stdlib.h>

static error_t parse_file(int key, char *argument, struct argp_state *state)
{
    const char **file = state->input; /* or a struct that begins with it */
    switch (key) {
    case ARGP_KEY_ARG:
        if (*file != NULL)
            argp_error(state, "one file expected, found also \"%s\"", argument);
        *file = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a file is expected");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static char *meant_file(const char *path)
{
    char *file = recognise_file(path);
    if (file == NULL)
        command_out_of_memory();
    return file;
}

struct inspect_arguments {
    const char *file, *layer, *column, *step;
};

static error_t parse_inspect(int key, char *argument, struct argp_state *state)
{
    struct inspect_arguments *arguments = state->input;
    switch (key) {
    case 'p': /* takes the argument after its own, too */
        if (state->next >= state->argc)
            argp_error(state,
                       "--pair: two arguments are expected, as in --pair A B, found only \"%s\"",
                       argument);
        arguments->layer = argument;
        arguments->column = state->argv[state->next++];
        return 0;
    case 's':
        arguments->step = argument;
        return 0;
    case ARGP_KEY_END:
        if (arguments->step != NULL && arguments->layer == NULL)
            argp_error(state, "--step goes with --pair");
        return 0;
    default:
        return parse_file(key, argument, state);
    }
}

int inspect_main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"pair", 'p', "A B", 0,
         "of a results file: whether the value of layer A against B can be trusted, and why (B is "
         "a layer; across checkpoints, last or before)",
         0},
        {"step", 's', "STEP", 0, "at this training step; without it, at the last", 0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse_inspect,
                              .args_doc = "FILE",
                              .doc = "Describes and checks an activations file (or a quoted glob "
                                     "of them), a results file, or the table of a sweep; an output "
                                     "folder stands for what is in it."};
    struct inspect_arguments arguments = {0};
    struct fault fault = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    char *file = meant_file(arguments.file);
    if (arguments.layer != NULL)
        results_certify(file, arguments.layer, arguments.column, arguments.step, pair_reason,
                        &fault);
    else if (has_format(file, "results"))
        results_inspect(file, &fault);
    else if (has_format(file, "sweep"))
        sweep_inspect(file, &fault);
    else
        activations_inspect(file, &fault);
    free(file);
    return command_finish(&fault);
}

struct report_arguments {
    const char *file, *directory;
};

static error_t parse_report(int key, char *argument, struct argp_state *state)
{
    struct report_arguments *arguments = state->input;
    if (key != 'o')
        return parse_file(key, argument, state);
    arguments->directory = argument;
    return 0;
}

int report_main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"out", 'o', "DIR", 0, "write there; without this, beside the results", 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse_report,
                              .args_doc = "RESULTS",
                              .doc =
                                  "Makes the tables and the pictures that the run was configured "
                                  "for again from results.h5, or from the output folder that it "
                                  "is in."};
    struct report_arguments arguments = {0};
    struct fault fault = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    char *file = meant_file(arguments.file);
    report_file(file, arguments.directory, &fault);
    free(file);
    return command_finish(&fault);
}
