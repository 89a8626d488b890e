#include "recall.h"

#include <stdlib.h>
#include <string.h>

static int step_index(const struct recall *recall, int frame)
{
    return frame % recall->plan->checkpoints;
}

static struct digest place_of(const struct recall *recall, int frame, int layer)
{
    return digest_place(recall->fingerprint, recall->rows[frame / recall->plan->checkpoints],
                        recall->input->checkpoints[step_index(recall, frame)].step,
                        recall->input->layers[layer]);
}

/* What is known of a place, or NULL. */
static const struct ledger_content *content_at(const struct recall *recall, int frame, int layer)
{
    const struct ledger_record *record = known_find(recall->known, place_of(recall, frame, layer));
    return record != NULL ? &record->content : NULL;
}

static bool any_place_is_known(const struct recall *recall)
{
    for (int frame = 0; frame < recall->plan->frames; frame++)
        for (int l = 0; l < recall->plan->layers; l++)
            if (content_at(recall, frame, l) != NULL)
                return true;
    return false;
}

int recall_begin(struct recall *recall, struct known *known, const struct plan *plan,
                 const struct activations *input, struct digest fingerprint, struct fault *fault)
{
    *recall = (struct recall){known, plan, input, fingerprint, NULL, NULL};
    recall->sources = malloc((size_t)plan->checkpoints * sizeof *recall->sources);
    recall->rows = calloc((size_t)plan->replicates, sizeof *recall->rows);
    if (!recall->sources || !recall->rows)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    for (int t = 0; t < plan->checkpoints; t++)
        recall->sources[t] = digest_source(input->checkpoints[t].file);
    for (int r = 0; r < plan->replicates; r++)
        recall->rows[r] =
            digest_rows(plan->samples + (size_t)r * (size_t)plan->points, plan->points);
    if (known->contents > 0 && !any_place_is_known(recall))
        fault_set(
            fault, EXIT_INPUT,
            "the output folder holds a run over other input: no layer at any checkpoint of %s "
            "is known there; choose another folder with --out, or replace it with --fresh",
            input->checkpoints[0].file);
    return fault->status;
}

void recall_reset(struct recall *recall)
{
    free(recall->sources);
    free(recall->rows);
    *recall = (struct recall){0};
}

/* The record of a pair of a frame with these contents, as one of this run; false: not known. */
static bool recall_pair(const struct recall *recall, struct pair pair, struct digest a,
                        struct digest b, struct pair_record *found)
{
    const struct ledger_record *record =
        known_find(recall->known, digest_pair(recall->fingerprint, a, b));
    if (record == NULL)
        return false;
    *found = record->pair;
    found->pair = pair;
    return true;
}

bool recall_frame(const struct recall *recall, int frame, struct records *records,
                  struct fault *fault)
{
    const struct plan *plan = recall->plan;
    const uint64_t source = recall->sources[step_index(recall, frame)];
    const int64_t before = records->count;
    bool known = source != 0;
    for (int64_t k = 0; k < plan->pairs_per_frame && known && !fault->status; k++) {
        const struct pair pair = plan_pair(plan, frame, k);
        const struct ledger_content *a = content_at(recall, frame, pair.i);
        const struct ledger_content *b = content_at(recall, frame, pair.j);
        struct pair_record record;
        known = a && b && a->source == source && b->source == source &&
                recall_pair(recall, pair, a->digest, b->digest, &record);
        if (known)
            records_add(records, &record, fault);
    }
    if (!known)
        records->count = before;
    return known;
}

static int refuse_content(const struct recall *recall, int frame, int layer, struct fault *fault)
{
    const struct activations_checkpoint *checkpoint =
        &recall->input->checkpoints[step_index(recall, frame)];
    return fault_set(fault, EXIT_INPUT,
                     "%s, checkpoint \"%s\", layer \"%s\": the activations are not those that the "
                     "run in the output folder compared; choose another folder with --out, or "
                     "replace it with --fresh",
                     checkpoint->file, checkpoint->key, recall->input->layers[layer]);
}

int recall_contents(const struct recall *recall, int frame, const struct digest *contents,
                    struct ledger *ledger, struct fault *fault)
{
    const uint64_t source = recall->sources[step_index(recall, frame)];
    const int layers = recall->plan->layers;
    int count = 0;
    struct ledger_record *fresh = malloc((size_t)layers * sizeof *fresh);
    if (fresh == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the ledger");
    for (int l = 0; l < layers && !fault->status; l++) {
        const struct ledger_content *old = content_at(recall, frame, l);
        if (old != NULL && !digest_equal(old->digest, contents[l]))
            refuse_content(recall, frame, l, fault);
        else if (old == NULL || old->source != source)
            fresh[count++] = ledger_content(place_of(recall, frame, l), contents[l], source);
    }
    if (!fault->status)
        ledger_append(ledger, fresh, count, fault);
    for (int k = 0; k < count && !fault->status; k++)
        known_add(recall->known, &fresh[k], fault);
    free(fresh);
    return fault->status;
}

int recall_pairs(const struct recall *recall, int frame, const struct digest *contents,
                 struct queue *queue, struct records *records, struct fault *fault)
{
    for (int64_t k = 0; k < recall->plan->pairs_per_frame && !fault->status; k++) {
        const struct pair pair = plan_pair(recall->plan, frame, k);
        struct pair_record record;
        if (recall_pair(recall, pair, contents[pair.i], contents[pair.j], &record)) {
            queue_skip(queue, frame, k);
            records_add(records, &record, fault);
        }
    }
    return fault->status;
}

int recall_learn(const struct recall *recall, const struct records *records, struct fault *fault)
{
    for (int64_t k = 0; k < records->count && !fault->status; k++) {
        const struct pair_record *pair = &records->items[k];
        const struct ledger_content *a = content_at(recall, pair->pair.frame, pair->pair.i);
        const struct ledger_content *b = content_at(recall, pair->pair.frame, pair->pair.j);
        if (a == NULL || b == NULL || !pair_lasts(pair))
            continue;
        const struct digest key = digest_pair(recall->fingerprint, a->digest, b->digest);
        const struct ledger_record record = ledger_pair(key, pair);
        known_add(recall->known, &record, fault);
    }
    return fault->status;
}
