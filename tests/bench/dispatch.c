/* How well pairs are dispatched: two measurements with stand-ins of known durations.
 *
 *   mpirun -n RANKS dispatch sleep MEDIAN SECONDS
 *       Pairs that sleep: log-normal about a median of so many seconds, the largest 50 times that;
 *       enough of them to keep each rank busy for so many seconds. Compares with the ideal, the
 *       mean load of a rank (or the largest pair), and with what `strata plan` would say.
 *   mpirun -n RANKS dispatch spin EACH SECONDS FOLDER
 *       Equal pairs that compute for EACH seconds and are kept in a ledger in FOLDER, as a run
 *       keeps them. Says what dispatch and ledger take beside that, on each rank from its first
 * pair to its last: in computing, and in waiting for the disk. */
#include "dispatch.h"
#include "clock.h"
#include "ledger.h"
#include "schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 32, PAIRS = LAYERS * (LAYERS - 1) / 2, LARGEST = 50 };

struct bench {
    struct dispatch *dispatch;
    struct ledger *ledger; /* NULL: none is kept */
    struct fault fault;
    double median;     /* sleep: of a pair; spin: of each */
    double slice;      /* between two looks at the messages */
    double worked;     /* seconds of computing, */
    double begun, end; /* all that this process had computed at the first pair and after the last */
    double syncs;      /* seconds of waiting for the ledger to be on disk */
    int64_t pairs;
};

/* In (0, 1), from a place. */
static double uniform(uint64_t place)
{
    place = (place + 1) * UINT64_C(0x9e3779b97f4a7c15);
    place = (place ^ place >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    place = (place ^ place >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((double)((place ^ place >> 31) >> 11) + 0.5) * 0x1p-53;
}

/* In units of the median. */
static double duration(struct pair pair)
{
    const uint64_t place = (uint64_t)((pair.frame * LAYERS + pair.i) * LAYERS + pair.j);
    if (pair.frame == 0 && pair.i == LAYERS / 2 && pair.j == LAYERS / 2 + 1)
        return LARGEST;
    const double normal =
        sqrt(-2 * log(uniform(2 * place))) * cos(2 * M_PI * uniform(2 * place + 1));
    return fmin(exp(normal), LARGEST);
}

static bool sleep_pair(void *context, struct pair pair)
{
    struct bench *b = context;
    const double end = clock_seconds() + b->median * duration(pair);
    for (double left = end - clock_seconds(); left > 0; left = end - clock_seconds()) {
        clock_sleep(fmin(left, b->slice));
        dispatch_serve(b->dispatch);
    }
    return true;
}

static bool spin_pair(void *context, struct pair pair)
{
    struct bench *b = context;
    double worked = 0;
    b->begun = b->pairs++ ? b->begun : clock_computed();
    while (worked < b->median) {
        const double begin = clock_computed();
        double now = begin;
        while (now - begin < b->slice)
            now = clock_computed();
        worked += now - begin;
        dispatch_serve(b->dispatch);
    }
    const struct pair_record record = {.pair = pair, .seconds = worked};
    struct ledger_record entry = ledger_pair((struct digest){0}, &record);
    ledger_append(b->ledger, &entry, 1, &b->fault);
    b->worked += worked;
    b->end = clock_computed();
    return true;
}

static bool tick(void *context)
{
    struct bench *b = context;
    if (b->ledger == NULL)
        return false;
    const double begin = clock_seconds();
    ledger_tick(b->ledger, &b->fault);
    b->syncs += clock_seconds() - begin;
    return b->fault.status;
}

/* Collective: dispatches so many frames; seconds from the first to the last rank's end. */
static double run(struct bench *b, bool (*solve)(void *, struct pair), int frames)
{
    const struct plan plan = {.layers = LAYERS, .pairs_per_frame = PAIRS, .frames = frames};
    const struct dispatch_task task = {solve, tick, b};
    struct queue queue = {0};
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    dispatch_new(MPI_COMM_WORLD, 0, &task, &b->dispatch, &b->fault);
    if (rank == 0)
        queue_init(&queue, &plan, 0, frames, 1, &b->fault);
    double seconds = 0;
    if (fault_agree(&b->fault, MPI_COMM_WORLD) == 0) {
        MPI_Barrier(MPI_COMM_WORLD);
        const double begin = clock_seconds();
        dispatch_run(b->dispatch, &queue);
        seconds = clock_seconds() - begin;
    }
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    queue_reset(&queue);
    dispatch_destroy(&b->dispatch);
    return seconds;
}

static double sum_of_ranks(double value)
{
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return value;
}

/* Frames that keep each rank busy for so long, and what all their pairs take. */
static int choose_frames(const struct bench *b, int size, double seconds, double *sum)
{
    int frame = 0;
    for (*sum = 0; *sum < seconds * size; frame++) {
        for (int i = 0; i < LAYERS; i++) {
            for (int j = i + 1; j < LAYERS; j++)
                *sum += b->median * duration((struct pair){frame, i, j});
        }
    }
    return frame;
}

static double seconds_of(void *context, struct pair pair)
{
    return ((const struct bench *)context)->median * duration(pair);
}

static void bench_sleep(double median, double seconds, int rank, int size)
{
    /* a solve looks at the messages at each of its dozens of steps; on ranks other than 0, where
     * that matters little, more seldom, so that 64 of them leave the cores some rest */
    struct bench b = {.median = median, .slice = rank == 0 ? median / 20 : 0.01};
    double sum = 0;
    const int frames = choose_frames(&b, size, seconds, &sum);
    const double ideal = fmax(sum / size, LARGEST * median);
    const struct plan plan = {
        .layers = LAYERS, .pairs_per_frame = PAIRS, .frames = frames, .window = frames};
    const struct schedule_costs costs = {.pair = seconds_of, .context = &b};
    struct schedule schedule = {0};
    schedule_play(&plan, &costs, size, size, &schedule, &b.fault);
    const double took = run(&b, sleep_pair, frames);
    if (rank == 0)
        printf("%d ranks, %d pairs, median %g s, largest %g s: %.3f s; as simulated %.3f s; ideal "
               "%.3f s: %.1f %%\n",
               size, frames * PAIRS, median, LARGEST * median, took, schedule.solve, ideal,
               100 * ideal / took);
}

static void bench_spin(double each, double seconds, const char *folder, int rank, int size)
{
    struct bench b = {.median = each, .slice = fmin(1e-3, each)};
    const int frames = (int)ceil(seconds * size / each / PAIRS);
    char life[32];
    snprintf(life, sizeof life, "bench-%ld", (long)(1e6 * clock_seconds()));
    ledger_new(folder, life, rank, "a benchmark", &b.ledger, &b.fault);
    run(&b, spin_pair, frames);
    ledger_close(&b.ledger, &b.fault);
    const double worked = sum_of_ranks(b.worked);
    const double syncs = sum_of_ranks(b.syncs);
    const double all = sum_of_ranks(b.end - b.begun);
    if (fault_agree(&b.fault, MPI_COMM_WORLD)) {
        if (rank == 0)
            fprintf(stderr, "dispatch: %s\n", b.fault.text);
        return;
    }
    if (rank == 0)
        printf("%d ranks, %d pairs of %g s: dispatch and ledger take %.2f %% of that, %.2f %% in "
               "waiting for the disk\n",
               size, frames * PAIRS, each, 100 * (all - worked + syncs) / worked,
               100 * syncs / worked);
}

int main(int argc, char **argv)
{
    int rank = 0;
    int size = 1;
    int status = EXIT_COMPLETE;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc == 4 && strcmp(argv[1], "sleep") == 0)
        bench_sleep(atof(argv[2]), atof(argv[3]), rank, size);
    else if (argc == 5 && strcmp(argv[1], "spin") == 0)
        bench_spin(atof(argv[2]), atof(argv[3]), argv[4], rank, size);
    else
        status = EXIT_INPUT;
    if (status && rank == 0)
        fputs("usage: dispatch sleep MEDIAN SECONDS | spin EACH SECONDS FOLDER\n", stderr);
    MPI_Finalize();
    return status;
}
