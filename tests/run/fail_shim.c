/* Makes one call of one rank fail, for the end-to-end tests: LD_PRELOAD with
 *
 *     FAIL_RANK=1 FAIL_CALL=malloc FAIL_AFTER=3 FAIL_SIZE=100000
 *
 * The first FAIL_AFTER calls succeed, the next fails and so do all later ones, unless there is a
 * FAIL_ONCE. malloc counts
 * allocations of at least FAIL_SIZE bytes (malloc, calloc, realloc, aligned_alloc, strdup,
 * open_memstream) by the program itself, not by its shared libraries: HDF5 1.10 does not survive
 * that. The others count calls on files with FAIL_PATH in their path, by anyone:
 *
 *     write   write and pwrite
 *     open    open, fopen and mkstemp for writing
 *     full    the same, where it is not these that fail but all that is written then: streams of
 *             the C library write by calls that cannot be seen here
 *     fsync   and fdatasync
 *     rename
 *
 * FAIL_TOLD=FILE: gets a line for each file on which a call failed. FAIL_COUNT=FILE: gets the
 * number of calls when the process ends. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static long calls;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A line in the file that the variable names. */
static void note(const char *variable, const char *line)
{
    const char *path = getenv(variable);
    const int file = path ? REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    char text[4200];
    const int length = snprintf(text, sizeof text, "%s\n", line);
    if (file >= 0 && REAL(write)(file, text, (size_t)length) != length)
        _exit(127);
    if (file >= 0)
        close(file);
}

/* Whether this call of `name` has to fail. */
static bool hit(const char *name)
{
    const char *call = getenv("FAIL_CALL");
    const char *wanted = getenv("FAIL_RANK");
    const char *after = getenv("FAIL_AFTER");
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    if (!call || !wanted || !after || strcmp(call, name) != 0 ||
        strcmp(wanted, rank ? rank : "0") != 0 ||
        strcmp(program_invocation_short_name, "strata") != 0)
        return false;
    const long before = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    const char *once = getenv("FAIL_ONCE");
    return once && *once ? before == atol(after) : before >= atol(after);
}

static bool is_of_program(const void *address)
{
    Dl_info here;
    Dl_info program;
    return dladdr(address, &here) != 0 && dladdr((void *)getauxval(AT_ENTRY), &program) != 0 &&
           here.dli_fbase == program.dli_fbase;
}

static bool short_of(size_t size, const void *caller)
{
    const char *least = getenv("FAIL_SIZE");
    return least != NULL && size >= (size_t)atol(least) && is_of_program(caller) && hit("malloc");
}

static void *none(void)
{
    errno = ENOMEM;
    return NULL;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    return short_of(size, __builtin_return_address(0)) ? none() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return short_of(count * size, __builtin_return_address(0)) ? none()
                                                               : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return short_of(size, __builtin_return_address(0)) ? none() : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return short_of(size, __builtin_return_address(0)) ? none() : __libc_memalign(alignment, size);
}

char *strdup(const char *text)
{
    return short_of(strlen(text) + 1, __builtin_return_address(0)) ? none() : REAL(strdup)(text);
}

FILE *open_memstream(char **text, size_t *size)
{
    return short_of(1, __builtin_return_address(0)) ? none() : REAL(open_memstream)(text, size);
}

/* --- files --- */

static bool is_chosen(const char *path)
{
    const char *part = getenv("FAIL_PATH");
    return part != NULL && strstr(path, part) != NULL;
}

/* Whether a call on this file has to fail, of which a note is taken. */
static bool fails(const char *call, const char *path)
{
    if (!is_chosen(path) || !hit(call))
        return false;
    note("FAIL_TOLD", path);
    return true;
}

static bool fails_on(const char *call, int file)
{
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return fails(call, path);
}

static int full(void)
{
    errno = ENOSPC;
    return -1;
}

ssize_t write(int file, const void *bytes, size_t size)
{
    return fails_on("write", file) ? full() : REAL(write)(file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    return fails_on("write", file) ? full() : REAL(pwrite)(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
    return fails_on("write", file) ? full() : REAL(pwrite64)(file, bytes, size, offset);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    if (writes && fails("open", path))
        return full();
    return writes && fails("full", path) ? REAL(open)("/dev/full", O_WRONLY)
                                         : REAL(open)(path, flags, mode);
}

int mkstemp(char *pattern)
{
    return fails("open", pattern) ? full() : REAL(mkstemp)(pattern);
}

FILE *fopen(const char *path, const char *mode)
{
    if (*mode != 'r' && fails("open", path)) {
        full();
        return NULL;
    }
    return REAL(fopen)(*mode != 'r' && fails("full", path) ? "/dev/full" : path, mode);
}

int fsync(int file)
{
    return fails_on("fsync", file) ? full() : REAL(fsync)(file);
}

int fdatasync(int file)
{
    return fails_on("fsync", file) ? full() : REAL(fdatasync)(file);
}

int rename(const char *from, const char *to)
{
    return fails("rename", to) ? full() : REAL(rename)(from, to);
}

__attribute__((destructor)) static void tell_count(void)
{
    char text[32];
    snprintf(text, sizeof text, "%ld", calls);
    if (calls > 0)
        note("FAIL_COUNT", text);
}
