/* The ledger: what was solved, on disk as soon as it is.
 *
 * Each rank appends records to a file of its own, <output>/ledger/<life>-<rank>.bin, so that no
 * rank waits for another and no file has two writers. A record is in the kernel when ledger_append
 * returns (the death of the process loses nothing), and on the disk within a second (nor does the
 * death of the machine).
 *
 *     file   = [header, LEDGER_HEADER bytes][record]…       native byte order
 *     header = magic, version, size of a record, checksum, the fingerprint as text
 *     record = checksum (XXH3), kind, key, and what is known under this key
 *
 * Records have one size and carry their own checksum, so a damaged one costs nothing but itself. A
 * key says all that its record follows from (fingerprint.h), so records may stand in any file, any
 * order, and twice. */
#ifndef STRATA_LEDGER_H
#define STRATA_LEDGER_H

#include "fault.h"
#include "fingerprint.h"
#include "pair.h"

enum {
    LEDGER_VERSION = 2,
    LEDGER_HEADER = 2048, /* bytes */
    LEDGER_TEXT = LEDGER_HEADER - 32
};
#define LEDGER_MAGIC "STRATALG"

struct ledger_header {
    char magic[8];
    uint32_t version;
    uint32_t record_size;
    uint64_t check;         /* of text */
    uint64_t unused;        /* zero */
    char text[LEDGER_TEXT]; /* fingerprint_text, ends with 0 */
};

enum ledger_kind {
    LEDGER_PAIR = 1, /* key: digest_pair */
    LEDGER_CONTENT   /* key: digest_place */
};

/* Which content a place of the input had, and the state of its file then (digest_source). */
struct ledger_content {
    struct digest digest;
    uint64_t source;
};

/* Plain data without padding. */
struct ledger_record {
    uint64_t check; /* of all that follows */
    uint32_t kind;  /* ledger_kind */
    uint32_t unused;
    struct digest key;
    union {
        struct pair_record pair; /* its `pair` counts in the run that wrote it only */
        struct ledger_content content;
        unsigned char bytes[sizeof(struct pair_record)];
    };
};

/* A record without its checksum, which ledger_append sets. */
struct ledger_record ledger_pair(struct digest key, const struct pair_record *pair);
struct ledger_record ledger_content(struct digest key, struct digest content, uint64_t source);

uint64_t ledger_check(const struct ledger_record *record);
/* text is cut to what a header holds. */
struct ledger_header ledger_header(const char *text);
uint64_t ledger_header_check(const struct ledger_header *header);

struct ledger; /* one per rank: the file that it appends to */

/* The folder is made, and the file begun, with the first record. life: a name that no other run had
 * or has. Not collective. EXIT_SYSTEM if memory is short. */
int ledger_new(const char *folder, const char *life, int rank, const char *fingerprint,
               struct ledger **ledger, struct fault *fault);

/* Appends and sets the checksums. EXIT_SYSTEM with the cause: what was appended before stays. */
int ledger_append(struct ledger *ledger, struct ledger_record *records, int64_t count,
                  struct fault *fault);

/* To be called several times a second: has the system put on disk what has waited for half a
 * second, and does not wait for it, which takes a file system many milliseconds. A failure is
 * reported by a later call. */
int ledger_tick(struct ledger *ledger, struct fault *fault);

/* Puts everything on disk now. */
int ledger_sync(struct ledger *ledger, struct fault *fault);

/* The same, closes and nulls. */
int ledger_close(struct ledger **ledger, struct fault *fault);

#endif
