/* Makes one call of one rank fail, for the end-to-end tests: LD_PRELOAD with
 *
 *     FAIL_RANK=1 FAIL_CALL=malloc FAIL_AFTER=3 FAIL_SIZE=100000
 *
 * The first FAIL_AFTER calls succeed, the next fails and so do all later ones. malloc counts
 * allocations of at least FAIL_SIZE bytes (malloc, calloc, realloc, aligned_alloc) by the program
 * itself, not by its shared libraries: HDF5 1.10 does not survive that. write counts write and
 * pwrite to regular files, by anyone; fsync counts fdatasync, too; rename counts itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static long calls;

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
    return __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) >= atol(after);
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

static bool is_chosen(int file)
{
    const char *part = getenv("FAIL_PATH");
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = part != NULL ? readlink(link, path, sizeof path - 1) : -1;
    if (length < 0)
        return false;
    path[length] = '\0';
    return strstr(path, part) != NULL;
}

static int full(void)
{
    errno = ENOSPC;
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t size)
{
    return is_chosen(file) && hit("write") ? full() : REAL(write)(file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    return is_chosen(file) && hit("write") ? full() : REAL(pwrite)(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
    return is_chosen(file) && hit("write") ? full() : REAL(pwrite64)(file, bytes, size, offset);
}

int fsync(int file)
{
    return hit("fsync") ? full() : REAL(fsync)(file);
}

int fdatasync(int file)
{
    return hit("fsync") ? full() : REAL(fdatasync)(file);
}

int rename(const char *from, const char *to)
{
    return hit("rename") ? full() : REAL(rename)(from, to);
}
