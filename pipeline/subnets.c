#include "subnets.h"

#include "segments.h"
#include "strata.h"

const struct subnets_options subnets_defaults = {0, 0.05, RESULTS_MIN_CONTRAST, NULL, NULL};

static int find_segments(struct results *results, int t, const struct subnets_options *options)
{
    int L = results->layer_count;
    struct segments_result found;
    struct segments_options how = segments_defaults;
    how.max_groups = options->max_groups;
    how.significance = options->significance;
    how.min_contrast = options->min_contrast;
    if (segments_find(results->distance + (size_t)t * L * L, L, &how,
                      results->segments + (size_t)t * L,
                      results->boundary_strength + (size_t)t * (L - 1), &found))
        return STRATA_MEMORY;
    results->segment_count[t] = found.count;
    results->segment_score[t] = found.score;
    results->segment_p[t] = found.p;
    results->nearest[t] = found.nearest;
    results->nearest_strength[t] = found.depth;
    return STRATA_OK;
}

static int find_clusters(struct results *results, int t, const struct subnets_options *options)
{
    int L = results->layer_count;
    struct clusters_result found;
    struct clusters_options how = clusters_defaults;
    how.max_groups = options->max_groups;
    how.min_contrast = options->min_contrast;
    how.eigen = options->eigen;
    how.context = options->context;
    int status = clusters_find(results->distance + (size_t)t * L * L, L, &how,
                               results->clusters + (size_t)t * L, &found);
    if (status == STRATA_OK) {
        results->cluster_count[t] = found.count;
        results->cluster_score[t] = found.score;
    }
    return status;
}

int subnets_find(struct results *results, const struct subnets_options *options,
                 struct fault *fault)
{
    for (int t = 0; t < results->checkpoint_count; t++) {
        int status = find_segments(results, t, options);
        if (status == STRATA_OK)
            status = find_clusters(results, t, options);
        if (status != STRATA_OK)
            return fault_set(
                fault, EXIT_SYSTEM,
                "sub-networks of checkpoint %s (%d layers): %s; the GW matrices are "
                "complete, the groups are not",
                results->checkpoints && results->checkpoints[t] ? results->checkpoints[t] : "?",
                results->layer_count, strata_status_text(status));
    }
    return 0;
}
