/* Rows of one layer at one checkpoint, read by all ranks together: the file, what it is opened
 * with, and the values once they are there. How rows are fetched is in activations_transfer.c.
 *
 * Values arrive in the file's type at the start of the caller's block and are widened in place. */
#include "activations_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* --- the file --- */

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

/* Whether most of what lies between the first row and the last is not asked for. */
static bool are_sparse(const int64_t *rows, int count)
{
    return count > 1 && rows[count - 1] - rows[0] >= 2 * (int64_t)count;
}

/* ROMIO's hints; other MPI-IO passes them by. Left alone, it reads what lies between the rows, too,
 * in blocks of megabytes. Where that is most of the file, each rank is to fetch its own rows, one
 * by one; elsewhere ROMIO may have some ranks read for all, which it does where nodes want the
 * same. Owned. */
static MPI_Info make_hints(bool sparse)
{
    MPI_Info info = MPI_INFO_NULL;
    MPI_Info_create(&info);
    MPI_Info_set(info, "romio_cb_read", sparse ? "disable" : "automatic");
    MPI_Info_set(info, "romio_ds_read", "disable");
    return info;
}

/* Whether MPI-IO is ROMIO. Open MPI has its own beside it, does not tell which one a file is open
 * with, and takes the choice from the environment (pipeline/main.c makes it). */
static bool has_romio(void)
{
#ifdef OPEN_MPI
    const char *chosen = getenv("OMPI_MCA_io");
    return chosen != NULL && strstr(chosen, *chosen == '^' ? "ompio" : "romio") != NULL;
#else
    return true;
#endif
}

/* Collective: makes the checkpoint's file the one that is open, with the hints for such rows. */
static int open_file(const struct activations *activations, int checkpoint, bool sparse,
                     struct fault *fault)
{
    struct activations_files *files = activations->files;
    const char *path = activations->checkpoints[checkpoint].file;

    if (files->path != NULL && strcmp(files->path, path) == 0 && files->sparse == sparse)
        return fault_agree(fault, files->comm);
    if (check_access(path, files->comm, fault) != 0)
        return fault->status;
    if (files->file >= 0)
        H5Fclose(files->file);
    files->path = NULL;
    hid_t parallel = H5Pcreate(H5P_FILE_ACCESS);
    MPI_Info hints = make_hints(sparse);
    H5Pset_fapl_mpio(parallel, files->comm, hints);
    files->file = H5Fopen(path, H5F_ACC_RDONLY, parallel);
    hid_t kept = h5_keep_reason();
    H5Pclose(parallel);
    MPI_Info_free(&hints);
    h5_restore_reason(kept);
    files->sparse = sparse;
    if (files->file < 0)
        fault_set(fault, EXIT_INPUT, "%s: cannot be opened by all ranks: %s", escape(path).text,
                  h5_reason().text);
    else
        files->path = path;
    return fault_agree(fault, files->comm);
}

/* --- reading --- */

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

/* Local: the values as doubles, and all of them finite. */
static int finish_values(const struct activations *activations, int checkpoint, int layer,
                         const struct activations_transfer *transfer, double *values,
                         struct fault *fault)
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
    struct activations_transfer transfer = {.dataset = -1,
                                            .type = -1,
                                            .space = -1,
                                            .rows = rows,
                                            .count = count,
                                            .values = (char *)values};
    int either[2] = {are_sparse(rows, count), !has_romio()};

    h5_silence();
    MPI_Allreduce(MPI_IN_PLACE, either, 2, MPI_INT, MPI_MAX, comm);
    activations->files->romio = !either[1];
    if (open_file(activations, checkpoint, either[0], fault) != 0)
        goto cleanup;
    if (check_rows(activations, rows, count, fault) == 0)
        activations_transfer_start(activations, checkpoint, layer, &transfer, fault);
    if (fault_agree(fault, comm) != 0)
        goto cleanup;

    if (activations_transfer_run(&transfer, comm) < 0)
        fault_set(fault, EXIT_INPUT, "%s: cannot be read: %s; is the file damaged?",
                  activations_place(activations, checkpoint, layer).text, h5_reason().text);
    else
        finish_values(activations, checkpoint, layer, &transfer, values, fault);
    fault_agree(fault, comm);
cleanup:
    activations_transfer_end(&transfer);
    return fault->status;
}
