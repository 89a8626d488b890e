/* The metadata of all files, on one rank. */
#include "activations_internal.h"

#include <stdio.h>
#include <stdlib.h>

struct activations_place activations_place(const struct activations *activations, int checkpoint,
                                           int layer)
{
    struct activations_place place;
    const struct activations_checkpoint *at = &activations->checkpoints[checkpoint];
    int used = snprintf(place.text, sizeof place.text, "%s: checkpoint %s", escape(at->file).text,
                        quote(at->key).text);
    if (layer >= 0)
        snprintf(place.text + used, sizeof place.text - (size_t)used, ", layer %s",
                 quote(activations->layers[layer]).text);
    return place;
}

int activations_scan(const char *pattern, const struct activations_selection *selection,
                     struct activations **activations, struct fault *fault)
{
    struct string_list files = {NULL, 0};
    struct activations_header header = {.ids_count = -1,
                                        .weights = selection ? selection->weights : NULL};
    struct activations *found = calloc(1, sizeof *found);

    if (found == NULL)
        return fault_set(fault, EXIT_SYSTEM, "out of memory for the list of activations");
    h5_silence();
    activations_find(pattern, &files, fault);
    for (int k = 0; k < files.count && fault->status == 0; k++)
        activations_read_header(files.items[k], found, &header, fault);
    if (fault->status == 0 && activations_select(found, selection, fault) == 0)
        activations_read_shapes(found, fault);
    if (fault->status == 0 && header.ids_count >= 0 && header.ids_count != found->row_count)
        fault_set(fault, EXIT_INPUT,
                  "%s: /sample_ids: expected %lld ids, one for each row of the activations, found "
                  "%lld",
                  escape(header.ids_file).text, (long long)found->row_count,
                  (long long)header.ids_count);
    if (fault->status == 0)
        activations_check_weights(found, &header, fault);
    found->ids = header.ids_count < 0 ? 0 : header.ids_hash + (header.ids_hash == 0);
    activations_files_reset(&files);
    if (fault->status != 0)
        activations_free(&found);
    *activations = found;
    return fault->status;
}
