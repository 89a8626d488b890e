#include "reduce.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int records_add(struct records *records, const struct pair_record *record, struct fault *fault)
{
    if (records->count == records->capacity) {
        int64_t capacity = records->capacity ? 2 * records->capacity : 256;
        struct pair_record *items =
            realloc(records->items, (size_t)capacity * sizeof *records->items);
        if (items == NULL)
            return fault_set(fault, EXIT_SYSTEM, "memory is short for %lld records",
                             (long long)capacity);
        records->items = items;
        records->capacity = capacity;
    }
    records->items[records->count++] = *record;
    return 0;
}

void records_reset(struct records *records)
{
    free(records->items);
    *records = (struct records){0};
}

int records_gather(struct records *records, MPI_Comm comm, struct fault *fault)
{
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    struct records all = {0};
    int *counts = calloc((size_t)size, sizeof *counts);
    int *offsets = calloc((size_t)size, sizeof *offsets);
    const bool possible = counts && offsets && records->count <= INT_MAX;
    if (!possible)
        fault_set(fault, EXIT_SYSTEM, "memory is short to gather the records");
    if (fault_agree(fault, comm) || !possible)
        goto cleanup;
    int mine = (int)records->count;
    MPI_Gather(&mine, 1, MPI_INT, counts, 1, MPI_INT, 0, comm);
    for (int r = 0; r < size && rank == 0; r++) {
        offsets[r] = (int)all.count;
        all.count += counts[r];
    }
    if (rank == 0) {
        all.capacity = all.count;
        all.items = malloc((size_t)(all.count ? all.count : 1) * sizeof *all.items);
        if (all.items == NULL || all.count > INT_MAX)
            fault_set(fault, EXIT_SYSTEM, "memory is short for %lld records", (long long)all.count);
    }
    if (fault_agree(fault, comm))
        goto cleanup;
    MPI_Datatype type = MPI_DATATYPE_NULL;
    MPI_Type_contiguous((int)sizeof *records->items, MPI_BYTE, &type);
    MPI_Type_commit(&type);
    MPI_Gatherv(records->items, mine, type, all.items, counts, offsets, type, 0, comm);
    MPI_Type_free(&type);
    records_reset(records);
    *records = all;
    all = (struct records){0};

cleanup:
    records_reset(&all);
    free(counts);
    free(offsets);
    return fault->status;
}

/* Both cells of a symmetric matrix. */
struct cells {
    size_t upper, lower;
};

static struct cells cells_of(const struct plan *plan, size_t matrix, struct pair pair)
{
    const size_t L = (size_t)plan->layers;
    return (struct cells){(matrix * L + (size_t)pair.i) * L + (size_t)pair.j,
                          (matrix * L + (size_t)pair.j) * L + (size_t)pair.i};
}

static void set_double(double *matrix, struct cells cells, double value)
{
    matrix[cells.upper] = value;
    matrix[cells.lower] = value;
}

static void set_int(int32_t *matrix, struct cells cells, int32_t value)
{
    matrix[cells.upper] = value;
    matrix[cells.lower] = value;
}

/* A layer compared with itself is at distance zero; all else has no value yet. */
static void clear(const struct plan *plan, struct results *results)
{
    const size_t L = (size_t)plan->layers;
    const size_t matrices = (size_t)plan->checkpoints;
    for (size_t m = 0; m < matrices; m++) {
        for (size_t l = 0; l < L; l++) {
            size_t cell = (m * L + l) * L + l;
            results->loss[cell] = results->distance[cell] = results->identity_loss[cell] = 0;
            results->lower_bound[cell] = results->gap[cell] = results->seconds[cell] = 0;
            results->loss_stderr[cell] = 0;
        }
    }
    for (size_t m = 0; m < matrices * (size_t)plan->replicates; m++) {
        for (size_t l = 0; l < L; l++) {
            size_t cell = (m * L + l) * L + l;
            results->replicate_loss[cell] = results->replicate_identity_loss[cell] = 0;
            results->replicate_lower_bound[cell] = 0;
        }
    }
}

static int by_cell_then_replicate(const void *a, const void *b)
{
    const struct pair_record *x = *(const struct pair_record *const *)a;
    const struct pair_record *y = *(const struct pair_record *const *)b;
    if (x->pair.i != y->pair.i)
        return x->pair.i < y->pair.i ? -1 : 1;
    if (x->pair.j != y->pair.j)
        return x->pair.j < y->pair.j ? -1 : 1;
    return (x->pair.frame > y->pair.frame) - (x->pair.frame < y->pair.frame);
}

/* One cell at one checkpoint from its records, one a replicate. A failed replicate marks the cell:
 * a mean over the others would look like any other number. Returns whether the cell has a value. */
static int reduce_cell(const struct pair_record *const *records, int count, const struct plan *plan,
                       struct results *results)
{
    const int T = plan->checkpoints;
    const struct pair_record *first = records[0];
    const struct cells here = cells_of(plan, (size_t)(first->pair.frame % T), first->pair);
    double loss = 0;
    double distance = 0;
    double identity = 0;
    double bound = 0;
    double gap = 0;
    double seconds = 0;
    int32_t status = PAIR_OK;
    int32_t iterations = 0;
    int32_t swaps = 0;
    for (int k = 0; k < count; k++) {
        const struct pair_record *r = records[k];
        const struct cells own = cells_of(plan, (size_t)r->pair.frame, r->pair);
        set_double(results->replicate_loss, own, r->loss);
        set_double(results->replicate_identity_loss, own, r->identity_loss);
        set_double(results->replicate_lower_bound, own, r->lower_bound);
        set_int(results->replicate_status, own, r->status);
        status = pair_has_value(status) && r->status != PAIR_OK ? r->status : status;
        loss += r->loss / count;
        distance += 0.5 * sqrt(r->loss) / count;
        identity += r->identity_loss / count;
        bound += r->lower_bound / count;
        gap += r->gap / count;
        seconds += r->seconds;
        iterations += r->iterations;
        swaps += r->swaps;
    }
    double squares = 0;
    for (int k = 0; k < count; k++)
        squares += (records[k]->loss - loss) * (records[k]->loss - loss);
    set_int(results->status, here, status);
    if (!pair_has_value(status))
        return 0;
    set_double(results->loss, here, loss);
    set_double(results->loss_stderr, here, count > 1 ? sqrt(squares / (count - 1) / count) : NAN);
    set_double(results->distance, here, distance);
    set_double(results->identity_loss, here, identity);
    set_double(results->lower_bound, here, bound);
    set_double(results->gap, here, gap);
    set_double(results->seconds, here, seconds);
    set_int(results->start, here, first->start);
    set_int(results->iterations, here, iterations);
    set_int(results->swaps, here, swaps);
    return 1;
}

int64_t records_reduce(const struct records *records, const struct plan *plan,
                       struct results *results, struct fault *fault)
{
    const int T = plan->checkpoints;
    const int64_t per_checkpoint = plan->pairs_per_frame * plan->replicates;
    const struct pair_record **sorted = malloc((size_t)per_checkpoint * sizeof *sorted);
    int64_t valued = 0;
    clear(plan, results);
    if (sorted == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short to sort %lld records",
                  (long long)per_checkpoint);
    for (int t = 0; t < T && sorted; t++) {
        int64_t count = 0;
        for (int64_t k = 0; k < records->count; k++) {
            if (records->items[k].pair.frame % T == t && count < per_checkpoint)
                sorted[count++] = &records->items[k];
        }
        qsort(sorted, (size_t)count, sizeof *sorted, by_cell_then_replicate);
        for (int64_t begin = 0; begin < count;) {
            int64_t end = begin + 1;
            while (end < count && sorted[end]->pair.i == sorted[begin]->pair.i &&
                   sorted[end]->pair.j == sorted[begin]->pair.j)
                end++;
            valued += reduce_cell(sorted + begin, (int)(end - begin), plan, results);
            begin = end;
        }
    }
    free(sorted);
    return plan->pairs_per_frame * T - valued;
}
