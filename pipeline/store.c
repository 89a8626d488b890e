#include "store.h"
#include "clock.h"
#include "machine.h"
#include "numerics.h"

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
    struct plan_inputs inputs;
    int first; /* frame in slot 0 */
    size_t states_bytes;
    MPI_Win window; /* MPI_WIN_NULL where the node has one rank */
    char *own;      /* the block, where the node has one rank */
    char *block;
    struct digest *contents; /* [plan->window, spaces] */
};

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static atomic_int *state_of(const struct store *store, int frame, int number)
{
    return (atomic_int *)store->block +
           (size_t)(frame - store->first) * store->plan->pairing.spaces + number;
}

static char *frame_at(const struct store *store, int frame)
{
    return store->block + store->states_bytes +
           (size_t)(frame - store->first) * aligned(store->plan->frame_bytes);
}

/* A space of a frame: what it is made of, and where. */
struct part {
    struct place place;
    struct strata_space *space;
    double *activations; /* [n, d] */
};

static struct part part_of(const struct store *store, int frame, int number)
{
    const struct plan *plan = store->plan;
    struct part part = {.place = plan_place(plan, frame, number)};
    size_t spaces = 0; /* bytes of all: they come first, which keeps them aligned */
    size_t before = 0; /* bytes of the spaces before this one */
    size_t values = 0; /* and of activations */
    for (int s = 0; s < plan->pairing.spaces; s++) {
        const struct place other = plan_place(plan, frame, s);
        const size_t bytes = other.checkpoint < 0 ? 0 : strata_space_size(other.points);
        spaces += bytes;
        before += s < number ? bytes : 0;
        if (s < number && other.checkpoint >= 0)
            values += (size_t)other.points * (size_t)other.width * sizeof(double);
    }
    part.space = (struct strata_space *)(frame_at(store, frame) + before);
    part.activations = (double *)(frame_at(store, frame) + spaces + values);
    return part;
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
              const struct plan_inputs *inputs, struct store **store, struct fault *fault)
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
    *s = (struct store){.comm = comm,
                        .plan = plan,
                        .settings = settings,
                        .inputs = *inputs,
                        .states_bytes = aligned((size_t)plan->window *
                                                (size_t)plan->pairing.spaces * sizeof(atomic_int)),
                        .window = MPI_WIN_NULL};
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &s->node_comm);
    MPI_Comm_rank(s->node_comm, &s->node_rank);
    MPI_Comm_size(s->node_comm, &s->node_size);
    s->node = number_nodes(comm, s->node_rank, s->node_comm);
    allocate(s, fault);
    s->contents = malloc((size_t)plan->window * (size_t)plan->pairing.spaces * sizeof *s->contents);
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
    return store->contents + (size_t)(frame - store->first) * store->plan->pairing.spaces;
}

/* Collective: the ranks of node 0 share the work; the parts of a sum are all zero but one. */
static void digest_contents(struct store *store, int count)
{
    const int spaces = store->plan->pairing.spaces;
    const int cells = count * spaces;
    memset(store->contents, 0, (size_t)cells * sizeof *store->contents);
    for (int k = 0; k < cells && store->node == 0; k++) {
        if (k % store->node_size != store->node_rank)
            continue;
        const struct part part = part_of(store, store->first + k / spaces, k % spaces);
        if (part.place.checkpoint >= 0)
            store->contents[k] = digest_content(part.activations, part.place.points,
                                                part.place.width, part.place.weights);
    }
    MPI_Allreduce(MPI_IN_PLACE, store->contents, 2 * cells, MPI_UINT64_T, MPI_BXOR, store->comm);
}

/* Collective: each rank of a node reads its share of the rows of a space. */
static int read_part(struct store *store, const struct part *part, struct fault *fault)
{
    const struct place *place = &part->place;
    const int begin = (int)((int64_t)place->points * store->node_rank / store->node_size);
    const int end = (int)((int64_t)place->points * (store->node_rank + 1) / store->node_size);
    return activations_read(store->inputs.of[place->input], place->checkpoint, place->layer,
                            place->rows + begin, end - begin,
                            part->activations + (size_t)begin * (size_t)place->width, fault);
}

int store_load(struct store *store, int first, int count, struct fault *fault)
{
    store->first = first;
    if (store->node_rank == 0)
        memset(store->block, 0, store->states_bytes);
    for (int frame = first; frame < first + count && !fault->status; frame++) {
        for (int s = 0; s < store->plan->pairing.spaces && !fault->status; s++) {
            const struct part part = part_of(store, frame, s);
            if (part.place.checkpoint >= 0)
                read_part(store, &part, fault);
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

int store_space(struct store *store, int frame, int number, strata_tick *wait, void *context,
                const struct strata_space **space)
{
    atomic_int *state = state_of(store, frame, number);
    const struct part part = part_of(store, frame, number);
    int expected = EMPTY;
    if (atomic_compare_exchange_strong(state, &expected, BUILDING)) {
        const struct place *place = &part.place;
        int status = numerics_build(store->settings, part.activations, place->points, place->width,
                                    place->weights, part.space);
        atomic_store(state, status == STRATA_OK ? READY : FAILED - status);
    }
    *space = NULL;
    while (atomic_load(state) == BUILDING) {
        if (wait(context))
            return STRATA_STOPPED;
        clock_sleep(1e-4);
    }
    int found = atomic_load(state);
    *space = found == READY ? part.space : NULL;
    return found == READY ? STRATA_OK : FAILED - found;
}
