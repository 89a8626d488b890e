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

/* The cell of a matrix, or both of a symmetric one. */
struct cells {
    size_t here, mirrored;
};

/* matrix: of the checkpoint t, or of the frame for those of each replicate. */
static struct cells cells_of(const struct results *results, int matrix, struct pairing_cell cell)
{
    const size_t here = results_cell(results, matrix, cell.row, cell.column);
    const size_t mirrored = results_cell(results, matrix, cell.column, cell.row);
    return (struct cells){here, results->comparison == RESULTS_WITHIN ? mirrored : here};
}

static void set_double(double *matrix, struct cells cells, double value)
{
    matrix[cells.here] = value;
    matrix[cells.mirrored] = value;
}

static void set_int(int32_t *matrix, struct cells cells, int32_t value)
{
    matrix[cells.here] = value;
    matrix[cells.mirrored] = value;
}

/* Whether a cell compares a layer with itself at the same checkpoint. */
static bool is_itself(const struct results *results, int t, int row, int column)
{
    return results->comparison == RESULTS_WITHIN
               ? row == column
               : results->comparison == RESULTS_ACROSS && column == RESULTS_LAST &&
                     t == results->checkpoint_count - 1;
}

static void clear_cell(struct results *results, int matrix, int row, int column)
{
    const int t = matrix % results->checkpoint_count;
    const size_t cell = results_cell(results, matrix, row, column);
    const bool itself = is_itself(results, t, row, column);
    const bool none = results->comparison == RESULTS_ACROSS && column == RESULTS_BEFORE && t == 0;
    results->replicate_status[cell] = none ? pair_status_none : PAIR_OK;
    if (itself)
        results->replicate_loss[cell] = results->replicate_identity_loss[cell] =
            results->replicate_lower_bound[cell] = 0;
    if (matrix != t)
        return;
    results->status[cell] = none ? pair_status_none : PAIR_OK;
    results->swaps_left[cell] = itself ? 0 : -1;
    if (itself)
        results->loss[cell] = results->loss_stderr[cell] = results->distance[cell] =
            results->identity_loss[cell] = results->lower_bound[cell] = results->gap[cell] =
                results->seconds[cell] = 0;
}

/* A layer compared with itself is at distance zero; all else has no value yet. */
static void clear(struct results *results)
{
    for (int m = 0; m < results->checkpoint_count * results->replicate_count; m++)
        for (int i = 0; i < results->layer_count; i++)
            for (int j = 0; j < results->column_count; j++)
                clear_cell(results, m, i, j);
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

/* The solver matches point k with point k whatever they are. Whether that means anything is for the
 * plan of this run to say: a record may be of one where the inputs had other names. */
static double identity_of(const struct pair_record *record, const struct plan *plan)
{
    return plan_has_identity(plan, record->pair) ? record->identity_loss : NAN;
}

/* The standard error of a mean over R draws, for inputs at large, from the sum of squares about it:
 *
 *     s² (1/R + f/(1-f)),   s² = squares / (R-1).
 *
 * Draws of n out of N rows share the part f = n/N of their rows, and so differ less than draws from
 * inputs at large would: of a mean over inputs of variance v, s² is (1-f) v/n, while the mean over
 * the draws is off by v/N for the rows that there are, and (1-f) v/nR for those drawn. To first
 * order a loss is such a mean. */
static double standard_error(double squares, int count, double shared)
{
    return count > 1 ? sqrt(squares / (count - 1) * (1.0 / count + shared / (1 - shared))) : NAN;
}

/* Of a mean over replicates. A failed replicate marks the whole: a mean over the others would look
 * like any other number. */
struct mean {
    double loss, distance, identity, bound, gap, seconds, stderr_of_loss;
    int32_t status, iterations, swaps, swaps_left;
};

static struct mean mean_of(const struct pair_record *const *records, int count,
                           const struct plan *plan)
{
    struct mean m = {.status = PAIR_OK};
    for (int k = 0; k < count; k++) {
        const struct pair_record *r = records[k];
        m.status = pair_has_value(m.status) && r->status != PAIR_OK ? r->status : m.status;
        m.loss += r->loss / count;
        m.distance += 0.5 * sqrt(r->loss) / count;
        m.identity += identity_of(r, plan) / count;
        m.bound += r->lower_bound / count;
        m.gap += r->gap / count;
        m.seconds += r->seconds;
        m.iterations += r->iterations;
        m.swaps += r->swaps;
        m.swaps_left = m.swaps_left < 0 || r->swaps_left < 0 ? -1 : m.swaps_left + r->swaps_left;
    }
    double squares = 0;
    for (int k = 0; k < count; k++)
        squares += (records[k]->loss - m.loss) * (records[k]->loss - m.loss);
    m.stderr_of_loss = standard_error(squares, count, plan->shared);
    return m;
}

/* One cell of a matrix from its records, one a replicate. Returns whether it has a value. */
static int reduce_cell(const struct pair_record *const *records, int count, const struct plan *plan,
                       struct pairing_cell cell, struct results *results)
{
    const int t = records[0]->pair.frame % plan->checkpoints;
    const struct cells here = cells_of(results, t, cell);
    const struct mean m = mean_of(records, count, plan);
    for (int k = 0; k < count; k++) {
        const struct pair_record *r = records[k];
        const struct cells own = cells_of(results, r->pair.frame, cell);
        set_int(results->replicate_status, own, r->status);
        if (!pair_has_value(r->status))
            continue;
        set_double(results->replicate_loss, own, r->loss);
        set_double(results->replicate_identity_loss, own, identity_of(r, plan));
        set_double(results->replicate_lower_bound, own, r->lower_bound);
    }
    set_int(results->status, here, m.status);
    if (!pair_has_value(m.status))
        return 0;
    set_double(results->loss, here, m.loss);
    set_double(results->loss_stderr, here, m.stderr_of_loss);
    set_double(results->distance, here, m.distance);
    set_double(results->identity_loss, here, m.identity);
    set_double(results->lower_bound, here, m.bound);
    set_double(results->gap, here, m.gap);
    set_double(results->seconds, here, m.seconds);
    set_int(results->start, here, records[0]->start);
    set_int(results->method, here, records[0]->method);
    set_int(results->iterations, here, m.iterations);
    set_int(results->swaps, here, m.swaps);
    set_int(results->swaps_left, here, m.swaps_left);
    return 1;
}

/* The records of one pair of spaces, at one checkpoint. Returns whether a matrix got a value. */
static int reduce_pair(const struct pair_record *const *records, int count, const struct plan *plan,
                       struct results *results)
{
    const int t = records[0]->pair.frame % plan->checkpoints;
    const struct pairing_cell cell =
        pairing_cell(&plan->pairing, records[0]->pair.i, records[0]->pair.j);
    if (cell.target == TARGET_MATRIX)
        return reduce_cell(records, count, plan, cell, results);
    const struct mean m = mean_of(records, count, plan);
    const double floor = pair_has_value(m.status) ? m.distance : NAN;
    if (cell.target == TARGET_FLOOR)
        results->noise_floor[(size_t)t * (size_t)results->layer_count + (size_t)cell.row] = floor;
    else
        results->column_noise_floor[(size_t)t * (size_t)results->column_count + (size_t)cell.row] =
            floor;
    return 0;
}

/* The pairs at checkpoint t that fill a cell of a matrix. */
static int64_t count_cells(const struct plan *plan, int t)
{
    int64_t count = 0;
    for (int64_t k = 0; k < plan_pairs(plan, t); k++) {
        const struct pair pair = plan_pair(plan, t, k);
        count += pairing_cell(&plan->pairing, pair.i, pair.j).target == TARGET_MATRIX;
    }
    return count;
}

int64_t records_reduce(const struct records *records, const struct plan *plan,
                       struct results *results, struct fault *fault)
{
    const int T = plan->checkpoints;
    const int64_t per_checkpoint = plan->pairs_per_frame * plan->replicates;
    const struct pair_record **sorted = malloc((size_t)per_checkpoint * sizeof *sorted);
    int64_t missing = 0;
    clear(results);
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
        missing += count_cells(plan, t);
        for (int64_t begin = 0; begin < count;) {
            int64_t end = begin + 1;
            while (end < count && sorted[end]->pair.i == sorted[begin]->pair.i &&
                   sorted[end]->pair.j == sorted[begin]->pair.j)
                end++;
            missing -= reduce_pair(sorted + begin, (int)(end - begin), plan, results);
            begin = end;
        }
    }
    free(sorted);
    return missing;
}
