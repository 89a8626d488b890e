/* What determines the numbers of a pair, as hashes: the keys of the ledger.
 *
 * A pair's numbers follow from two blocks of activations, and from the settings that bear on them.
 * Its key is made of just these. Names, steps and places of files are not in it, so that a record
 * stays good when checkpoints are appended, layers or replicates added, or the input is moved. */
#ifndef STRATA_FINGERPRINT_H
#define STRATA_FINGERPRINT_H

#include "settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
    uint64_t low, high; /* XXH3, 128 bits */
};

bool digest_equal(struct digest a, struct digest b);

/* The version of the program and that of its numbers: what records and results were made by. */
extern const char fingerprint_program[];

/* The decisive settings and fingerprint_program, as YAML, one a line; owned by the caller,
 * NULL if memory is short. */
char *fingerprint_text(const struct settings *settings);
struct digest fingerprint_of(const char *text);

/* Whether two such texts are the same; else where[size] tells the first line that differs. */
bool fingerprint_same(const char *then, const char *now, char *where, size_t size);

/* Of sampled activations [n, width] and weights [n] of the samples, NULL: uniform. */
struct digest digest_content(const double *values, int n, int64_t width, const double *weights);

/* The same of activations that come a part at a time: begin, add in the order of the rows, end.
 * NULL if memory is short; ended by digest_content_end, which frees. */
struct digest_stream;
struct digest_stream *digest_content_begin(int64_t width);
void digest_content_add(struct digest_stream *stream, const double *values, int n, int64_t width);
struct digest digest_content_end(struct digest_stream *stream);

/* The key of comparing contents a and b, in this order. */
struct digest digest_pair(struct digest fingerprint, struct digest a, struct digest b);

/* Of the rows[n] that a replicate draws. */
struct digest digest_rows(const int64_t *rows, int n);

/* The key of a layer at a checkpoint of an input (0, or 1: of the other network), for a replicate's
 * rows: where a content was found, so that a change of the input is noticed. */
struct digest digest_place(struct digest fingerprint, int input, struct digest rows, int64_t step,
                           const char *layer);

/* Whether a file is likely to be as it was: its path, size and times. 0: it cannot be asked. */
uint64_t digest_source(const char *path);

#endif
