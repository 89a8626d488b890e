#include "known.h"
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- The table ------------------------------------------------------------------------------- */

/* The slot that holds the key, or the empty one where it belongs. */
static int64_t slot_of(const struct known *known, struct digest key)
{
    int64_t slot = (int64_t)(key.low & (uint64_t)(known->slot_count - 1));
    while (known->slots[slot] >= 0 && !digest_equal(known->items[known->slots[slot]].key, key))
        slot = (slot + 1) & (known->slot_count - 1);
    return slot;
}

static int grow(struct known *known, struct fault *fault)
{
    const int64_t capacity = known->capacity ? 2 * known->capacity : 1024;
    struct ledger_record *items = realloc(known->items, (size_t)capacity * sizeof *items);
    if (items != NULL)
        known->items = items;
    int64_t *slots = items ? malloc(2 * (size_t)capacity * sizeof *slots) : NULL;
    if (slots == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short for %lld records of the ledger",
                         (long long)capacity);
    free(known->slots);
    known->slots = slots;
    known->capacity = capacity;
    known->slot_count = 2 * capacity;
    for (int64_t k = 0; k < known->slot_count; k++)
        slots[k] = -1;
    for (int64_t k = 0; k < known->count; k++)
        slots[slot_of(known, known->items[k].key)] = k;
    return 0;
}

int known_add(struct known *known, const struct ledger_record *record, struct fault *fault)
{
    if (known->count == known->capacity && grow(known, fault))
        return fault->status;
    int64_t *slot = &known->slots[slot_of(known, record->key)];
    if (*slot < 0) {
        *slot = known->count++;
        known->pairs += record->kind == LEDGER_PAIR;
        known->contents += record->kind == LEDGER_CONTENT;
    }
    known->items[*slot] = *record;
    return 0;
}

void known_reset(struct known *known)
{
    free(known->items);
    free(known->slots);
    *known = (struct known){0};
}

const struct ledger_record *known_find(const struct known *known, struct digest key)
{
    if (known->count == 0)
        return NULL;
    const int64_t item = known->slots[slot_of(known, key)];
    return item < 0 ? NULL : &known->items[item];
}

/* --- Files ----------------------------------------------------------------------------------- */

static int is_ledger_name(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 4 && strcmp(entry->d_name + length - 4, ".bin") == 0;
}

/* Calls visit for each file of the ledger, by name, which is by age. */
static int visit_files(const char *folder, int (*visit)(void *context, const char *path),
                       void *context, struct fault *fault)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_ledger_name, alphasort);
    if (count < 0 && errno != ENOENT)
        fault_set(fault, EXIT_INPUT, "%s: cannot be read: %s; use another folder with --out",
                  folder, strerror(errno));
    for (int k = 0; k < count; k++) {
        if (!fault->status) {
            char *path = output_path(folder, entries[k]->d_name);
            if (path == NULL)
                fault_set(fault, EXIT_SYSTEM, "memory is short for the ledger");
            else
                visit(context, path);
            free(path);
        }
        free(entries[k]);
    }
    free(entries);
    return fault->status;
}

struct reading {
    const char *fingerprint;
    FILE *notes;
    struct known *known;
    struct fault *fault;
};

static const char way_out[] = "use another folder with --out, or start over with --fresh";

/* Whether the records of the file can be taken. An empty or torn header is that of a file that was
 * just begun, and is no fault. */
static bool read_header(const struct reading *reading, const char *path, FILE *file)
{
    struct ledger_header header = {0};
    char where[1024];
    const size_t size = fread(&header, 1, sizeof header, file);
    if (ferror(file))
        fault_set(reading->fault, EXIT_INPUT, "%s: cannot be read: %s; %s", path, strerror(errno),
                  way_out);
    else if (memcmp(header.magic, LEDGER_MAGIC, size < sizeof header.magic ? size : 8) != 0)
        fault_set(reading->fault, EXIT_INPUT, "%s: not a ledger of Strata; %s", path, way_out);
    else if (size < sizeof header) {
        if (size > 0)
            fprintf(reading->notes, "strata: %s ends within its header: it holds no pairs\n", path);
        return false;
    } else if (header.version != LEDGER_VERSION ||
               header.record_size != sizeof(struct ledger_record))
        fault_set(reading->fault, EXIT_INPUT,
                  "%s: written by another version of Strata (ledger version %u, %u bytes a record; "
                  "expected %d, %zu); %s",
                  path, header.version, header.record_size, LEDGER_VERSION,
                  sizeof(struct ledger_record), way_out);
    else if (header.check != ledger_header_check(&header))
        /* no harm: each record has its checksum, and its key holds the fingerprint */
        fprintf(reading->notes,
                "strata: %s: damaged header; its records are looked at one by one\n", path);
    else if (!fingerprint_same(header.text, ledger_header(reading->fingerprint).text, where,
                               sizeof where))
        fault_set(reading->fault, EXIT_INPUT,
                  "\"%s\" belongs to a run with other settings: %s; choose another folder with "
                  "--out, or replace it with --fresh",
                  path, where);
    return !reading->fault->status;
}

static void read_records(const struct reading *reading, const char *path, FILE *file)
{
    struct ledger_record record;
    int64_t damaged = 0;
    size_t size = 0;
    while (!reading->fault->status && (size = fread(&record, 1, sizeof record, file)) > 0) {
        if (size < sizeof record || record.check != ledger_check(&record))
            damaged++;
        else if (record.kind == LEDGER_PAIR || record.kind == LEDGER_CONTENT)
            known_add(reading->known, &record, reading->fault);
    }
    if (ferror(file))
        fault_set(reading->fault, EXIT_INPUT, "%s: cannot be read: %s; %s", path, strerror(errno),
                  way_out);
    if (damaged > 0)
        fprintf(reading->notes,
                "strata: %s: %lld damaged record%s left out; what they held is solved again\n",
                path, (long long)damaged, damaged > 1 ? "s" : "");
}

static int read_file(void *context, const char *path)
{
    const struct reading *reading = context;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return fault_set(reading->fault, EXIT_INPUT, "%s: cannot be read: %s; %s", path,
                         strerror(errno), way_out);
    if (read_header(reading, path, file))
        read_records(reading, path, file);
    fclose(file);
    return reading->fault->status;
}

int known_read(const char *folder, const char *fingerprint, FILE *notes, struct known *known,
               struct fault *fault)
{
    struct reading reading = {fingerprint, notes, known, fault};
    return visit_files(folder, read_file, &reading, fault);
}

static int delete_file(void *context, const char *path)
{
    if (unlink(path) != 0)
        return fault_set(context, EXIT_SYSTEM, "%s: cannot be deleted: %s", path, strerror(errno));
    return 0;
}

int known_delete(const char *folder, struct fault *fault)
{
    return visit_files(folder, delete_file, fault, fault);
}
