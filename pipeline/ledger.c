#include "ledger.h"
#include "clock.h"

#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

_Static_assert(sizeof(struct ledger_header) == LEDGER_HEADER, "the header has no padding");
_Static_assert(sizeof(struct ledger_record) == 32 + sizeof(struct pair_record), "nor has a record");

struct ledger {
    int file;       /* -1: not begun */
    char *folder;   /* owned */
    char *path;     /* owned */
    double waiting; /* since when something is not on its way to the disk; 0: nothing */
    bool syncing;   /* something is on its way */
    struct aiocb sync;
    off_t size; /* of what is complete */
    struct ledger_header header;
};

static const double longest_wait = 0.5; /* seconds */

struct ledger_record ledger_pair(struct digest key, const struct pair_record *pair)
{
    return (struct ledger_record){.kind = LEDGER_PAIR, .key = key, .pair = *pair};
}

struct ledger_record ledger_content(struct digest key, struct digest content, uint64_t source)
{
    struct ledger_record record = {.kind = LEDGER_CONTENT, .key = key, .bytes = {0}};
    record.content = (struct ledger_content){content, source};
    return record;
}

uint64_t ledger_check(const struct ledger_record *record)
{
    return XXH3_64bits(&record->kind, sizeof *record - offsetof(struct ledger_record, kind));
}

struct ledger_header ledger_header(const char *text)
{
    struct ledger_header header = {.version = LEDGER_VERSION,
                                   .record_size = sizeof(struct ledger_record)};
    memcpy(header.magic, LEDGER_MAGIC, sizeof header.magic);
    snprintf(header.text, sizeof header.text, "%s", text);
    header.check = ledger_header_check(&header);
    return header;
}

uint64_t ledger_header_check(const struct ledger_header *header)
{
    return XXH3_64bits(header->text, sizeof header->text);
}

int ledger_new(const char *folder, const char *life, int rank, const char *fingerprint,
               struct ledger **ledger, struct fault *fault)
{
    struct ledger *l = calloc(1, sizeof *l);
    const size_t size = strlen(folder) + strlen(life) + 32;
    *ledger = l;
    if (l != NULL) {
        l->file = -1;
        l->folder = strdup(folder);
        l->path = malloc(size);
        l->header = ledger_header(fingerprint);
    }
    if (!l || !l->folder || !l->path) {
        ledger_close(ledger, fault);
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the ledger");
    }
    snprintf(l->path, size, "%s/%s-%05d.bin", folder, life, rank);
    return 0;
}

static int refuse(const struct ledger *ledger, const char *what, struct fault *fault)
{
    return fault_set(fault, EXIT_SYSTEM,
                     "%s: cannot %s: %s; what was solved before is kept, and the same command goes "
                     "on from there",
                     ledger->path, what, strerror(errno));
}

/* All bytes, or -1 and errno. */
static int write_all(int file, const void *bytes, size_t size)
{
    for (const char *from = bytes; size > 0;) {
        ssize_t written = write(file, from, size);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            from += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

/* A file that is made anew outlives a power cut once its folder is on disk, too. */
static int sync_folder(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    int status = fsync(descriptor);
    close(descriptor);
    return status != 0 && errno != EINVAL ? -1 : 0; /* EINVAL: this file system needs none */
}

static int begin(struct ledger *ledger, struct fault *fault)
{
    if (mkdir(ledger->folder, 0777) != 0 && errno != EEXIST)
        return refuse(ledger, "be made", fault);
    ledger->file = open(ledger->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (ledger->file < 0)
        return refuse(ledger, "be made", fault);
    if (write_all(ledger->file, &ledger->header, sizeof ledger->header) != 0 ||
        sync_folder(ledger->folder) != 0) {
        refuse(ledger, "be written", fault);
        close(ledger->file);
        unlink(ledger->path);
        ledger->file = -1;
        return fault->status;
    }
    ledger->size = sizeof ledger->header;
    return 0;
}

int ledger_append(struct ledger *ledger, struct ledger_record *records, int64_t count,
                  struct fault *fault)
{
    if (count == 0 || (ledger->file < 0 && begin(ledger, fault)))
        return fault->status;
    for (int64_t k = 0; k < count; k++)
        records[k].check = ledger_check(&records[k]);
    if (write_all(ledger->file, records, (size_t)count * sizeof *records) != 0) {
        refuse(ledger, "be written", fault);
        if (ftruncate(ledger->file, ledger->size) != 0)
            errno = 0; /* a torn record at the end: its checksum tells */
        return fault->status;
    }
    ledger->size += (off_t)((size_t)count * sizeof *records);
    if (ledger->waiting == 0)
        ledger->waiting = clock_seconds();
    return ledger_tick(ledger, fault);
}

/* The end of a sync on its way: waits for it, or sees whether it has come. */
static int end_sync(struct ledger *ledger, bool wait, struct fault *fault)
{
    const struct aiocb *const list[] = {&ledger->sync};
    if (!ledger->syncing)
        return fault->status;
    int status = aio_error(&ledger->sync);
    while (status == EINPROGRESS && wait) {
        aio_suspend(list, 1, NULL);
        status = aio_error(&ledger->sync);
    }
    if (status == EINPROGRESS)
        return fault->status;
    ledger->syncing = false;
    aio_return(&ledger->sync);
    errno = status;
    return status != 0 ? refuse(ledger, "be put on disk", fault) : fault->status;
}

int ledger_sync(struct ledger *ledger, struct fault *fault)
{
    end_sync(ledger, true, fault);
    if (ledger->waiting == 0)
        return fault->status;
    ledger->waiting = 0;
    return fdatasync(ledger->file) != 0 ? refuse(ledger, "be put on disk", fault) : fault->status;
}

int ledger_tick(struct ledger *ledger, struct fault *fault)
{
    end_sync(ledger, false, fault);
    if (ledger->syncing || ledger->waiting == 0 || clock_seconds() - ledger->waiting < longest_wait)
        return fault->status;
    ledger->sync =
        (struct aiocb){.aio_fildes = ledger->file, .aio_sigevent = {.sigev_notify = SIGEV_NONE}};
    if (aio_fsync(O_DSYNC, &ledger->sync) != 0)
        return ledger_sync(ledger, fault);
    ledger->syncing = true;
    ledger->waiting = 0;
    return fault->status;
}

int ledger_close(struct ledger **ledger, struct fault *fault)
{
    struct ledger *l = *ledger;
    *ledger = NULL;
    if (l == NULL)
        return fault->status;
    if (l->file >= 0) {
        ledger_sync(l, fault);
        if (close(l->file) != 0)
            refuse(l, "be put on disk", fault);
    }
    free(l->folder);
    free(l->path);
    free(l);
    return fault->status;
}
