/* Makes the k-th allocation of the program's own code fail, to see that every such failure is
 * reported and leaks nothing.
 *
 * Include it in one file of a test program. It replaces malloc and its kin for the whole process,
 * but only calls from the executable itself (the tested library is linked into it) fail or are
 * counted: HDF5 and MPI, which are shared libraries, always get their memory. Not with
 * AddressSanitizer, which has its own malloc. */
#ifndef TESTS_FAILING_MEMORY_H
#define TESTS_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { FAILING_MEMORY_BLOCKS = 1 << 14 };

/* volatile: the compiler believes that malloc and free touch no variable of the program */
static volatile struct {
    bool armed;
    bool failed; /* the failure has happened */
    long countdown;
    void *blocks[FAILING_MEMORY_BLOCKS]; /* live ones, in no order */
    int live;
} failing_memory;

/* From now on the allocation number k (from 0) fails, and live blocks are counted. */
static inline void failing_memory_arm(long k)
{
    failing_memory.failed = false;
    failing_memory.countdown = k;
    failing_memory.live = 0;
    failing_memory.armed = true;
}

/* Back to normal; returns how many blocks are still live. */
static inline int failing_memory_disarm(void)
{
    failing_memory.armed = false;
    return failing_memory.live;
}

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);
extern char __executable_start, etext;

/* Whether a call from this address has to fail now. */
static bool failing_memory_hit(const char *caller)
{
    if (!failing_memory.armed || caller < &__executable_start || caller >= &etext)
        return false;
    if (failing_memory.countdown-- != 0)
        return false;
    failing_memory.failed = true;
    return true;
}

static void *failing_memory_note(const char *caller, void *block)
{
    if (failing_memory.armed && block != NULL && caller >= &__executable_start && caller < &etext &&
        failing_memory.live < FAILING_MEMORY_BLOCKS)
        failing_memory.blocks[failing_memory.live++] = block;
    return block;
}

static void failing_memory_forget(const void *block)
{
    for (int k = 0; failing_memory.armed && k < failing_memory.live; k++)
        if (failing_memory.blocks[k] == block) {
            failing_memory.blocks[k] = failing_memory.blocks[--failing_memory.live];
            return;
        }
}

void *malloc(size_t size)
{
    const char *caller = __builtin_return_address(0);
    return failing_memory_hit(caller) ? NULL : failing_memory_note(caller, __libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    const char *caller = __builtin_return_address(0);
    return failing_memory_hit(caller) ? NULL
                                      : failing_memory_note(caller, __libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    const char *caller = __builtin_return_address(0);
    if (failing_memory_hit(caller))
        return NULL;
    failing_memory_forget(block);
    return failing_memory_note(caller, __libc_realloc(block, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    const char *caller = __builtin_return_address(0);
    return failing_memory_hit(caller)
               ? NULL
               : failing_memory_note(caller, __libc_memalign(alignment, size));
}

void free(void *block)
{
    failing_memory_forget(block);
    __libc_free(block);
}

/* The C library's own would allocate out of sight. */
char *strndup(const char *text, size_t most)
{
    const char *caller = __builtin_return_address(0);
    size_t length = strnlen(text, most);
    if (failing_memory_hit(caller))
        return NULL;
    char *copy = failing_memory_note(caller, __libc_malloc(length + 1));
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *strdup(const char *text)
{
    const char *caller = __builtin_return_address(0);
    size_t size = strlen(text) + 1;
    if (failing_memory_hit(caller))
        return NULL;
    char *copy = failing_memory_note(caller, __libc_malloc(size));
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}
#endif

/* Whether allocations do fail here. */
static inline bool failing_memory_works(void)
{
    failing_memory_arm(1);
    void *volatile first = malloc(1);
    void *volatile second = malloc(1);
    free(first);
    bool works = failing_memory.failed && second == NULL && failing_memory.live == 0;
    failing_memory_disarm();
    free(second);
    return works;
}

#endif
