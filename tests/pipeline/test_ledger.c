/* The ledger and what is read back: whole, torn, flipped, foreign, of the future, of other
 * settings, twice; and the lock and the rules of the folder that it lies in. */
#include "../io/scratch.h"
#include "claim.h"
#include "lock.h"
#include "strata.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const settings = "strata: 0.1.0\nsampling:\n    count: 100\n    seed: 0\n"
                                    "metric:\n    distance: euclidean\n";
enum { RECORDS = 300 };

static struct scratch scratch;
static char out[400], folder[420], file[460]; /* the output folder, the ledger's, its one file */

static void remove_folder(void)
{
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", out);
    CU_ASSERT_EQUAL(system(command), 0); /* NOLINT(cert-env33-c): a path of our own */
}

static struct digest key_of(int k)
{
    const struct digest content = {(uint64_t)k, 7};
    return digest_pair(fingerprint_of(settings), content, content);
}

static struct pair_record pair_of(int k)
{
    return (struct pair_record){
        .pair = {k, 1, 2}, .iterations = k, .loss = 0.1 * k, .seconds = 1.0 / (k + 1)};
}

/* Writes records [from, to) as one life of rank 3; its path is in `file`. */
static void write_life(const char *life, const char *fingerprint, int from, int to)
{
    struct ledger *ledger = NULL;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(ledger_new(folder, life, 3, fingerprint, &ledger, &fault), 0);
    for (int k = from; k < to; k++) {
        const struct pair_record pair = pair_of(k);
        struct ledger_record record = ledger_pair(key_of(k), &pair);
        CU_ASSERT_EQUAL(ledger_append(ledger, &record, 1, &fault), 0);
    }
    CU_ASSERT_EQUAL(ledger_close(&ledger, &fault), 0);
    CU_ASSERT_PTR_NULL(ledger);
    snprintf(file, sizeof file, "%s/%s-00003.bin", folder, life);
}

static void begin(void)
{
    mkdir(out, 0777);
    write_life("a", settings, 0, RECORDS);
}

/* Reads the folder; the notes are in text[size]. */
static int read_all(struct known *known, char *text, size_t size, struct fault *fault)
{
    FILE *notes = tmpfile();
    *known = (struct known){0};
    *fault = (struct fault){0};
    known_read(folder, settings, notes, known, fault);
    rewind(notes);
    text[fread(text, 1, size - 1, notes)] = '\0';
    fclose(notes);
    return fault->status;
}

static int count_right(const struct known *known, int from, int to)
{
    int right = 0;
    for (int k = from; k < to; k++) {
        const struct ledger_record *record = known_find(known, key_of(k));
        const struct pair_record pair = pair_of(k);
        right += record != NULL && memcmp(&record->pair, &pair, sizeof pair) == 0;
    }
    return right;
}

/* Reads; expects no fault, so many right records, and a note with this text ("": none). */
static void expect_known(int64_t count, const char *note)
{
    struct known known;
    struct fault fault;
    char text[2000];
    CU_ASSERT_EQUAL(read_all(&known, text, sizeof text, &fault), 0);
    CU_ASSERT_EQUAL(known.pairs, count);
    CU_ASSERT_EQUAL(count_right(&known, 0, 10000), count);
    CU_ASSERT(*note ? strstr(text, note) != NULL : *text == '\0');
    known_reset(&known);
}

/* Reads; expects EXIT_INPUT with this text, and the files as they were. */
static void expect_refused(const char *because)
{
    struct known known;
    struct fault fault;
    struct stat before;
    struct stat after;
    char text[2000];
    stat(file, &before);
    CU_ASSERT_EQUAL(read_all(&known, text, sizeof text, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, because));
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "--fresh"));
    CU_ASSERT_EQUAL(stat(file, &after), 0);
    CU_ASSERT(before.st_size == after.st_size && before.st_mtime == after.st_mtime);
    known_reset(&known);
}

static void patch(off_t offset, const void *bytes, size_t size)
{
    int descriptor = open(file, O_WRONLY);
    CU_ASSERT_EQUAL(pwrite(descriptor, bytes, size, offset), (ssize_t)size);
    close(descriptor);
}

static void flip(off_t offset)
{
    unsigned char byte = 0;
    int descriptor = open(file, O_RDWR);
    CU_ASSERT_EQUAL(pread(descriptor, &byte, 1, offset), 1);
    byte ^= 0x10;
    CU_ASSERT_EQUAL(pwrite(descriptor, &byte, 1, offset), 1);
    close(descriptor);
}

static void test_round_trip(void)
{
    begin();
    expect_known(RECORDS, "");
    remove_folder();
}

static void test_no_ledger(void)
{
    expect_known(0, "");
    mkdir(out, 0777);
    mkdir(folder, 0777);
    expect_known(0, "");
    remove_folder();
}

/* A rank that solves nothing leaves no file. */
static void test_nothing_solved(void)
{
    mkdir(out, 0777);
    write_life("a", settings, 0, 0);
    CU_ASSERT_EQUAL(access(folder, F_OK), -1);
    remove_folder();
}

/* Cut at every place: whole records count, and a rest is said. */
static void test_torn(void)
{
    begin();
    const off_t size = (off_t)sizeof(struct ledger_record);
    for (off_t bytes = LEDGER_HEADER + 3 * size; bytes > LEDGER_HEADER; bytes--) {
        CU_ASSERT_EQUAL(truncate(file, bytes), 0);
        const off_t whole = (bytes - LEDGER_HEADER) / size;
        expect_known(whole, (bytes - LEDGER_HEADER) % size ? "1 damaged record left out" : "");
    }
    for (off_t bytes = LEDGER_HEADER; bytes >= 0; bytes -= 64) {
        CU_ASSERT_EQUAL(truncate(file, bytes), 0);
        expect_known(0, bytes > 0 && bytes < LEDGER_HEADER ? "ends within its header" : "");
    }
    remove_folder();
}

/* Every byte of a record in the middle matters. */
static void test_flipped(void)
{
    begin();
    const off_t record = LEDGER_HEADER + 20 * (off_t)sizeof(struct ledger_record);
    for (size_t k = 0; k < sizeof(struct ledger_record); k++) {
        flip(record + (off_t)k);
        expect_known(RECORDS - 1, "1 damaged record left out");
        flip(record + (off_t)k);
    }
    flip(record);
    flip(record + (off_t)sizeof(struct ledger_record));
    expect_known(RECORDS - 2, "2 damaged records left out");
    remove_folder();
}

static void test_damaged_header(void)
{
    begin();
    flip((off_t)offsetof(struct ledger_header, text) + 40);
    expect_known(RECORDS, "damaged header");
    remove_folder();
}

static void test_foreign(void)
{
    begin();
    patch(0, "GIF89a, or what not", 19);
    expect_refused("not a ledger");
    remove_folder();
}

static void test_future(void)
{
    const uint32_t version = LEDGER_VERSION + 1;
    begin();
    patch((off_t)offsetof(struct ledger_header, version), &version, sizeof version);
    expect_refused("another version");
    remove_folder();
}

static void test_unreadable(void)
{
    begin();
    unlink(file);
    mkdir(file, 0777); /* even root cannot read it */
    expect_refused("cannot be read");
    remove_folder();
}

static void test_other_settings(void)
{
    begin();
    write_life("b", "strata: 0.1.0\nsampling:\n    count: 200\n    seed: 0\n", 0, 1);
    expect_refused("sampling: there \"count: 200\", now \"count: 100\"");
    remove_folder();
    mkdir(out, 0777);
    write_life("b", "strata: 9.9\nsampling:\n    count: 100\n    seed: 0\n", 0, 1);
    expect_refused("there \"strata: 9.9\", now \"strata: 0.1.0\"");
    remove_folder();
}

static void test_duplicates(void)
{
    begin();
    write_life("b", settings, RECORDS - 20, RECORDS + 20);
    write_life("c", settings, 0, RECORDS);
    expect_known(RECORDS + 20, "");
    remove_folder();
}

/* Many more than the table begins with. */
static void test_many(void)
{
    mkdir(out, 0777);
    write_life("a", settings, 0, 10000);
    expect_known(10000, "");
    remove_folder();
}

/* A process that is killed right after the append has lost nothing. */
static void test_killed(void)
{
    mkdir(out, 0777);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct ledger *ledger = NULL;
        struct fault fault = {0};
        ledger_new(folder, "k", 3, settings, &ledger, &fault);
        for (int k = 0; k < 50; k++) {
            const struct pair_record pair = pair_of(k);
            struct ledger_record record = ledger_pair(key_of(k), &pair);
            ledger_append(ledger, &record, 1, &fault);
        }
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    expect_known(50, "");
    remove_folder();
}

static void test_cannot_write(void)
{
    struct ledger *ledger = NULL;
    struct fault fault = {0};
    const struct pair_record pair = pair_of(1);
    struct ledger_record record = ledger_pair(key_of(1), &pair);
    FILE *in_the_way = fopen(out, "w");
    fclose(in_the_way);
    ledger_new(folder, "a", 3, settings, &ledger, &fault);
    CU_ASSERT_EQUAL(ledger_append(ledger, &record, 1, &fault), EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, folder));
    ledger_close(&ledger, &fault);
    unlink(out);
}

/* Keys tell apart all that bears on the numbers, and the order of the two. */
static void test_keys(void)
{
    const double x[] = {1, 2, 3, 4};
    const double y[] = {1, 2, 3, 5};
    const int64_t rows[] = {0, 5, 9};
    const struct digest f = fingerprint_of(settings);
    const struct digest g = fingerprint_of("other");
    const struct digest a = digest_content(x, 2, 2, NULL);
    const struct digest b = digest_content(y, 2, 2, NULL);
    const struct digest r = digest_rows(rows, 3);
    CU_ASSERT_TRUE(digest_equal(a, digest_content(x, 2, 2, NULL)));
    CU_ASSERT_FALSE(digest_equal(a, b));
    CU_ASSERT_FALSE(digest_equal(a, digest_content(x, 4, 1, NULL)));
    CU_ASSERT_FALSE(digest_equal(digest_pair(f, a, b), digest_pair(f, b, a)));
    CU_ASSERT_FALSE(digest_equal(digest_pair(f, a, b), digest_pair(g, a, b)));
    CU_ASSERT_FALSE(digest_equal(digest_place(f, 0, r, 1, "a"), digest_place(f, 0, r, 2, "a")));
    CU_ASSERT_FALSE(digest_equal(digest_place(f, 0, r, 1, "a"), digest_place(f, 0, r, 1, "b")));
    CU_ASSERT_FALSE(digest_equal(digest_place(f, 0, r, 1, "a"), digest_place(f, 1, r, 1, "a")));
    CU_ASSERT_FALSE(digest_equal(a, digest_content(x, 2, 2, y)));
    CU_ASSERT_FALSE(digest_equal(digest_content(x, 2, 2, x + 2), digest_content(x, 2, 2, y + 2)));
    CU_ASSERT_FALSE(digest_equal(digest_content(x, 2, 2, x), digest_content(y, 2, 2, x)));
    CU_ASSERT_FALSE(digest_equal(digest_rows(rows, 3), digest_rows(rows, 2)));
    CU_ASSERT_EQUAL(digest_source("/no such file"), 0);
}

/* --- The folder ------------------------------------------------------------------------------ */

/* Whether another process can take the folder; what it is told is in fault. */
static int take_elsewhere(struct fault *fault)
{
    int ends[2];
    CU_ASSERT_EQUAL(pipe(ends), 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int lock = -1;
        struct fault inner = {0};
        lock_take(out, &lock, &inner);
        _exit(write(ends[1], &inner, sizeof inner) != (ssize_t)sizeof inner);
    }
    CU_ASSERT_EQUAL(read(ends[0], fault, sizeof *fault), (ssize_t)sizeof *fault);
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    return fault->status;
}

/* A digest of activations does not depend on the parts in which they came. */
static void test_parts(void)
{
    enum { n = 300, width = 7 };
    static double values[n * width];
    for (int k = 0; k < n * width; k++)
        values[k] = 0.37 * k * k;
    const struct digest whole = digest_content(values, n, width, NULL);
    for (int part = 1; part <= n; part += 29) {
        struct digest_stream *stream = digest_content_begin(width);
        for (int from = 0; from < n; from += part)
            digest_content_add(stream, values + (size_t)from * width,
                               n - from < part ? n - from : part, width);
        CU_ASSERT_TRUE(digest_equal(digest_content_end(stream), whole));
    }
}

static void test_lock(void)
{
    int lock = -1;
    char me[64];
    struct fault fault = {0};
    mkdir(out, 0777);
    CU_ASSERT_EQUAL(lock_take(out, &lock, &fault), 0);
    CU_ASSERT_EQUAL(take_elsewhere(&fault), EXIT_INPUT);
    snprintf(me, sizeof me, "process %ld on ", (long)getpid());
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, me));
    lock_release(&lock);
    CU_ASSERT_EQUAL(take_elsewhere(&fault), 0);
    fault = (struct fault){0};
    CU_ASSERT_EQUAL(lock_take(out, &lock, &fault), 0); /* the other one has died with it */
    lock_release(&lock);
    remove_folder();
}

static int claim(enum claim_mode mode, int64_t *pairs, struct fault *fault)
{
    struct claim taken = {.lock = -1};
    *fault = (struct fault){0};
    claim_take(out, settings, mode, &taken, fault);
    *pairs = taken.known.pairs;
    claim_release(&taken);
    return fault->status;
}

static void test_claim(void)
{
    struct fault fault;
    int64_t pairs = 0;
    CU_ASSERT_EQUAL(claim(CLAIM_RESUME, &pairs, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "--resume"));
    CU_ASSERT_EQUAL(claim(CLAIM_GO_ON, &pairs, &fault), 0);
    CU_ASSERT_EQUAL(pairs, 0);
    begin();
    CU_ASSERT_EQUAL(claim(CLAIM_RESUME, &pairs, &fault), 0);
    CU_ASSERT_EQUAL(pairs, RECORDS);
    CU_ASSERT_EQUAL(claim(CLAIM_FRESH, &pairs, &fault), 0);
    CU_ASSERT_EQUAL(pairs, 0);
    CU_ASSERT_EQUAL(access(file, F_OK), -1);
    remove_folder();
}

static void test_results_without_ledger(void)
{
    struct fault fault;
    int64_t pairs = 0;
    char path[460];
    mkdir(out, 0777);
    snprintf(path, sizeof path, "%s/results.h5", out);
    FILE *results = fopen(path, "w");
    fclose(results);
    CU_ASSERT_EQUAL(claim(CLAIM_GO_ON, &pairs, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "without the ledger"));
    CU_ASSERT_EQUAL(claim(CLAIM_FRESH, &pairs, &fault), 0);
    remove_folder();
}

/* A foreign file is nothing that --fresh stumbles over. */
static void test_fresh_over_foreign(void)
{
    struct fault fault;
    int64_t pairs = 0;
    begin();
    patch(0, "GIF89a, or what not", 19);
    CU_ASSERT_EQUAL(claim(CLAIM_GO_ON, &pairs, &fault), EXIT_INPUT);
    CU_ASSERT_EQUAL(claim(CLAIM_FRESH, &pairs, &fault), 0);
    remove_folder();
}

/* Puts something that cannot be synced in place of the ledger's open file. */
static void break_file(void)
{
    int ends[2];
    char link[64], path[sizeof file];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    for (int descriptor = 3; descriptor < 100; descriptor++) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        const ssize_t length = readlink(link, path, sizeof path - 1);
        path[length > 0 ? length : 0] = '\0';
        if (strstr(path, folder) != NULL)
            dup2(ends[1], descriptor);
    }
    close(ends[0]);
    close(ends[1]);
}

/* What goes to the disk beside the solves, and fails there, is told by a later tick. */
static void test_late_failure(void)
{
    begin();
    struct ledger *ledger = NULL;
    struct fault fault = {0};
    const struct pair_record pair = pair_of(1);
    struct ledger_record record = ledger_pair(key_of(1), &pair);
    ledger_new(folder, "late", 3, settings, &ledger, &fault);
    CU_ASSERT_EQUAL(ledger_append(ledger, &record, 1, &fault), 0);
    break_file();
    for (int k = 0; k < 1000 && !fault.status; k++) {
        usleep(10000);
        ledger_tick(ledger, &fault);
    }
    CU_ASSERT_EQUAL(fault.status, EXIT_SYSTEM);
    CU_ASSERT(strstr(fault.text, "cannot be put on disk") != NULL);
    ledger_close(&ledger, &fault);
    remove_folder();
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"round trip", test_round_trip},
        {"no ledger", test_no_ledger},
        {"nothing solved", test_nothing_solved},
        {"torn anywhere", test_torn},
        {"flipped anywhere", test_flipped},
        {"a damaged header", test_damaged_header},
        {"a foreign file", test_foreign},
        {"of the future", test_future},
        {"unreadable", test_unreadable},
        {"other settings", test_other_settings},
        {"duplicates", test_duplicates},
        {"many records", test_many},
        {"killed", test_killed},
        {"cannot be written", test_cannot_write},
        {"keys", test_keys},
        {"contents in parts", test_parts},
        {"the lock", test_lock},
        {"go on, resume, start over", test_claim},
        {"results without a ledger", test_results_without_ledger},
        {"start over above a foreign file", test_fresh_over_foreign},
        {"a late failure", test_late_failure},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    snprintf(out, sizeof out, "%s/out", scratch.path);
    snprintf(folder, sizeof folder, "%s/ledger", out);
    int failed = suite_run("ledger", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
