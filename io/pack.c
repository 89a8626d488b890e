#include "pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct pack *pack, size_t more)
{
    if (pack->failed)
        return false;
    if (pack->size + more <= pack->capacity)
        return true;
    size_t capacity = 2 * (pack->size + more) + 256;
    unsigned char *bytes = realloc(pack->bytes, capacity);
    if (bytes == NULL) {
        pack->failed = true;
        return false;
    }
    pack->bytes = bytes;
    pack->capacity = capacity;
    return true;
}

void pack_bytes(struct pack *pack, const void *bytes, size_t size)
{
    if (size == 0 || !reserve(pack, size))
        return;
    memcpy(pack->bytes + pack->size, bytes, size);
    pack->size += size;
}

void pack_text(struct pack *pack, const char *text)
{
    uint64_t length = strlen(text);
    pack_bytes(pack, &length, sizeof length);
    pack_bytes(pack, text, length);
}

void unpack_bytes(struct pack *pack, void *bytes, size_t size)
{
    if (size == 0)
        return;
    if (pack->failed || size > pack->size - pack->position) {
        pack->failed = true;
        memset(bytes, 0, size); /* counts read as 0, so that the reader's loops end */
        return;
    }
    memcpy(bytes, pack->bytes + pack->position, size);
    pack->position += size;
}

void *unpack_array(struct pack *pack, size_t size)
{
    if (pack->failed || size > pack->size - pack->position) {
        pack->failed = true;
        return NULL;
    }
    void *array = malloc(size > 0 ? size : 1);
    if (array == NULL)
        pack->failed = true;
    else
        unpack_bytes(pack, array, size);
    return array;
}

char *unpack_text(struct pack *pack)
{
    uint64_t length = 0;
    unpack_bytes(pack, &length, sizeof length);
    if (pack->failed || length > pack->size - pack->position) {
        pack->failed = true;
        return NULL;
    }
    char *text = malloc(length + 1);
    if (text == NULL) {
        pack->failed = true;
        return NULL;
    }
    unpack_bytes(pack, text, length);
    text[length] = '\0';
    return text;
}

int pack_broadcast(struct pack *pack, MPI_Comm comm, struct fault *fault)
{
    enum { PIECE = 1 << 30 }; /* MPI counts are ints */
    int rank = 0;
    uint64_t size = pack->size;

    MPI_Comm_rank(comm, &rank);
    if (rank == 0 && pack->failed)
        fault_set(fault, EXIT_SYSTEM, "out of memory while packing a broadcast");
    if (fault_agree(fault, comm) != 0)
        return fault->status;

    MPI_Bcast(&size, 1, MPI_UINT64_T, 0, comm);
    if (rank != 0) {
        pack_reset(pack);
        if (reserve(pack, size))
            pack->size = size;
        else
            fault_set(fault, EXIT_SYSTEM, "out of memory for a broadcast of %llu bytes",
                      (unsigned long long)size);
    }
    if (fault_agree(fault, comm) != 0)
        return fault->status;

    for (uint64_t done = 0; done < size; done += PIECE) {
        uint64_t left = size - done;
        MPI_Bcast(pack->bytes + done, (int)(left < PIECE ? left : PIECE), MPI_BYTE, 0, comm);
    }
    return 0;
}

void pack_reset(struct pack *pack)
{
    free(pack->bytes);
    *pack = (struct pack){0};
}
