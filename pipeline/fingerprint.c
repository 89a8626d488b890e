#include "fingerprint.h"
#include "strata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

static struct digest hash(const void *bytes, size_t size, uint64_t seed)
{
    const XXH128_hash_t value = XXH3_128bits_withSeed(bytes, size, seed);
    return (struct digest){value.low64, value.high64};
}

bool digest_equal(struct digest a, struct digest b)
{
    return a.low == b.low && a.high == b.high;
}

#define TEXT_OF_VALUE(x) #x
#define TEXT_OF(macro)   TEXT_OF_VALUE(macro)
const char fingerprint_program[] = STRATA_VERSION ", numerics " TEXT_OF(STRATA_NUMERICS);

char *fingerprint_text(const struct settings *settings)
{
    char *decisive = config_decisive_text(settings_table, settings);
    char *text = NULL;
    if (decisive != NULL) {
        const size_t size = sizeof "strata: \n" + strlen(fingerprint_program) + strlen(decisive);
        text = malloc(size);
        if (text != NULL)
            snprintf(text, size, "strata: %s\n%s", fingerprint_program, decisive);
    }
    free(decisive);
    return text;
}

struct digest fingerprint_of(const char *text)
{
    return hash(text, strlen(text), 0);
}

/* A line without its newline: borrowed text. */
struct line {
    const char *text;
    int length;
};

static bool same_line(struct line a, struct line b)
{
    return a.length == b.length && strncmp(a.text, b.text, (size_t)a.length) == 0;
}

/* Takes the next line from *text, and the section that it is in; an empty line at the end. */
static struct line next_line(const char **text, struct line *section)
{
    struct line line = {*text, (int)strcspn(*text, "\n")};
    *text += line.length + ((*text)[line.length] == '\n');
    const int indentation = (int)strspn(line.text, " ");
    if (indentation == 0)
        *section = line;
    return (struct line){line.text + indentation, line.length - indentation};
}

bool fingerprint_same(const char *then, const char *now, char *where, size_t size)
{
    struct line section = {"", 0};
    struct line section_now = {"", 0};
    struct line old = {"", 0};
    struct line new = {"", 0};
    while (same_line(old, new) && (*then != '\0' || *now != '\0')) {
        old = next_line(&then, &section);
        new = next_line(&now, &section_now);
    }
    const bool nested = section_now.text != new.text;
    snprintf(where, size, "%.*s%sthere \"%.*s\", now \"%.*s\"", nested ? section_now.length : 0,
             section_now.text, nested ? " " : "", old.length, old.text, new.length, new.text);
    return same_line(old, new);
}

struct digest digest_content(const double *values, int n, int64_t width, const double *weights)
{
    const size_t count = (size_t)n;
    const struct digest plain =
        hash(values, count * (size_t)width * sizeof *values, (uint64_t)width);
    if (weights == NULL)
        return plain;
    const struct digest both[] = {plain, hash(weights, count * sizeof *weights, 0)};
    return hash(both, sizeof both, 0);
}

/* A digest_stream is xxHash's state. */
struct digest_stream *digest_content_begin(int64_t width)
{
    XXH3_state_t *state = XXH3_createState();
    if (state != NULL)
        XXH3_128bits_reset_withSeed(state, (uint64_t)width);
    return (struct digest_stream *)state;
}

void digest_content_add(struct digest_stream *stream, const double *values, int n, int64_t width)
{
    XXH3_128bits_update((XXH3_state_t *)stream, values, (size_t)n * (size_t)width * sizeof *values);
}

struct digest digest_content_end(struct digest_stream *stream)
{
    const XXH128_hash_t value = XXH3_128bits_digest((XXH3_state_t *)stream);
    XXH3_freeState((XXH3_state_t *)stream);
    return (struct digest){value.low64, value.high64};
}

/* Keys of pairs and of places begin differently, and so never meet. */
enum { PAIR_SEED = 1, ROWS_SEED, PLACE_SEED /* and that plus the input */ };

struct digest digest_pair(struct digest fingerprint, struct digest a, struct digest b)
{
    const struct digest all[] = {fingerprint, a, b};
    return hash(all, sizeof all, PAIR_SEED);
}

struct digest digest_rows(const int64_t *rows, int n)
{
    return hash(rows, (size_t)n * sizeof *rows, ROWS_SEED);
}

struct digest digest_place(struct digest fingerprint, int input, struct digest rows, int64_t step,
                           const char *layer)
{
    const struct digest all[] = {fingerprint, rows, hash(layer, strlen(layer), (uint64_t)step)};
    return hash(all, sizeof all, PLACE_SEED + (uint64_t)input);
}

uint64_t digest_source(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return 0;
    const int64_t facts[] = {(int64_t)info.st_size,        (int64_t)info.st_ino,
                             (int64_t)info.st_mtim.tv_sec, (int64_t)info.st_mtim.tv_nsec,
                             (int64_t)info.st_ctim.tv_sec, (int64_t)info.st_ctim.tv_nsec};
    return XXH3_64bits_withSeed(facts, sizeof facts, XXH3_64bits(path, strlen(path)));
}
