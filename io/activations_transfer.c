/* How rows are fetched from one dataset, by all ranks together where that is safe.
 *
 * Numbers that are stored as they are (contiguous, or in chunks without filters) are read
 * collectively, every rank making as many reads as the one that needs most; who is done, or failed,
 * selects nothing. In one of two ways, the same on all ranks:
 *   scattered  few of the rows: runs of adjacent rows joined into one selection. HDF5 needs O(r^2)
 *              time to join r runs, and with chunks maps every single value.
 *   blocks     most of the rows: whole blocks, of which the rows that were asked for are kept.
 *
 * Each rank reads by itself
 * - where chunks are compressed: HDF5 1.10 reads these collectively one at a time, in lock step,
 * and a rank that meets a damaged one would leave the others waiting, whereas here it can tell
 * them;
 * - where MPI-IO is not ROMIO: collective reads of Open MPI's own before 4.1.5 return zeros,
 * without an error, when ranks ask for differing rows (github.com/open-mpi/ompi/issues/10546). Then
 * a run is read at a time; a cache holds the chunks that cover one row, so that each is
 * decompressed once. Where they are too large for that, runs are joined: HDF5 then takes each chunk
 * once.
 *
 * HDF5's reads of metadata are never collective, for the same reason as those of compressed chunks.
 * A damaged index of chunks is therefore looked for before the first collective read.
 *
 * tests/bench/reading.sh measures all this. */
#include "activations_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCATTERED_RUNS = 256,
    JOINED_RUNS = 2048,
    BLOCK_BYTES = 1 << 24,
    CACHE_BYTES = 1 << 26, /* of chunks */
    CACHE_SLOTS = 12421    /* a prime, as HDF5 asks for */
};

/* --- start and end --- */

/* Whether the chunks that cover one row are too large for the cache. */
static bool exceeds_cache(const struct activations_transfer *transfer, hid_t creation)
{
    hsize_t chunk[H5S_MAX_RANK] = {0};
    H5Pget_chunk(creation, transfer->rank, chunk);
    double bytes = (double)H5Tget_size(transfer->type) * (double)chunk[0];
    for (int k = 1; k < transfer->rank; k++)
        bytes *= ceil((double)transfer->dims[k] / (double)chunk[k]) * (double)chunk[k];
    return bytes > CACHE_BYTES;
}

/* The same on all ranks. */
static enum activations_way choose_way(const struct activations_files *files,
                                       const struct activations_transfer *transfer)
{
    hid_t creation = H5Dget_create_plist(transfer->dataset);
    const H5D_layout_t layout = H5Pget_layout(creation);
    const bool plain = (layout == H5D_CONTIGUOUS && H5Pget_external_count(creation) == 0) ||
                       (layout == H5D_CHUNKED && H5Pget_nfilters(creation) == 0);
    enum activations_way way = WAY_RUNS;
    if (plain && files->romio)
        way = files->sparse ? WAY_SCATTERED : WAY_BLOCKS;
    else if (layout == H5D_CHUNKED && exceeds_cache(transfer, creation))
        way = WAY_JOINED;
    H5Pclose(creation);
    return way;
}

static bool is_collective(const struct activations_transfer *transfer)
{
    return transfer->way == WAY_SCATTERED || transfer->way == WAY_BLOCKS;
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

/* Whether HDF5 finds all chunks; contiguous data have none. */
static bool has_whole_index(const struct activations_transfer *transfer)
{
    hid_t creation = H5Dget_create_plist(transfer->dataset);
    const bool chunked = H5Pget_layout(creation) == H5D_CHUNKED;
    hsize_t chunks = 0;
    H5Pclose(creation);
    return !chunked || H5Dget_num_chunks(transfer->dataset, transfer->space, &chunks) >= 0;
}

int activations_transfer_start(const struct activations *activations, int checkpoint, int layer,
                               struct activations_transfer *transfer, struct fault *fault)
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
    transfer->way = choose_way(activations->files, transfer);
    if (is_collective(transfer) && !has_whole_index(transfer))
        return fault_set(fault, EXIT_INPUT, "%s: cannot be read: %s; is the file damaged?",
                         activations_place(activations, checkpoint, layer).text, h5_reason().text);
    if (transfer->way == WAY_BLOCKS) {
        transfer->block = malloc(BLOCK_BYTES);
        if (transfer->block == NULL)
            return fault_set(fault, EXIT_SYSTEM, "out of memory for reading a layer");
    }
    return 0;
}

void activations_transfer_end(struct activations_transfer *transfer)
{
    if (transfer->type >= 0)
        H5Tclose(transfer->type);
    if (transfer->space >= 0)
        H5Sclose(transfer->space);
    if (transfer->dataset >= 0)
        H5Dclose(transfer->dataset);
    free(transfer->block);
}

/* --- batches: what one read takes --- */

/* The end of the run of adjacent rows that starts at rows[start]. */
static int run_end(const struct activations_transfer *transfer, int start)
{
    int end = start + 1;
    while (end < transfer->count && transfer->rows[end] == transfer->rows[end - 1] + 1)
        end++;
    return end;
}

/* Rows of the file from rows[start] to rows[end - 1]. */
static int64_t span(const struct activations_transfer *transfer, int start, int end)
{
    return start < end ? transfer->rows[end - 1] - transfer->rows[start] + 1 : 0;
}

static int batch_end(const struct activations_transfer *transfer, int start)
{
    int end = start;
    if (transfer->way == WAY_BLOCKS) {
        const int64_t most = (int64_t)(BLOCK_BYTES / transfer->row_size);
        while (end < transfer->count && (end == start || span(transfer, start, end + 1) <= most))
            end++;
        return end;
    }
    const int runs = transfer->way == WAY_SCATTERED ? SCATTERED_RUNS
                     : transfer->way == WAY_JOINED  ? JOINED_RUNS
                                                    : 1;
    for (int run = 0; run < runs && end < transfer->count; run++)
        end = run_end(transfer, end);
    return end;
}

static int count_batches(const struct activations_transfer *transfer)
{
    int batches = 0;
    for (int end = 0; end < transfer->count; end = batch_end(transfer, end))
        batches++;
    return batches;
}

/* --- reads --- */

static herr_t add_rows(const struct activations_transfer *transfer, int64_t first, int64_t count)
{
    hsize_t offset[H5S_MAX_RANK] = {(hsize_t)first};
    hsize_t extent[H5S_MAX_RANK];
    memcpy(extent, transfer->dims, sizeof extent);
    extent[0] = (hsize_t)count;
    return H5Sselect_hyperslab(transfer->space, H5S_SELECT_OR, offset, NULL, extent, NULL);
}

/* Selects rows[start] to rows[end - 1] in the file: in blocks, with what lies between. */
static herr_t select_rows(const struct activations_transfer *transfer, int start, int end)
{
    herr_t status = H5Sselect_none(transfer->space);
    if (transfer->way == WAY_BLOCKS && start < end)
        return add_rows(transfer, transfer->rows[start], span(transfer, start, end));
    while (start < end && status >= 0) {
        const int stop = run_end(transfer, start);
        status = add_rows(transfer, transfer->rows[start], stop - start);
        start = stop;
    }
    return status;
}

static herr_t read_selected(const struct activations_transfer *transfer, hid_t how, void *to)
{
    hsize_t extent[H5S_MAX_RANK];
    hsize_t row = 1;
    for (int k = 1; k < transfer->rank; k++)
        row *= transfer->dims[k];
    memcpy(extent, transfer->dims, sizeof extent);
    extent[0] = (hsize_t)H5Sget_select_npoints(transfer->space) / row;
    hid_t memory = H5Screate_simple(transfer->rank, extent, NULL);
    if (memory < 0)
        return -1;
    herr_t status = H5Dread(transfer->dataset, transfer->type, memory, transfer->space, how, to);
    hid_t kept = h5_keep_reason();
    H5Sclose(memory);
    h5_restore_reason(kept);
    return status;
}

/* Reads rows[start] to rows[end - 1] to where they belong; none if start is end. */
static herr_t read_batch(const struct activations_transfer *transfer, hid_t how, int start, int end)
{
    const size_t size = transfer->row_size;
    char *values = transfer->values + (size_t)start * size;
    const bool gaps = transfer->way == WAY_BLOCKS && span(transfer, start, end) > end - start;
    const herr_t selected = select_rows(transfer, start, end);
    if (selected < 0)
        H5Sselect_none(transfer->space); /* the other ranks wait for this read */
    if (read_selected(transfer, how, gaps ? transfer->block : values) < 0 || selected < 0)
        return -1;
    for (int k = start; gaps && k < end; k++)
        memcpy(transfer->values + (size_t)k * size,
               transfer->block + (size_t)(transfer->rows[k] - transfer->rows[start]) * size, size);
    return 0;
}

int activations_transfer_run(const struct activations_transfer *transfer, MPI_Comm comm)
{
    const bool collective = is_collective(transfer);
    int batches = count_batches(transfer);
    hid_t how = H5Pcreate(H5P_DATASET_XFER);
    hid_t reason = H5I_INVALID_HID;
    herr_t status = 0;
    int end = 0;

    if (collective) {
        MPI_Allreduce(MPI_IN_PLACE, &batches, 1, MPI_INT, MPI_MAX, comm);
        H5Pset_dxpl_mpio(how, H5FD_MPIO_COLLECTIVE);
        H5Pset_dxpl_mpio_chunk_opt(how, H5FD_MPIO_CHUNK_ONE_IO);
    }
    for (int k = 0; k < batches && (collective || status >= 0); k++) {
        const int start = end;
        end = status < 0 ? start : batch_end(transfer, start);
        if (read_batch(transfer, how, start, end) < 0 && status >= 0) {
            reason = h5_keep_reason();
            status = -1;
        }
    }
    H5Pclose(how);
    if (status < 0)
        h5_restore_reason(reason);
    return status;
}
