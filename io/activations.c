/* Open and close: rank 0 scans, all get a copy. */
#include "activations_internal.h"
#include "pack.h"

#include <stdlib.h>

static void pack_names(struct pack *pack, char *const *names, int count)
{
    pack_bytes(pack, &count, sizeof count);
    for (int k = 0; k < count; k++)
        pack_text(pack, names[k]);
}

static char **unpack_names(struct pack *pack, int *count)
{
    int expected = 0;
    unpack_bytes(pack, &expected, sizeof expected);
    char **names = calloc((size_t)expected + 1, sizeof *names);
    if (names == NULL)
        pack->failed = true;
    for (*count = 0; names != NULL && *count < expected; ++*count) {
        names[*count] = unpack_text(pack);
        if (names[*count] == NULL)
            break;
    }
    return names;
}

static size_t width_bytes(const struct activations *activations)
{
    return sizeof *activations->widths * (size_t)activations->checkpoint_count *
           (size_t)activations->layer_count;
}

static size_t scalar_bytes(const struct activations *activations)
{
    return sizeof *activations->scalar_values * (size_t)activations->checkpoint_count *
           (size_t)activations->scalar_count;
}

static size_t weight_bytes(const struct activations *activations)
{
    return sizeof *activations->weights * (size_t)activations->row_count;
}

static void pack_activations(struct pack *pack, const struct activations *activations)
{
    pack_names(pack, activations->layers, activations->layer_count);
    pack_names(pack, activations->scalars, activations->scalar_count);
    pack_bytes(pack, &activations->row_count, sizeof activations->row_count);
    pack_bytes(pack, &activations->ids, sizeof activations->ids);
    pack_bytes(pack, &(bool){activations->weights != NULL}, sizeof(bool));
    if (activations->weights != NULL)
        pack_bytes(pack, activations->weights, weight_bytes(activations));
    pack_text(pack, activations->model);
    pack_text(pack, activations->dataset);
    pack_bytes(pack, &activations->checkpoint_count, sizeof activations->checkpoint_count);
    for (int t = 0; t < activations->checkpoint_count; t++) {
        pack_text(pack, activations->checkpoints[t].file);
        pack_text(pack, activations->checkpoints[t].key);
        pack_bytes(pack, &activations->checkpoints[t].step, sizeof(int64_t));
    }
    pack_bytes(pack, activations->widths, width_bytes(activations));
    pack_bytes(pack, activations->scalar_values, scalar_bytes(activations));
}

static void unpack_checkpoints(struct pack *pack, struct activations *activations)
{
    int count = 0;
    unpack_bytes(pack, &count, sizeof count);
    activations->checkpoints = calloc((size_t)count + 1, sizeof *activations->checkpoints);
    if (activations->checkpoints == NULL) {
        pack->failed = true;
        return;
    }
    activations->checkpoint_count = count;
    for (int t = 0; t < count && !pack->failed; t++) {
        activations->checkpoints[t].file = unpack_text(pack);
        activations->checkpoints[t].key = unpack_text(pack);
        unpack_bytes(pack, &activations->checkpoints[t].step, sizeof(int64_t));
    }
}

/* In the order of pack_activations. NULL if memory is short. */
static struct activations *unpack_activations(struct pack *pack)
{
    bool weighted = false;
    struct activations *activations = calloc(1, sizeof *activations);
    if (activations == NULL)
        return NULL;
    activations->layers = unpack_names(pack, &activations->layer_count);
    activations->scalars = unpack_names(pack, &activations->scalar_count);
    unpack_bytes(pack, &activations->row_count, sizeof activations->row_count);
    unpack_bytes(pack, &activations->ids, sizeof activations->ids);
    unpack_bytes(pack, &weighted, sizeof weighted);
    if (weighted)
        activations->weights = unpack_array(pack, weight_bytes(activations));
    activations->model = unpack_text(pack);
    activations->dataset = unpack_text(pack);
    unpack_checkpoints(pack, activations);
    activations->widths = unpack_array(pack, width_bytes(activations));
    activations->scalar_values = unpack_array(pack, scalar_bytes(activations));
    if (pack->failed)
        activations_free(&activations);
    return activations;
}

/* Collective: what was unpacked gets files to open on comm, and is given out; or it is freed. */
static int give_out(struct activations *opened, MPI_Comm comm, struct activations **activations,
                    struct fault *fault)
{
    if (opened != NULL)
        opened->files = calloc(1, sizeof *opened->files);
    const bool complete = opened != NULL && opened->files != NULL;
    if (!complete)
        fault_set(fault, EXIT_SYSTEM, "out of memory for the list of activations");
    if (fault_agree(fault, comm) != 0 || !complete) {
        activations_free(&opened);
        return fault->status;
    }
    opened->files->file = -1;
    MPI_Comm_dup(comm, &opened->files->comm);
    *activations = opened;
    return 0;
}

int activations_open(const char *pattern, const struct activations_selection *selection,
                     MPI_Comm comm, struct activations **activations, struct fault *fault)
{
    struct pack pack = {0};
    struct activations *opened = NULL;
    int rank = 0;

    *activations = NULL;
    h5_silence();
    MPI_Comm_rank(comm, &rank);
    if (rank == 0 && fault->status == 0 &&
        activations_scan(pattern, selection, &opened, fault) == 0)
        pack_activations(&pack, opened);
    if (pack_broadcast(&pack, comm, fault) != 0) {
        activations_free(&opened);
    } else {
        if (rank != 0)
            opened = unpack_activations(&pack);
        give_out(opened, comm, activations, fault);
    }
    pack_reset(&pack);
    return fault->status;
}

int activations_share(const struct activations *activations, MPI_Comm comm,
                      struct activations **shared, struct fault *fault)
{
    struct pack pack = {0};

    *shared = NULL;
    pack_activations(&pack, activations);
    give_out(pack.failed ? NULL : unpack_activations(&pack), comm, shared, fault);
    pack_reset(&pack);
    return fault->status;
}

static void free_names(char **names, int count)
{
    for (int k = 0; names != NULL && k < count; k++)
        free(names[k]);
    free(names);
}

void activations_free(struct activations **activations)
{
    struct activations *old = *activations;
    if (old == NULL)
        return;
    free_names(old->layers, old->layer_count);
    free_names(old->scalars, old->scalar_count);
    for (int t = 0; old->checkpoints != NULL && t < old->checkpoint_count; t++) {
        free(old->checkpoints[t].file);
        free(old->checkpoints[t].key);
    }
    free(old->checkpoints);
    free(old->widths);
    free(old->scalar_values);
    free(old->weights);
    free(old->model);
    free(old->dataset);
    free(old->files);
    free(old);
    *activations = NULL;
}

void activations_close(struct activations **activations)
{
    if (*activations == NULL)
        return;
    struct activations_files *files = (*activations)->files;
    if (files->file >= 0)
        H5Fclose(files->file);
    MPI_Comm_free(&files->comm);
    activations_free(activations);
}
