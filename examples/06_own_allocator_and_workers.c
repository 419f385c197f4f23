/* 06_own_allocator_and_workers.c - put the library into a program with rules of its own: memory
   from a piece that is set aside, work on the program's own job system, a stop button.
   Build: cc -std=c11 -pthread -o own_allocator_and_workers 06_own_allocator_and_workers.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>
#include <string.h>

enum { RECORDS = 20000 };

/* Blocks lie one after the other; the last one can grow, shrink and go where it is. */
typedef struct arena {
    unsigned char *bytes;
    size_t size, used, most;
    size_t live; /* bytes asked for and not given back */
} arena;

static void *arena_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    arena *a = (arena *)ctx;
    size_t old_room = (old_size + 15) / 16 * 16, new_room = (new_size + 15) / 16 * 16;
    bool last = ptr != NULL && (unsigned char *)ptr + old_room == a->bytes + a->used;
    size_t base = last ? a->used - old_room : a->used;

    if (new_room > a->size - base)
        return NULL;
    if (ptr != NULL)
        a->live -= old_size;
    a->live += new_size;
    if (new_size == 0) {
        a->used = a->live == 0 ? 0 : base;
        return NULL;
    }
    if (ptr != NULL && !last)
        memcpy(a->bytes + base, ptr, old_size < new_size ? old_size : new_size);
    a->used = base + new_room;
    a->most = a->used > a->most ? a->used : a->most;
    return a->bytes + base;
}

/* A job system would hand the tasks to its threads; one after the other is legal too. */
static void run_in_turn(void *ctx, uint32_t tasks, starlings_task *task, void *task_ctx)
{
    *(uint32_t *)ctx += tasks;
    for (uint32_t i = 0; i < tasks; i++)
        task(task_ctx, i);
}

static bool keep_going(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    (void)stage;
    (void)done;
    (void)total;
    return *(const bool *)ctx;
}

int main(void)
{
    static starlings_edge edges[RECORDS];
    static union {
        unsigned char bytes[4u << 20];
        long double widest; /* for the alignment */
    } memory;
    arena a = { memory.bytes, sizeof memory.bytes, 0, 0, 0 };
    uint32_t tasks = 0, entities = 0;
    bool go_on = true;
    starlings_hierarchy_desc desc = {
        .edges = edges,
        .edge_count = RECORDS,
        .record_count = RECORDS,
        .env = { .allocator = { arena_resize, &a },
                 .workers = { run_in_turn, &tasks, 4 },
                 .progress = { keep_going, &go_on } }
    };
    starlings_hierarchy *hierarchy = NULL;
    starlings_status status;

    for (uint32_t i = 0; i < RECORDS; i++) { /* chains of ten, weaker and weaker */
        starlings_edge edge = { i, i % 10 == 9 ? i : i + 1, 1.0 - i % 10 * 0.1 };
        edges[i] = edge;
    }

    status = starlings_hierarchy_create(&desc, &hierarchy);
    if (status == STARLINGS_OK)
        status = starlings_hierarchy_entity_count(hierarchy, 0.5, &entities);
    printf("build: %s, %u entities at 0.5\n", starlings_status_text(status), (unsigned)entities);
    printf("tasks came through our own workers: %s\n", tasks > 0 ? "yes" : "no");
    starlings_hierarchy_release(hierarchy);
    printf("bytes not given back: %u\n", (unsigned)a.live);

    go_on = false;
    status = starlings_hierarchy_create(&desc, &hierarchy);
    printf("stopped: %s\n", starlings_status_text(status));
    a.size = 1000;
    go_on = true;
    status = starlings_hierarchy_create(&desc, &hierarchy);
    printf("small arena: %s\n", starlings_status_text(status));
    printf("bytes not given back: %u\n", (unsigned)a.live);
    return 0;
}
