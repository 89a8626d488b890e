#include "store.h"
#include "clock.h"
#include "machine.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

/* What is known of a space; a failed one holds FAILED minus its (negative) solver status. */
enum { EMPTY, BUILDING, READY, FAILED };

struct store {
    MPI_Comm comm, node_comm;
    int node, node_rank, node_size;
    const struct plan *plan;
    const struct settings *settings;
    struct activations *input;
    int first; /* frame in slot 0 */
    size_t space_bytes, states_bytes;
    MPI_Win window; /* MPI_WIN_NULL where the node has one rank */
    char *own;      /* the block, where the node has one rank */
    char *block;
    struct digest *contents; /* [plan->window, layers] */
};

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static atomic_int *state_of(const struct store *store, int frame, int layer)
{
    return (atomic_int *)store->block + (size_t)(frame - store->first) * store->plan->layers +
           layer;
}

static char *frame_at(const struct store *store, int frame)
{
    return store->block + store->states_bytes +
           (size_t)(frame - store->first) * aligned(store->plan->frame_bytes);
}

static struct strata_space *space_at(const struct store *store, int frame, int layer)
{
    return (struct strata_space *)(frame_at(store, frame) + (size_t)layer * store->space_bytes);
}

/* Activations come after the spaces, which keeps the spaces aligned. */
static double *activations_at(const struct store *store, int frame, int layer)
{
    const struct plan *plan = store->plan;
    const int64_t *widths = plan->widths + (size_t)(frame % plan->checkpoints) * plan->layers;
    size_t before = 0;
    for (int l = 0; l < layer; l++)
        before += (size_t)plan->points * (size_t)widths[l];
    return (double *)(frame_at(store, frame) + (size_t)plan->layers * store->space_bytes) + before;
}

static void allocate_own(struct store *store, size_t bytes, struct fault *fault)
{
    store->own = aligned_alloc(ALIGNMENT, bytes);
    store->block = store->own;
    if (store->own == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short: %.3g GB for the mm-spaces",
                  (double)bytes / 1e9);
}

/* Collective over the node, as all that follows. Room is checked first: where it is short, Open
 * MPI's window fails on one rank only and leaves the others waiting. */
static void allocate_shared(struct store *store, size_t bytes, struct fault *fault)
{
    MPI_Aint mine = store->node_rank == 0 ? (MPI_Aint)(bytes + ALIGNMENT) : 0;
    char *base = NULL;
    if (mine > 0 && machine_shared_memory() < (size_t)mine)
        fault_set(fault, EXIT_SYSTEM,
                  "shared memory is short: %.3g GB for the mm-spaces of a node; lower "
                  "solver.memory, or make room in /dev/shm",
                  (double)bytes / 1e9);
    if (fault_agree(fault, store->node_comm))
        return;
    MPI_Comm_set_errhandler(store->node_comm, MPI_ERRORS_RETURN);
    if (MPI_Win_allocate_shared(mine, 1, MPI_INFO_NULL, store->node_comm, &base, &store->window) !=
        MPI_SUCCESS) {
        store->window = MPI_WIN_NULL;
        fault_set(fault, EXIT_SYSTEM, "MPI cannot share %.3g GB of memory on a node",
                  (double)bytes / 1e9);
        return;
    }
    int unit = 0;
    MPI_Win_shared_query(store->window, 0, &mine, &unit, &base);
    store->block = base + (ALIGNMENT - (size_t)((uintptr_t)base % ALIGNMENT)) % ALIGNMENT;
    MPI_Win_lock_all(MPI_MODE_NOCHECK, store->window);
}

static void allocate(struct store *store, struct fault *fault)
{
    const size_t bytes =
        store->states_bytes + (size_t)store->plan->window * aligned(store->plan->frame_bytes);
    if (store->node_size == 1)
        allocate_own(store, bytes, fault);
    else
        allocate_shared(store, bytes, fault);
}

/* Numbers the nodes by their lowest rank. */
static int number_nodes(MPI_Comm comm, int node_rank, MPI_Comm node_comm)
{
    int is_first = node_rank == 0;
    int node = 0;
    MPI_Exscan(&is_first, &node, 1, MPI_INT, MPI_SUM, comm);
    int rank = 0;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0)
        node = 0; /* MPI_Exscan leaves it undefined there */
    MPI_Bcast(&node, 1, MPI_INT, 0, node_comm);
    return node;
}

int store_new(MPI_Comm comm, const struct plan *plan, const struct settings *settings,
              struct activations *input, struct store **store, struct fault *fault)
{
    struct store *s = calloc(1, sizeof *s);
    *store = s;
    if (s == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short for the mm-spaces");
    if (fault_agree(fault, comm) || s == NULL) {
        free(s);
        *store = NULL;
        return fault->status;
    }
    *s = (struct store){
        .comm = comm,
        .plan = plan,
        .settings = settings,
        .input = input,
        .space_bytes = strata_space_size(plan->points),
        .states_bytes = aligned((size_t)plan->window * (size_t)plan->layers * sizeof(atomic_int)),
        .window = MPI_WIN_NULL};
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &s->node_comm);
    MPI_Comm_rank(s->node_comm, &s->node_rank);
    MPI_Comm_size(s->node_comm, &s->node_size);
    s->node = number_nodes(comm, s->node_rank, s->node_comm);
    allocate(s, fault);
    s->contents = malloc((size_t)plan->window * (size_t)plan->layers * sizeof *s->contents);
    if (s->contents == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short for the mm-spaces");
    if (fault_agree(fault, comm))
        store_destroy(store);
    return fault->status;
}

void store_destroy(struct store **store)
{
    struct store *s = *store;
    if (s != NULL) {
        if (s->window != MPI_WIN_NULL) {
            MPI_Win_unlock_all(s->window);
            MPI_Win_free(&s->window);
        }
        MPI_Comm_free(&s->node_comm);
        free(s->own);
        free(s->contents);
        free(s);
    }
    *store = NULL;
}

int store_node(const struct store *store)
{
    return store->node;
}

const struct digest *store_contents(const struct store *store, int frame)
{
    return store->contents + (size_t)(frame - store->first) * store->plan->layers;
}

/* Collective: the ranks of node 0 share the work; the parts of a sum are all zero but one. */
static void digest_contents(struct store *store, int count)
{
    const struct plan *plan = store->plan;
    const int cells = count * plan->layers;
    memset(store->contents, 0, (size_t)cells * sizeof *store->contents);
    for (int k = 0; k < cells && store->node == 0; k++) {
        const int frame = store->first + k / plan->layers;
        const int layer = k % plan->layers;
        if (k % store->node_size == store->node_rank)
            store->contents[k] = digest_content(
                activations_at(store, frame, layer), plan->points,
                plan->widths[(size_t)(frame % plan->checkpoints) * plan->layers + layer]);
    }
    MPI_Allreduce(MPI_IN_PLACE, store->contents, 2 * cells, MPI_UINT64_T, MPI_BXOR, store->comm);
}

int store_load(struct store *store, int first, int count, struct fault *fault)
{
    const struct plan *plan = store->plan;
    const int begin = (int)((int64_t)plan->points * store->node_rank / store->node_size);
    const int end = (int)((int64_t)plan->points * (store->node_rank + 1) / store->node_size);
    store->first = first;
    if (store->node_rank == 0)
        memset(store->block, 0, store->states_bytes);
    for (int frame = first; frame < first + count && !fault->status; frame++) {
        const int t = frame % plan->checkpoints;
        const int64_t *rows = plan->samples + (size_t)(frame / plan->checkpoints) * plan->points;
        for (int l = 0; l < plan->layers && !fault->status; l++) {
            size_t width = (size_t)plan->widths[(size_t)t * plan->layers + l];
            activations_read(store->input, t, l, rows + begin, end - begin,
                             activations_at(store, frame, l) + (size_t)begin * width, fault);
        }
    }
    if (store->window != MPI_WIN_NULL)
        MPI_Win_sync(store->window);
    MPI_Barrier(store->comm);
    if (store->window != MPI_WIN_NULL)
        MPI_Win_sync(store->window);
    if (!fault->status)
        digest_contents(store, count);
    return fault->status;
}

static int build(struct store *store, int frame, int layer)
{
    const struct plan *plan = store->plan;
    const int64_t width = plan->widths[(size_t)(frame % plan->checkpoints) * plan->layers + layer];
    return strata_space_from_activations(
        space_at(store, frame, layer), activations_at(store, frame, layer), plan->points,
        (int)width, store->settings->metric.distance, store->settings->metric.normalize);
}

int store_space(struct store *store, int frame, int layer, strata_tick *wait, void *context,
                const struct strata_space **space)
{
    atomic_int *state = state_of(store, frame, layer);
    int expected = EMPTY;
    if (atomic_compare_exchange_strong(state, &expected, BUILDING)) {
        int status = build(store, frame, layer);
        atomic_store(state, status == STRATA_OK ? READY : FAILED - status);
    }
    *space = NULL;
    while (atomic_load(state) == BUILDING) {
        if (wait(context))
            return STRATA_STOPPED;
        clock_sleep(1e-4);
    }
    int found = atomic_load(state);
    *space = found == READY ? space_at(store, frame, layer) : NULL;
    return found == READY ? STRATA_OK : FAILED - found;
}
