#include "forecast.h"
#include "calibrate.h"
#include "gang_plan.h"
#include "machine.h"
#include "schedule.h"
#include "strata.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

/* What does not depend on the number of pairs, as measured on a laptop: the start of all processes,
 * the end, and a picture. */
static const double start_seconds = 0.6;
static const double end_seconds = 0.2;
static const double picture_seconds = 0.05;

/* The same work takes so much more or less another time. */
static const double repeated_error = 0.05;

/* Ranks that bring this part of the time that more would save are enough. */
static const double enough = 1.05;

struct forecast {
    const struct forecast_options *options;
    MPI_Comm comm;
    int ranks_per_node;
    size_t base; /* bytes of a process that has not done anything */
    struct settings settings;
    struct plan_inputs inputs;
    struct plan plan;
    struct calibration calibration;
    struct fault *fault;
};

/* --- work --- */

/* Spaces of all frames. */
static double count_spaces(const struct plan *plan)
{
    double count = 0;
    for (int t = 0; t < plan->checkpoints; t++)
        for (int s = 0; s < plan->pairing.spaces; s++)
            count += plan_place(plan, t, s).checkpoint >= 0;
    return count * plan->replicates;
}

static double count_values(const struct plan *plan)
{
    double values = 0;
    for (int t = 0; t < plan->checkpoints; t++)
        for (int s = 0; s < plan->pairing.spaces; s++) {
            const struct place place = plan_place(plan, t, s);
            values += place.checkpoint >= 0 ? (double)place.width * place.points : 0;
        }
    return values * plan->replicates;
}

static double computed_seconds(const struct forecast *f)
{
    const struct plan *plan = &f->plan;
    double sum = f->calibration.build * count_spaces(plan);
    for (int frame = 0; frame < plan->frames; frame++)
        for (int64_t k = 0; k < plan_pairs(plan, frame); k++)
            sum += calibration_pair(&f->calibration, plan_pair(plan, frame, k));
    return sum;
}

/* --- memory --- */

static size_t rank_bytes(const struct forecast *f)
{
    if (f->plan.gang.applies)
        return f->base + f->plan.gang.rank_bytes;
    const size_t n = (size_t)plan_points(&f->plan);
    /* a solver, and the building of a space */
    return f->base + f->plan.solver_bytes + 8 * n * (size_t)plan_widest(&f->plan);
}

static int node_ranks(const struct forecast *f)
{
    return f->options->ranks < f->ranks_per_node ? f->options->ranks : f->ranks_per_node;
}

static size_t shared_bytes(const struct forecast *f)
{
    return f->plan.frame_bytes * (size_t)f->plan.window;
}

/* What to ask a scheduler for: a run takes half of a node's memory for frames, unless told. */
static size_t node_bytes(const struct forecast *f)
{
    return shared_bytes(f) * (f->settings.solver.memory > 0 ? 1 : 2) +
           rank_bytes(f) * (size_t)node_ranks(f);
}

/* --- time --- */

static double pair_seconds(void *context, struct pair pair, int ranks)
{
    const struct calibration *c = context;
    return calibration_pair(c, pair) * (c->alone + (1 - c->alone) / ranks);
}

/* Seconds of the whole run; on fewer ranks than a gang has, as if they had the memory. */
static double play(struct forecast *f, int ranks, struct schedule *schedule)
{
    struct plan fitted = f->plan;
    const struct plan *plan = &fitted;
    fitted.gang.size = ranks < fitted.gang.size ? ranks : fitted.gang.size;
    const int together = ranks < f->ranks_per_node ? ranks : f->ranks_per_node;
    const struct schedule_costs costs = {.read = f->calibration.read * count_values(plan) /
                                                 plan->frames / together,
                                         .build = f->calibration.build,
                                         .pair = pair_seconds,
                                         .context = &f->calibration};
    int pictures = 0;
    for (uint32_t formats = f->settings.output.figures; formats; formats &= formats - 1)
        pictures += plan->pairing.kind == PAIRING_ACROSS ? 1 : plan->checkpoints + 2;
    schedule_play(plan, &costs, ranks, f->ranks_per_node, schedule, f->fault);
    return start_seconds + schedule_seconds(schedule) + end_seconds + picture_seconds * pictures;
}

/* The ranks that gangs occupy, of those asked for: they divide what the schedule takes for the work
 * of one rank. */
static int gang_ranks(const struct forecast *f)
{
    const struct plan *plan = &f->plan;
    return plan->gang.applies ? gang_plan_form(plan, f->options->ranks, plan->pairs).used : 1;
}

/* The least number of ranks that are about as fast as the most. */
static int find_useful_ranks(struct forecast *f)
{
    struct schedule schedule;
    const double best = play(f, SCHEDULE_MOST_RANKS, &schedule);
    int low = 0;
    int high = SCHEDULE_MOST_RANKS;
    while (high - low > 1 && !f->fault->status) {
        const int middle = (low + high) / 2;
        *(play(f, middle, &schedule) <= enough * best ? &high : &low) = middle;
    }
    return high > gang_ranks(f) ? high : gang_ranks(f);
}

/* --- what is printed --- */

struct duration {
    char text[32];
};

static struct duration duration(double seconds)
{
    struct duration d;
    if (seconds < 100)
        snprintf(d.text, sizeof d.text, "%.3g s", seconds);
    else if (seconds < 6000)
        snprintf(d.text, sizeof d.text, "%.3g min", seconds / 60);
    else if (seconds < 100 * 3600)
        snprintf(d.text, sizeof d.text, "%.3g h", seconds / 3600);
    else
        snprintf(d.text, sizeof d.text, "%.4g days", seconds / 86400);
    return d;
}

struct amount {
    char text[32];
};

/* 1.23 GB */
static struct amount amount(double value, const char *unit)
{
    static const char prefixes[] = " kMGTPE";
    struct amount a;
    int k = 0;
    while (value >= 1000 && prefixes[k + 1]) {
        value /= 1000;
        k++;
    }
    snprintf(a.text, sizeof a.text, "%.3g %.*s%s", value, k > 0, prefixes + k, unit);
    return a;
}

/* How far the time may be off, relative; in one case of twenty more. */
static double doubt(const struct forecast *f)
{
    return hypot(2 * f->calibration.error, repeated_error);
}

static void print_calibration(const struct calibration *c, int points)
{
    printf("measured  %d pairs", c->pairs);
    if (c->scale_pairs > 0)
        printf(" on %d inputs, %d on %d", c->points, c->scale_pairs, c->scale_points);
    if (c->scale_pairs > 0 && c->scale_points < points)
        printf(", extrapolated to %d", points);
    printf(", %d at a time, in %s\n", c->threads, duration(c->took).text);
}

static void print_row(struct forecast *f, int ranks, double alone)
{
    struct schedule schedule;
    const double seconds = play(f, ranks, &schedule);
    printf("%9d %7d %11s %11.0f %%\n", ranks, schedule.nodes, duration(seconds).text,
           100 * alone / seconds / ranks);
}

/* The time on fewer and more ranks, up to where they help no more. */
static void print_table(struct forecast *f, int useful)
{
    struct schedule schedule;
    const double alone = play(f, 1, &schedule);
    puts("\n    ranks   nodes        time   efficiency");
    for (int ranks = 1; ranks < 2 * useful && ranks <= SCHEDULE_MOST_RANKS && !f->fault->status;
         ranks *= 2) {
        if (ranks >= f->plan.gang.size)
            print_row(f, ranks, alone);
        if (ranks < useful && useful < 2 * ranks)
            print_row(f, useful, alone);
    }
    if (useful < SCHEDULE_MOST_RANKS && !f->plan.gang.applies)
        printf("\nMore than %d ranks do not help: they save less than %.0f %% of the time.\n",
               useful, 100 * (enough - 1));
}

static void print_text(struct forecast *f, int useful)
{
    const struct plan *plan = &f->plan;
    const struct calibration *c = &f->calibration;
    const double computed = computed_seconds(f);
    const int ranks = f->options->ranks;
    struct schedule schedule;
    struct schedule one;
    const double seconds = play(f, ranks, &schedule);
    const double alone = play(f, 1, &one);
    const double read_bytes = c->read_bytes * count_values(plan);
    printf("%s: %d layer%s, %d checkpoint%s, %d of %lld inputs%s\n", f->settings.input.activations,
           plan->layers, plural(plan->layers), plan->checkpoints, plural(plan->checkpoints),
           plan->draws[0][0].points, (long long)f->inputs.of[0]->row_count,
           plan->replicates > 1 ? " in replicates" : "");
    printf("work      %lld pairs, %.0f distance matrices: %s of one core, at most %s\n",
           (long long)plan->pairs, count_spaces(plan), duration(computed).text,
           amount(computed * strata_product_rate(plan_points(plan)), "flop").text);
    printf("reading   %s by each node\n", amount(read_bytes, "B").text);
    printf("memory    %s a rank, and %s shared by the ranks of a node (%d of %d %s at a time); "
           "ask for %s a node\n",
           amount((double)rank_bytes(f), "B").text, amount((double)shared_bytes(f), "B").text,
           plan->window, plan->frames,
           plan->replicates > 1 ? "draws at checkpoints" : "checkpoints",
           amount((double)node_bytes(f), "B").text);
    print_calibration(c, plan_points(plan));
    if (plan->gang.applies)
        printf("gangs     of %d or more ranks, %s of each; %.1f %% of a pair is done by all of "
               "them, the rest shared; messages are left out\n",
               plan->gang.size, amount((double)plan->gang.rank_bytes, "B").text, 100 * c->alone);
    printf("time      %s, give or take %.0f %%, on %d rank%s, %d node%s of %d: reading %s, solving "
           "%s, "
           "else %s; efficiency %.0f %%\n",
           duration(seconds).text, 100 * doubt(f), ranks, ranks > 1 ? "s" : "", schedule.nodes,
           schedule.nodes > 1 ? "s" : "", node_ranks(f), duration(schedule.read).text,
           duration(schedule.solve).text, duration(seconds - schedule_seconds(&schedule)).text,
           100 * alone / seconds / ranks);
    print_table(f, useful);
}

static void print_keys(struct forecast *f, int useful)
{
    const struct plan *plan = &f->plan;
    struct schedule schedule;
    const double alone = play(f, 1, &schedule);
    const double seconds = play(f, f->options->ranks, &schedule);
    printf("pairs %lld\n", (long long)plan->pairs);
    printf("ranks %d\n", f->options->ranks);
    printf("nodes %d\n", schedule.nodes);
    printf("seconds %.3f\n", seconds);
    printf("seconds_doubt %.4f\n", doubt(f));
    printf("core_seconds %.3f\n", computed_seconds(f));
    printf("efficiency %.4f\n", alone / seconds / f->options->ranks);
    printf("least_ranks %d\n", plan->gang.applies ? plan->gang.least : 1);
    printf("useful_ranks %d\n", useful);
    printf("memory_per_rank_bytes %zu\n", rank_bytes(f));
    printf("memory_per_node_bytes %zu\n", node_bytes(f));
    printf("read_bytes_per_node %.0f\n", f->calibration.read_bytes * count_values(plan));
    printf("flops %.3e\n", computed_seconds(f) * strata_product_rate(plan_points(plan)));
}

/* --- all --- */

static int prepare(struct forecast *f)
{
    const struct forecast_options *options = f->options;
    if (config_load(settings_table, options->config, options->overrides, options->override_count,
                    &f->settings, f->fault))
        return f->fault->status;
    if (settings_check(&f->settings, f->fault) ||
        plan_inputs_open(&f->settings, f->comm, &f->inputs, f->fault))
        return f->fault->status;
    f->base = machine_resident();
    if (plan_make(&f->settings, &f->inputs, plan_memory(&f->settings, options->ranks), &f->plan,
                  f->fault) == 0 &&
        f->plan.gang.applies) {
        f->plan.node_bytes = plan_memory(&f->settings, 1); /* gangs share none */
        gang_plan_make(&f->settings, options->ranks, node_ranks(f), &f->plan, f->fault);
    }
    return f->fault->status;
}

/* As many pairs at once as a node would solve here; gangs solve one. */
static int measure(struct forecast *f)
{
    const int most = node_ranks(f) < machine_cores() ? node_ranks(f) : machine_cores();
    return calibrate(&f->settings, &f->inputs, &f->plan, f->plan.gang.applies ? 1 : most,
                     f->options->seconds, &f->calibration, f->fault);
}

int forecast(const struct forecast_options *options, MPI_Comm comm, struct fault *fault)
{
    struct forecast f = {.options = options, .comm = comm, .fault = fault};
    f.ranks_per_node = options->ranks_per_node > 0 ? options->ranks_per_node : machine_cores();
    strata_use_one_thread();
    if (prepare(&f) == 0 && measure(&f) == 0) {
        const int useful = find_useful_ranks(&f);
        if (options->format == FORECAST_KEYS)
            print_keys(&f, useful);
        else
            print_text(&f, useful);
    }
    calibration_reset(&f.calibration);
    plan_reset(&f.plan);
    plan_inputs_close(&f.inputs);
    config_reset(settings_table, &f.settings);
    return fault->status;
}
