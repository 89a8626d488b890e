/* Rows of one layer at one checkpoint, read by all ranks together.
 *
 * The file is opened by all ranks through MPI-IO; then each rank fetches its rows by itself, as
 * runs of adjacent rows. Transfers are not collective, for three reasons. Collective reads of Open
 * MPI before 4.1.5 return zeros, without an error, when ranks ask for differing rows
 * (github.com/open-mpi/ompi/issues/10546). HDF5 1.10 reads compressed chunks collectively one at a
 * time, in lock step. And a rank that meets a damaged chunk would leave the others waiting, whereas
 * here it can tell them. The same goes for HDF5's collective reads of metadata.
 *
 * 2000 random rows of 512 float32 out of 200000: 6 ms from a contiguous dataset, 0.1 s from chunks
 * of 64 rows, 0.8 s if these are compressed, nearly all of it decompression. For chunks, a cache
 * holds those that cover one row, so that each is decompressed once. Where they are too large for
 * that, the runs are joined into one selection: HDF5 then takes each chunk once, but maps every
 * single value, and needs O(r^2) time to join r runs; batches of 2048 keep that at some 40 ms.
 *
 * Values arrive in the file's type at the start of the caller's block and are widened in place. */
#include "activations_internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH_RUNS = 2048,
    CACHE_BYTES = 1 << 26, /* of chunks */
    CACHE_SLOTS = 12421    /* a prime, as HDF5 asks for */
};

struct transfer {
    hid_t dataset, type, space; /* owned */
    int rank;                   /* dimensions */
    hsize_t dims[H5S_MAX_RANK];
    size_t row_size; /* bytes of a row in the file's type */
    bool joined;     /* the chunks that cover a row do not fit the cache: see above */
    const int64_t *rows;
    int count;
    char *values; /* borrowed: the caller's block */
};

/* --- conversion --- */

/* IEEE half precision; numpy and PyTorch write it, and HDF5's own conversion takes 70 ns a value.
 */
static double half_to_double(uint16_t half)
{
    int exponent = half >> 10 & 31;
    int mantissa = half & 1023;
    double magnitude = 0;
    if (exponent == 31)
        magnitude = mantissa != 0 ? NAN : INFINITY;
    else if (exponent == 0)
        magnitude = mantissa * 0x1p-24;
    else
        magnitude = (1024 + mantissa) * (double)(UINT32_C(1) << exponent) * 0x1p-25;
    return half >> 15 ? -magnitude : magnitude;
}

/* Whether a type is half precision in this machine's byte order. */
static bool is_native_half(hid_t type)
{
    hid_t half = H5Tcopy(H5T_NATIVE_FLOAT);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    bool equal = H5Tequal(type, half) > 0;
    H5Tclose(half);
    return equal;
}

int activations_to_double(hid_t type, double *values, int64_t count)
{
    if (!is_native_half(type))
        return H5Tconvert(type, H5T_NATIVE_DOUBLE, (size_t)count, values, NULL, H5P_DEFAULT) < 0
                   ? -1
                   : 0;
    for (int64_t k = count - 1; k >= 0; k--) { /* backwards: the result is wider than its source */
        uint16_t half;
        memcpy(&half, (char *)values + 2 * k, sizeof half);
        values[k] = half_to_double(half);
    }
    return 0;
}

int64_t activations_first_defect(const double *values, int64_t count)
{
    for (int64_t k = 0; k < count; k++)
        if (!isfinite(values[k]))
            return k;
    return -1;
}

int activations_bad_value(const struct activations *activations, int checkpoint, int layer,
                          int64_t row, int64_t column, double value, struct fault *fault)
{
    return fault_set(fault, EXIT_INPUT,
                     "%s, row %lld, column %lld: expected a finite number, found %s; did training "
                     "diverge, or float16 overflow? export as float32, or leave this checkpoint or "
                     "layer out with input.checkpoints or input.layers",
                     activations_place(activations, checkpoint, layer).text, (long long)row,
                     (long long)column,
                     isnan(value) ? "NaN"
                     : value > 0  ? "infinity"
                                  : "minus infinity");
}

/* --- what to read --- */

/* Collective. Asks the system first: a file that only some nodes see would leave MPI-IO half open.
 */
static int check_access(const char *path, MPI_Comm comm, struct fault *fault)
{
    int rank = 0;
    MPI_Comm_rank(comm, &rank);
    if (access(path, R_OK) != 0)
        fault_set(fault, EXIT_INPUT,
                  "%s: cannot be opened on rank %d: %s; is it on a file system that all nodes "
                  "share, and unchanged since the start of the run?",
                  escape(path).text, rank, strerror(errno));
    return fault_agree(fault, comm);
}

/* Collective: makes the checkpoint's file the one that is open. */
static int open_file(const struct activations *activations, int checkpoint, struct fault *fault)
{
    struct activations_files *files = activations->files;
    const char *path = activations->checkpoints[checkpoint].file;

    if (files->path != NULL && strcmp(files->path, path) == 0)
        return fault_agree(fault, files->comm);
    if (check_access(path, files->comm, fault) != 0)
        return fault->status;
    if (files->file >= 0)
        H5Fclose(files->file);
    files->path = NULL;
    hid_t parallel = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(parallel, files->comm, MPI_INFO_NULL);
    files->file = H5Fopen(path, H5F_ACC_RDONLY, parallel);
    hid_t kept = h5_keep_reason();
    H5Pclose(parallel);
    h5_restore_reason(kept);
    if (files->file < 0)
        fault_set(fault, EXIT_INPUT, "%s: cannot be opened by all ranks: %s", escape(path).text,
                  h5_reason().text);
    else
        files->path = path;
    return fault_agree(fault, files->comm);
}

/* Whether the chunks that cover one row are too large for the cache. */
static bool exceeds_cache(const struct transfer *transfer)
{
    hsize_t chunk[H5S_MAX_RANK] = {0};
    hid_t creation = H5Dget_create_plist(transfer->dataset);
    double bytes = 0;

    if (H5Pget_layout(creation) == H5D_CHUNKED) {
        H5Pget_chunk(creation, transfer->rank, chunk);
        bytes = (double)H5Tget_size(transfer->type) * (double)chunk[0];
        for (int k = 1; k < transfer->rank; k++)
            bytes *= ceil((double)transfer->dims[k] / (double)chunk[k]) * (double)chunk[k];
    }
    H5Pclose(creation);
    return bytes > CACHE_BYTES;
}

static hid_t open_dataset(const struct activations *activations, int checkpoint, int layer)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, CACHE_SLOTS, CACHE_BYTES, H5D_CHUNK_CACHE_W0_DEFAULT);
    hid_t dataset =
        activations_open_dataset(activations, activations->files->file, checkpoint, layer, access);
    hid_t kept = h5_keep_reason();
    H5Pclose(access);
    h5_restore_reason(kept);
    return dataset;
}

/* Local. The scan has checked the dataset; here it only must not have changed since. */
static int start_transfer(const struct activations *activations, int checkpoint, int layer,
                          struct transfer *transfer, struct fault *fault)
{
    int64_t width = activations->widths[(int64_t)checkpoint * activations->layer_count + layer];
    int64_t found = 1;

    transfer->dataset = open_dataset(activations, checkpoint, layer);
    if (transfer->dataset < 0)
        return fault_set(fault, EXIT_INPUT, "%s: cannot be opened: %s",
                         activations_place(activations, checkpoint, layer).text, h5_reason().text);
    transfer->space = H5Dget_space(transfer->dataset);
    transfer->type = H5Dget_type(transfer->dataset);
    transfer->rank = H5Sget_simple_extent_dims(transfer->space, transfer->dims, NULL);
    for (int k = 1; k < transfer->rank; k++)
        found *= (int64_t)transfer->dims[k];
    if (transfer->rank < 2 || (int64_t)transfer->dims[0] != activations->row_count ||
        found != width || H5Tget_size(transfer->type) > sizeof(double))
        return fault_set(fault, EXIT_INPUT,
                         "%s: changed since the start of the run; do not export into a file that "
                         "is in use",
                         activations_place(activations, checkpoint, layer).text);

    transfer->row_size = (size_t)width * H5Tget_size(transfer->type);
    transfer->joined = exceeds_cache(transfer);
    return 0;
}

static void end_transfer(struct transfer *transfer)
{
    if (transfer->type >= 0)
        H5Tclose(transfer->type);
    if (transfer->space >= 0)
        H5Sclose(transfer->space);
    if (transfer->dataset >= 0)
        H5Dclose(transfer->dataset);
}

static int check_rows(const struct activations *activations, const int64_t *rows, int count,
                      struct fault *fault)
{
    for (int k = 0; k < count; k++)
        if (rows[k] < 0 || rows[k] >= activations->row_count || (k > 0 && rows[k] <= rows[k - 1]))
            return fault_set(fault, EXIT_SYSTEM,
                             "activations_read: rows[%d] is %lld; rows must increase within 0 to "
                             "%lld",
                             k, (long long)rows[k], (long long)activations->row_count - 1);
    return 0;
}

/* --- transfers --- */

/* The end of the run of adjacent rows that starts at rows[start]. */
static int run_end(const struct transfer *transfer, int start)
{
    int end = start + 1;
    while (end < transfer->count && transfer->rows[end] == transfer->rows[end - 1] + 1)
        end++;
    return end;
}

static herr_t select_run(const struct transfer *transfer, H5S_seloper_t how, int start, int end)
{
    hsize_t offset[H5S_MAX_RANK] = {(hsize_t)transfer->rows[start]};
    hsize_t extent[H5S_MAX_RANK];
    memcpy(extent, transfer->dims, sizeof extent);
    extent[0] = (hsize_t)(end - start);
    return H5Sselect_hyperslab(transfer->space, how, offset, NULL, extent, NULL);
}

/* Reads what is selected in the file, which are the rows from `start` to `end`. */
static herr_t read_selected(const struct transfer *transfer, int start, int end)
{
    hsize_t extent[H5S_MAX_RANK];
    memcpy(extent, transfer->dims, sizeof extent);
    extent[0] = (hsize_t)(end - start);
    hid_t memory = H5Screate_simple(transfer->rank, extent, NULL);
    if (memory < 0)
        return -1;
    herr_t status = H5Dread(transfer->dataset, transfer->type, memory, transfer->space, H5P_DEFAULT,
                            transfer->values + (size_t)start * transfer->row_size);
    hid_t kept = h5_keep_reason();
    H5Sclose(memory);
    h5_restore_reason(kept);
    return status;
}

/* Reads all rows, so many runs at a time. */
static herr_t read_runs(const struct transfer *transfer, int runs)
{
    int end = 0;
    for (int start = 0; start < transfer->count; start = end) {
        herr_t status = H5Sselect_none(transfer->space);
        for (int run = 0; run < runs && end < transfer->count && status >= 0; run++) {
            int stop = run_end(transfer, end);
            status = select_run(transfer, H5S_SELECT_OR, end, stop);
            end = stop;
        }
        if (status < 0 || read_selected(transfer, start, end) < 0)
            return -1;
    }
    return 0;
}

/* Local: the values as doubles, and all of them finite. */
static int finish_values(const struct activations *activations, int checkpoint, int layer,
                         const struct transfer *transfer, double *values, struct fault *fault)
{
    int64_t width = activations->widths[(int64_t)checkpoint * activations->layer_count + layer];
    int64_t count = width * transfer->count;

    if (activations_to_double(transfer->type, values, count) != 0)
        return fault_set(fault, EXIT_SYSTEM, "%s: HDF5 cannot convert the values to float64: %s",
                         activations_place(activations, checkpoint, layer).text, h5_reason().text);
    int64_t defect = activations_first_defect(values, count);
    if (defect >= 0)
        return activations_bad_value(activations, checkpoint, layer, transfer->rows[defect / width],
                                     defect % width, values[defect], fault);
    return 0;
}

int activations_read(struct activations *activations, int checkpoint, int layer,
                     const int64_t *rows, int count, double *values, struct fault *fault)
{
    MPI_Comm comm = activations->files->comm;
    struct transfer transfer = {.dataset = -1, .type = -1, .space = -1};

    h5_silence();
    transfer.rows = rows;
    transfer.count = count;
    transfer.values = (char *)values;
    if (open_file(activations, checkpoint, fault) != 0)
        goto cleanup;
    if (check_rows(activations, rows, count, fault) == 0)
        start_transfer(activations, checkpoint, layer, &transfer, fault);
    if (fault_agree(fault, comm) != 0)
        goto cleanup;

    if (read_runs(&transfer, transfer.joined ? BATCH_RUNS : 1) < 0)
        fault_set(fault, EXIT_INPUT, "%s: cannot be read: %s; is the file damaged?",
                  activations_place(activations, checkpoint, layer).text, h5_reason().text);
    else
        finish_values(activations, checkpoint, layer, &transfer, values, fault);
    fault_agree(fault, comm);
cleanup:
    end_transfer(&transfer);
    return fault->status;
}
