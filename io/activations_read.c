/* Rows of one layer at one checkpoint, read by all ranks together.
 *
 * The rows of a rank are a union of runs of adjacent rows. How they are fetched depends on how the
 * file stores them:
 *
 *   contiguous   one collective transfer of the union, in batches, so that MPI-IO can join the
 *                requests of all ranks into few large ones. HDF5 builds a union of r runs in
 * O(r^2); batches of 2048 runs keep that at some 40 ms. chunked      each rank fetches its runs one
 * by one, through a cache that holds the chunks which cover one row, so that a chunk is
 * decompressed once. HDF5 1.10 reads compressed chunks collectively one at a time in lock step,
 * which is slower, and a rank that met a damaged chunk would leave the others waiting. chunked, and
 * the cache would not fit: as contiguous, but each rank for itself.
 *
 * Metadata is read by each rank by itself, not by HDF5's collective metadata reads: then a rank
 * that fails alone can still say so to the others. Values arrive in the file's type at the start of
 * the caller's block and are widened in place, because HDF5 gives up collective transfers when it
 * has to convert. */
#include "activations_internal.h"

#include <math.h>
#include <string.h>

enum {
    BATCH_RUNS = 2048,
    BATCH_BYTES = 1 << 28,
    CACHE_BYTES = 1 << 26, /* of chunks */
    CACHE_SLOTS = 12421    /* a prime, as HDF5 asks for */
};

struct transfer {
    hid_t dataset, type, space, properties; /* owned */
    int rank;                               /* dimensions */
    hsize_t dims[H5S_MAX_RANK];
    size_t row_size;      /* bytes of a row in the file's type */
    bool chunked, banded; /* banded: the chunks that cover a row fit the cache */
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

/* Collective: makes the checkpoint's file the one that is open. */
static int open_file(const struct activations *activations, int checkpoint, struct fault *fault)
{
    struct activations_files *files = activations->files;
    const char *path = activations->checkpoints[checkpoint].file;

    if (files->path == NULL || strcmp(files->path, path) != 0) {
        if (files->file >= 0)
            H5Fclose(files->file);
        files->path = NULL;
        hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_fapl_mpio(access, files->comm, MPI_INFO_NULL);
        files->file = H5Fopen(path, H5F_ACC_RDONLY, access);
        H5Pclose(access);
        if (files->file < 0)
            fault_set(fault, EXIT_INPUT,
                      "%s: cannot be opened by all ranks: %s; is it on a file system that all "
                      "nodes share, and unchanged since the start of the run?",
                      escape(path).text, h5_reason().text);
        else
            files->path = path;
    }
    return fault_agree(fault, files->comm);
}

/* Whether the cache can hold every chunk that covers one row. */
static bool band_fits(hid_t properties, const struct transfer *transfer, size_t value_size)
{
    hsize_t chunk[H5S_MAX_RANK] = {0};
    H5Pget_chunk(properties, transfer->rank, chunk);
    double bytes = (double)value_size * (double)chunk[0];
    for (int k = 1; k < transfer->rank; k++)
        bytes *= (double)((transfer->dims[k] + chunk[k] - 1) / chunk[k] * chunk[k]);
    return bytes <= CACHE_BYTES;
}

static hid_t open_dataset(const struct activations *activations, int checkpoint, int layer)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, CACHE_SLOTS, CACHE_BYTES, H5D_CHUNK_CACHE_W0_DEFAULT);
    hid_t parent = H5Gopen2(activations->files->file, "checkpoints", H5P_DEFAULT);
    hid_t group = H5Gopen2(parent, activations->checkpoints[checkpoint].key, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(group, activations->layers[layer], access);
    if (group >= 0)
        H5Gclose(group);
    if (parent >= 0)
        H5Gclose(parent);
    H5Pclose(access);
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

    hid_t creation = H5Dget_create_plist(transfer->dataset);
    transfer->row_size = (size_t)width * H5Tget_size(transfer->type);
    transfer->chunked = H5Pget_layout(creation) == H5D_CHUNKED;
    transfer->banded =
        transfer->chunked && band_fits(creation, transfer, H5Tget_size(transfer->type));
    H5Pclose(creation);
    transfer->properties = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_dxpl_mpio(transfer->properties,
                     transfer->chunked ? H5FD_MPIO_INDEPENDENT : H5FD_MPIO_COLLECTIVE);
    return 0;
}

static void end_transfer(struct transfer *transfer)
{
    if (transfer->properties >= 0)
        H5Pclose(transfer->properties);
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

/* The end of the batch that starts at rows[start]; it has at least one row. */
static int batch_end(const struct transfer *transfer, int start)
{
    int most = (int)(BATCH_BYTES / transfer->row_size > 0 ? BATCH_BYTES / transfer->row_size : 1);
    int runs = 0;
    int end = start;
    while (end < transfer->count && end - start < most && runs < BATCH_RUNS) {
        end = run_end(transfer, end);
        runs++;
    }
    return end - start > most ? start + most : end;
}

static herr_t select_run(const struct transfer *transfer, H5S_seloper_t how, int start, int end)
{
    hsize_t offset[H5S_MAX_RANK] = {(hsize_t)transfer->rows[start]};
    hsize_t extent[H5S_MAX_RANK];
    memcpy(extent, transfer->dims, sizeof extent);
    extent[0] = (hsize_t)(end - start);
    return H5Sselect_hyperslab(transfer->space, how, offset, NULL, extent, NULL);
}

/* Reads what is selected in the file into the rows from `start` on. A failure before the transfer
 * does not keep this rank from taking part with nothing selected: the others may wait for it. */
static herr_t read_selected(const struct transfer *transfer, int start, int count, bool failed)
{
    hsize_t extent[H5S_MAX_RANK];
    memcpy(extent, transfer->dims, sizeof extent);
    extent[0] = count > 0 && !failed ? (hsize_t)count : 1;
    hid_t memory = H5Screate_simple(transfer->rank, extent, NULL);
    if (count == 0 || failed) {
        H5Sselect_none(memory);
        H5Sselect_none(transfer->space);
    }
    herr_t status =
        H5Dread(transfer->dataset, transfer->type, memory, transfer->space, transfer->properties,
                transfer->values + (size_t)start * transfer->row_size);
    H5Sclose(memory);
    return failed ? -1 : status;
}

static herr_t read_batch(const struct transfer *transfer, int start, int end)
{
    bool failed = H5Sselect_none(transfer->space) < 0;
    for (int k = start; k < end && !failed;) {
        int stop = run_end(transfer, k);
        stop = stop < end ? stop : end;
        failed = select_run(transfer, H5S_SELECT_OR, k, stop) < 0;
        k = stop;
    }
    return read_selected(transfer, start, end - start, failed);
}

/* Collective: every rank takes part in as many batches as the rank with the most. */
static int read_batches(const struct transfer *transfer, MPI_Comm comm)
{
    int batches = 0;
    int most = 0;
    int start = 0;
    herr_t status = 0;

    for (int k = 0; k < transfer->count; k = batch_end(transfer, k))
        batches++;
    MPI_Allreduce(&batches, &most, 1, MPI_INT, MPI_MAX, comm);
    for (int k = 0; k < most; k++) {
        int end = batch_end(transfer, start);
        if (read_batch(transfer, start, end) < 0)
            status = -1;
        start = end;
    }
    return status;
}

/* Local. */
static int read_runs(const struct transfer *transfer)
{
    for (int start = 0; start < transfer->count;) {
        int end = run_end(transfer, start);
        if (select_run(transfer, H5S_SELECT_SET, start, end) < 0 ||
            read_selected(transfer, start, end - start, false) < 0)
            return -1;
        start = end;
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
    struct transfer transfer = {.dataset = -1, .type = -1, .space = -1, .properties = -1};
    int status = 0;

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

    status = transfer.banded ? read_runs(&transfer) : read_batches(&transfer, comm);
    if (status != 0)
        fault_set(fault, EXIT_INPUT, "%s: cannot be read: %s; is the file damaged?",
                  activations_place(activations, checkpoint, layer).text, h5_reason().text);
    else
        finish_values(activations, checkpoint, layer, &transfer, values, fault);
    fault_agree(fault, comm);
cleanup:
    end_transfer(&transfer);
    return fault->status;
}
