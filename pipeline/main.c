/* The command line. */
#include "command.h"
#include "config.h"
#include "forecast.h"
#include "run.h"
#include "schedule.h"
#include "settings.h"
#include "stop.h"
#include "sweep_gather.h"
#include "sweep_run.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *argp_program_version = "strata " STRATA_VERSION;

/* --- A command: its own options and arguments, and what it does ----------------------------- */

struct command {
    const char *name;
    const char *brief;
    int (*main)(int argc, char **argv);
};

/* Has Open MPI read files through ROMIO, unless the user chose: its own OMPIO guards a shared file
 * pointer, which nobody here uses, by a semaphore named after the file alone. It outlives a killed
 * process and then every later run over a file of that name hangs on the node. */
static void choose_file_layer(void)
{
    setenv("OMPI_MCA_io", "^ompio", 0);
}

/* --- strata run ------------------------------------------------------------------------------ */

#define NO_CONFIGURATION "a configuration file is expected, such as configs/modular-sum.yaml"

enum { KEY_FRESH = 256, KEY_RESUME, KEY_FOLLOW, KEY_DRY_RUN };

struct run_arguments {
    struct run_options options;
    char *output; /* the override made of --out; owned */
};

static void add_override(char ***overrides, int *count, char *text)
{
    char **grown = realloc(*overrides, (size_t)(*count + 1) * sizeof **overrides);
    if (grown == NULL)
        command_out_of_memory();
    *overrides = grown;
    grown[(*count)++] = text;
}

static error_t parse_run(int key, char *argument, struct argp_state *state)
{
    struct run_arguments *arguments = state->input;
    struct run_options *options = &arguments->options;
    switch (key) {
    case 's':
        add_override(&options->overrides, &options->override_count, argument);
        return 0;
    case 'o':
        free(arguments->output);
        arguments->output = config_override("output.directory", argument);
        if (arguments->output == NULL)
            command_out_of_memory();
        return 0;
    case KEY_FRESH:
    case KEY_RESUME:
        if (options->mode != CLAIM_GO_ON)
            argp_error(state, "--fresh and --resume: give one of them, once");
        options->mode = key == KEY_FRESH ? CLAIM_FRESH : CLAIM_RESUME;
        return 0;
    case KEY_FOLLOW:
        options->follow = true;
        return 0;
    case KEY_DRY_RUN:
        options->dry_run = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->config != NULL)
            argp_error(state, "one configuration expected, found also \"%s\"", argument);
        options->config = argument;
        return 0;
    case ARGP_KEY_END:
        if (options->config == NULL)
            argp_error(state, NO_CONFIGURATION);
        if (arguments->output != NULL)
            add_override(&options->overrides, &options->override_count, arguments->output);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The keys of a configuration go below the options in --help. */
static char *append_keys(int key, const char *text, void *input)
{
    (void)input;
    if (key == ARGP_KEY_HELP_POST_DOC) {
        char *keys = config_help(settings_table);
        return keys ? keys : (char *)text;
    }
    return (char *)text;
}

#define SET_OPTION                                                                                 \
    {                                                                                              \
        "set", 's', "KEY=VALUE", 0, "set a key of the configuration; may be repeated", 0           \
    }

/* Options of all commands that run. */
#define RUN_OPTIONS                                                                                \
    SET_OPTION, {"out", 'o', "DIR", 0, "output folder (output.directory)", 0},                     \
        {"fresh", KEY_FRESH, NULL, 0, "start over: what the output folder holds goes", 0},         \
        {"resume",                                                                                 \
         KEY_RESUME,                                                                               \
         NULL,                                                                                     \
         0,                                                                                        \
         "go on with what the output folder holds, and refuse where that is nothing (without "     \
         "this, a run goes on where it can)",                                                      \
         0},                                                                                       \
    {                                                                                              \
        "dry-run", KEY_DRY_RUN, NULL, 0, "check everything, say what would be done, and stop", 0   \
    }

/* Under MPI: one of the functions of run.h and sweep_run.h. Frees the arguments. */
static int run_parallel(int (*main)(const struct run_options *, MPI_Comm, struct fault *),
                        struct run_arguments *arguments, int argc, char **argv)
{
    struct fault fault = {0};
    choose_file_layer();
    stop_install(command_is_first_rank());
    MPI_Init(&argc, &argv);
    int status = main(&arguments->options, MPI_COMM_WORLD, &fault);
    command_finish(&fault);
    MPI_Finalize();
    free(arguments->options.overrides);
    free(arguments->output);
    return status;
}

static int run_main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        RUN_OPTIONS,
        {"follow", KEY_FOLLOW, NULL, 0,
         "keep watching the input, and update results and pictures as checkpoints arrive, until a "
         "signal",
         0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse_run,
                              .args_doc = "CONFIG",
                              .doc =
                                  "Compares all layers at all checkpoints and finds the "
                                  "sub-networks. Each solved pair is kept in the output folder at "
                                  "once: the same command goes on after any kind of end. "
                                  "SIGTERM, SIGINT and SIGUSR1 stop it within two seconds, with "
                                  "exit status 4.\vKeys of the configuration:",
                              .help_filter = append_keys};
    struct run_arguments arguments = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    return run_parallel(run, &arguments, argc, argv);
}

/* --- strata sweep ---------------------------------------------------------------------------- */

enum { KEY_LIST = 512, KEY_SHOW, KEY_INDEX, KEY_GATHER };

struct sweep_arguments {
    struct run_arguments run; /* first, for parse_run */
    int mode;                 /* one of the keys; 0: all members, then gather */
};

static int64_t parse_index(struct argp_state *state, const char *text)
{
    char *end = NULL;
    errno = 0;
    const long long index = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0)
        argp_error(state, "--index and --show take the number of a member, found \"%s\"", text);
    return index;
}

static error_t parse_sweep(int key, char *argument, struct argp_state *state)
{
    struct sweep_arguments *arguments = state->input;
    struct run_options *options = &arguments->run.options;
    if (key < KEY_LIST || key > KEY_GATHER)
        return parse_run(key, argument, state);
    if (arguments->mode != 0)
        argp_error(state, "--list, --show, --index and --gather: give one of them, once");
    arguments->mode = key;
    if (argument != NULL)
        options->member = parse_index(state, argument);
    return 0;
}

/* The modes that only rank 0 has work in. */
static int sweep_alone(const struct sweep_arguments *arguments)
{
    const struct run_options *options = &arguments->run.options;
    const struct sweep_source source = {options->config, options->overrides,
                                        options->override_count};
    struct fault fault = {0};
    int status = 0;
    if (!command_is_first_rank())
        return EXIT_COMPLETE;
    if (arguments->mode == KEY_LIST)
        status = sweep_list(&source, &fault);
    else if (arguments->mode == KEY_SHOW)
        status = sweep_show(&source, options->member, &fault);
    else
        status = sweep_gather(&source, &fault);
    command_finish(&fault);
    return status;
}

static int sweep_main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"list", KEY_LIST, NULL, 0,
         "print number, name and state of each member, one a line (not begun, unfinished, "
         "failed, or finished: --gather says how complete)",
         0},
        {"show", KEY_SHOW, "K", 0, "print the configuration of member K", 0},
        {"index", KEY_INDEX, "K", 0, "run member K, counted from 0, as an ordinary run", 0},
        {"gather", KEY_GATHER, NULL, 0, "make the table and the pictures of what there is", 0},
        RUN_OPTIONS,
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse_sweep,
        .args_doc = "CONFIG",
        .doc =
            "Runs a configuration for many values of its keys. Without --list, --show, --index "
            "or --gather: all members one after the other, and then their table and pictures. "
            "Each is an ordinary run in a folder of its own below output.directory."
            "\vThe section sweep of CONFIG has lists of values for keys, and the members are all "
            "combinations; lists below zip advance together:\n\n"
            "  sweep:\n"
            "    metric.distance: [euclidean, cosine]\n"
            "    input.activations: {each: models/*}\n"
            "    zip:\n"
            "      sampling.count: [100, 200]\n"
            "      sampling.seed: [1, 2]\n\n"
            "{each: PATTERN} is each file that matches, or all .h5 files of each folder that "
            "does; {label: value, ...} in place of a list names the values."};
    struct sweep_arguments arguments = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    arguments.run.options.sweep = true;
    if (arguments.mode == 0)
        return run_parallel(sweep_run, &arguments.run, argc, argv);
    if (arguments.mode == KEY_INDEX)
        return run_parallel(run, &arguments.run, argc, argv);
    int status = sweep_alone(&arguments);
    free(arguments.run.options.overrides);
    free(arguments.run.output);
    return status;
}

/* --- strata plan ----------------------------------------------------------------------------- */

enum { KEY_RANKS_PER_NODE = 256, KEY_SECONDS, KEY_FORMAT };

/* The number of an option, which must lie within bounds. */
static double parse_number(const struct argp_state *state, const char *option, const char *text,
                           double least, double most)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most))
        argp_error(state, "%s: expected a number from %g to %g, found \"%s\"", option, least, most,
                   text);
    return value;
}

/* The same of a whole number. */
static int parse_count(const struct argp_state *state, const char *option, const char *text,
                       int least, int most)
{
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < least || value > most)
        argp_error(state, "%s: expected a whole number from %d to %d, found \"%s\"", option, least,
                   most, text);
    return (int)value;
}

static error_t parse_plan(int key, char *argument, struct argp_state *state)
{
    struct forecast_options *options = state->input;
    switch (key) {
    case 's':
        add_override(&options->overrides, &options->override_count, argument);
        return 0;
    case 'n':
        options->ranks = parse_count(state, "--ranks", argument, 1, SCHEDULE_MOST_RANKS);
        return 0;
    case KEY_RANKS_PER_NODE:
        options->ranks_per_node =
            parse_count(state, "--ranks-per-node", argument, 1, SCHEDULE_MOST_RANKS);
        return 0;
    case KEY_SECONDS:
        options->seconds = parse_number(state, "--seconds", argument, 0, 86400);
        return 0;
    case KEY_FORMAT:
        if (strcmp(argument, "text") != 0 && strcmp(argument, "keys") != 0)
            argp_error(state, "--format: expected text or keys, found \"%s\"", argument);
        options->format = *argument == 'k' ? FORECAST_KEYS : FORECAST_TEXT;
        return 0;
    case ARGP_KEY_ARG:
        if (options->config != NULL)
            argp_error(state, "one configuration expected, found also \"%s\"", argument);
        options->config = argument;
        return 0;
    case ARGP_KEY_END:
        if (options->config == NULL)
            argp_error(state, NO_CONFIGURATION);
        if (options->ranks == 0)
            argp_error(state, "--ranks N is expected: on how many processes is it to run?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int plan_main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"ranks", 'n', "N", 0, "processes that the run is to have, up to 4096", 0},
        {"ranks-per-node", KEY_RANKS_PER_NODE, "N", 0,
         "processes on a node; without this, as many as there are cores here", 0},
        SET_OPTION,
        {"seconds", KEY_SECONDS, "S", 0,
         "to solve pairs for at most, beside reading; 20 without this", 0},
        {"format", KEY_FORMAT, "FORMAT", 0,
         "text, or keys: lines of `key value` for scripts (pairs, ranks, nodes, seconds, "
         "seconds_doubt (how far off, relative), core_seconds, efficiency, least_ranks, "
         "useful_ranks, "
         "memory_per_rank_bytes, memory_per_node_bytes, "
         "read_bytes_per_node, flops)",
         0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse_plan,
                              .args_doc = "CONFIG",
                              .doc =
                                  "Says what a run will take before a job is submitted: work, "
                                  "memory, reading and time on N processes, and how many of them "
                                  "are of use. Solves some of the pairs here and now to know; one "
                                  "process, no mpirun. Writes nothing."};
    struct forecast_options plan = {.seconds = 20};
    struct fault fault = {0};
    int rank = 0;
    int threads = 0;
    argp_parse(&argp, argc, argv, 0, NULL, &plan);
    choose_file_layer();
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &threads); /* trial.h */
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0)
        forecast(&plan, MPI_COMM_SELF, &fault);
    fault_agree(&fault, MPI_COMM_WORLD);
    command_finish(&fault);
    MPI_Finalize();
    free(plan.overrides);
    return fault.status;
}

/* --- strata ---------------------------------------------------------------------------------- */

static const struct command commands[] = {
    {"run", "compare all layers at all checkpoints, find the sub-networks", run_main},
    {"plan", "work, memory and time of a run, before a job is submitted", plan_main},
    {"sweep", "run a configuration for many values of its keys, and gather", sweep_main},
    {"inspect", "describe and check an activations file, results, or the table of a sweep",
     inspect_main},
    {"report", "tables and pictures again from results.h5", report_main},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_usage(FILE *stream)
{
    fputs("Usage: strata COMMAND …, under mpirun or srun for more than one process\n\n"
          "Finds the sub-networks of a neural network: compares every pair of layers by the\n"
          "Gromov-Wasserstein distance of their activations, at every training checkpoint.\n\n",
          stream);
    for (int k = 0; k < COMMANDS; k++)
        fprintf(stream, "  %-10s %s\n", commands[k].name, commands[k].brief);
    fputs(
        "\nstrata COMMAND --help says more. Exit status: 0 complete; 1 a fault of the program or\n"
        "the system; 2 bad usage, configuration or input; 3 finished, but some pairs failed;\n"
        "4 stopped early, resumable.\n",
        stream);
}

static int complain(const char *found)
{
    const char *names[COMMANDS + 1] = {NULL};
    for (int k = 0; k < COMMANDS; k++)
        names[k] = commands[k].name;
    const char *near = nearest_name(found, names);
    fprintf(stderr, "strata: unknown command \"%s\"", found);
    if (near != NULL)
        fprintf(stderr, "; did you mean \"%s\"?", near);
    fputs("\n\n", stderr);
    print_usage(stderr);
    return EXIT_INPUT;
}

int main(int argc, char **argv)
{
    command_silence_other_ranks();
    argp_err_exit_status = EXIT_INPUT;
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
        print_usage(stdout);
        return EXIT_COMPLETE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts(argp_program_version);
        return EXIT_COMPLETE;
    }
    for (int k = 0; k < COMMANDS; k++) {
        if (strcmp(argv[1], commands[k].name) == 0) {
            char name[64];
            snprintf(name, sizeof name, "strata %s", commands[k].name);
            argv[1] = name; /* what argp calls the program in its messages */
            return commands[k].main(argc - 1, argv + 1);
        }
    }
    return complain(argv[1]);
}
