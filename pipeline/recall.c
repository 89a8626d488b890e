#include "recall.h"

#include <stdlib.h>

static const struct activations_checkpoint *checkpoint_of(const struct recall *recall,
                                                          const struct place *place)
{
    return &recall->inputs.of[place->input]->checkpoints[place->checkpoint];
}

static const char *layer_of(const struct recall *recall, const struct place *place)
{
    return recall->inputs.of[place->input]->layers[place->layer];
}

static struct digest key_of(const struct recall *recall, const struct place *place)
{
    return digest_place(recall->fingerprint, place->input, digest_rows(place->rows, place->points),
                        checkpoint_of(recall, place)->step, layer_of(recall, place));
}

static uint64_t source_of(const struct recall *recall, const struct place *place)
{
    return recall->sources[place->input][place->checkpoint];
}

/* What is known of a place, or NULL. */
static const struct ledger_content *content_at(const struct recall *recall,
                                               const struct place *place)
{
    if (place->checkpoint < 0)
        return NULL;
    const struct ledger_record *record = known_find(recall->known, key_of(recall, place));
    return record != NULL ? &record->content : NULL;
}

static bool any_place_is_known(const struct recall *recall)
{
    for (int frame = 0; frame < recall->plan->frames; frame++)
        for (int s = 0; s < recall->plan->pairing.spaces; s++) {
            const struct place place = plan_place(recall->plan, frame, s);
            if (content_at(recall, &place) != NULL)
                return true;
        }
    return false;
}

int recall_begin(struct recall *recall, struct known *known, const struct plan *plan,
                 const struct plan_inputs *inputs, struct digest fingerprint, struct fault *fault)
{
    *recall = (struct recall){
        .known = known, .plan = plan, .inputs = *inputs, .fingerprint = fingerprint};
    const char *file = inputs->of[0]->checkpoints[0].file;
    for (int k = 0; k < PAIRING_INPUTS && inputs->of[k]; k++) {
        const struct activations *input = inputs->of[k];
        uint64_t *sources = malloc((size_t)input->checkpoint_count * sizeof *sources);
        recall->sources[k] = sources;
        if (sources == NULL)
            return fault_set(fault, EXIT_SYSTEM, "memory is short");
        for (int t = 0; t < input->checkpoint_count; t++)
            sources[t] = digest_source(input->checkpoints[t].file);
    }
    if (known->contents > 0 && !any_place_is_known(recall))
        fault_set(
            fault, EXIT_INPUT,
            "the output folder holds a run over other input: no layer at any checkpoint of %s "
            "is known there; choose another folder with --out, or replace it with --fresh",
            file);
    return fault->status;
}

void recall_reset(struct recall *recall)
{
    for (int k = 0; k < PAIRING_INPUTS; k++)
        free(recall->sources[k]);
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

/* The digests of a frame whose places are all known, by files that are as they were; false: some
 * are not. */
static bool recall_places(const struct recall *recall, int frame, struct digest *contents)
{
    for (int s = 0; s < recall->plan->pairing.spaces; s++) {
        const struct place place = plan_place(recall->plan, frame, s);
        if (place.checkpoint < 0)
            continue;
        const struct ledger_content *content = content_at(recall, &place);
        const uint64_t source = source_of(recall, &place);
        if (content == NULL || source == 0 || content->source != source)
            return false;
        contents[s] = content->digest;
    }
    return true;
}

bool recall_frame(const struct recall *recall, int frame, struct records *records,
                  struct fault *fault)
{
    const int64_t before = records->count;
    const int64_t count = plan_pairs(recall->plan, frame);
    struct digest *contents = calloc((size_t)recall->plan->pairing.spaces, sizeof *contents);
    if (contents == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short");
    bool known = contents != NULL && recall_places(recall, frame, contents);
    for (int64_t k = 0; k < count && known && !fault->status; k++) {
        const struct pair pair = plan_pair(recall->plan, frame, k);
        struct pair_record record;
        known = recall_pair(recall, pair, contents[pair.i], contents[pair.j], &record);
        if (known)
            records_add(records, &record, fault);
    }
    free(contents);
    if (!known)
        records->count = before;
    return known;
}

static int refuse_content(const struct recall *recall, const struct place *place,
                          struct fault *fault)
{
    return fault_set(fault, EXIT_INPUT,
                     "%s, checkpoint \"%s\", layer \"%s\": the activations are not those that the "
                     "run in the output folder compared; choose another folder with --out, or "
                     "replace it with --fresh",
                     checkpoint_of(recall, place)->file, checkpoint_of(recall, place)->key,
                     layer_of(recall, place));
}

int recall_contents(const struct recall *recall, int frame, const struct digest *contents,
                    struct ledger *ledger, struct fault *fault)
{
    const int spaces = recall->plan->pairing.spaces;
    int count = 0;
    struct ledger_record *fresh = malloc((size_t)spaces * sizeof *fresh);
    if (fresh == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the ledger");
    for (int s = 0; s < spaces && !fault->status; s++) {
        const struct place place = plan_place(recall->plan, frame, s);
        const struct ledger_content *old = content_at(recall, &place);
        if (place.checkpoint < 0)
            continue;
        const uint64_t source = source_of(recall, &place);
        if (old != NULL && !digest_equal(old->digest, contents[s]))
            refuse_content(recall, &place, fault);
        else if (old == NULL || old->source != source)
            fresh[count++] = ledger_content(key_of(recall, &place), contents[s], source);
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
    const int64_t count = plan_pairs(recall->plan, frame);
    for (int64_t k = 0; k < count && !fault->status; k++) {
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
        const struct place i = plan_place(recall->plan, pair->pair.frame, pair->pair.i);
        const struct place j = plan_place(recall->plan, pair->pair.frame, pair->pair.j);
        const struct ledger_content *a = content_at(recall, &i);
        const struct ledger_content *b = content_at(recall, &j);
        if (a == NULL || b == NULL || !pair_lasts(pair))
            continue;
        const struct digest key = digest_pair(recall->fingerprint, a->digest, b->digest);
        const struct ledger_record record = ledger_pair(key, pair);
        known_add(recall->known, &record, fault);
    }
    return fault->status;
}
