/* faults.h - hooks that misbehave on purpose: an allocator that fails at a chosen call and looks
   for leaks, overruns and wrong sizes; workers that run tasks backwards; a progress callback that
   cancels at a chosen call. */
#ifndef FAULTS_H
#define FAULTS_H

#include "t.h"

enum { FAULTS_HEAD = 48, FAULTS_TAIL = 16 };

typedef struct faults {
    size_t live;    /* bytes handed out and not given back */
    size_t peak;    /* the most that was live at once */
    size_t calls;   /* calls that want memory, while armed */
    size_t fail_at; /* the first of them that fails, from 0; SIZE_MAX: none */
    bool for_ever;  /* and all that follow */
    bool armed;     /* count and fail; else just serve */
    size_t failed;  /* how many failed */
    size_t shrinks; /* of those, how many wanted a smaller block: these may be shrugged off */
    size_t broken;  /* rules broken by the caller: sizes, guards, blocks that are none */
} faults;

static faults faults_make(void)
{
    faults f = { 0, 0, 0, SIZE_MAX, false, true, 0, 0, 0 };
    return f;
}

/* Before a block stand its size and a mark; 16 bytes on both sides are guards. The block is
   aligned to 16 bytes and never to 32, so that code which needs more than was promised fails. */
static unsigned char *faults_block(size_t size)
{
    unsigned char *raw = (unsigned char *)malloc(FAULTS_HEAD + 16 + size + FAULTS_TAIL);
    unsigned char *block;
    if (raw == NULL)
        return NULL;
    block = raw + FAULTS_HEAD;
    if (((uintptr_t)block & 31) == 0)
        block += 16;
    memset(block - 16, 0xfd, 16);
    memset(block, 0xa5, size);
    memset(block + size, 0xfd, FAULTS_TAIL);
    memcpy(block - 24, &size, sizeof size);
    memcpy(block - 32, &raw, sizeof raw);
    return block;
}

static bool faults_guard_holds(const unsigned char *at)
{
    for (int i = 0; i < 16; i++)
        if (at[i] != 0xfd)
            return false;
    return true;
}

/* Take a block back, after a look at its guards and at the size that the caller believes in. */
static void faults_free(faults *f, unsigned char *block, size_t believed)
{
    unsigned char *raw;
    size_t size;
    memcpy(&size, block - 24, sizeof size);
    memcpy(&raw, block - 32, sizeof raw);
    if (size != believed || !faults_guard_holds(block - 16) || !faults_guard_holds(block + size))
        f->broken++;
    f->live -= size;
    memset(block, 0xdd, size);
    free(raw);
}

/* The hook. A resize always moves, so that a pointer kept from before is noticed. */
static void *faults_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    faults *f = (faults *)ctx;
    unsigned char *block;
    if (ptr == NULL && old_size != 0)
        f->broken++;
    if (new_size == 0) {
        if (ptr != NULL)
            faults_free(f, (unsigned char *)ptr, old_size);
        return NULL;
    }
    if (f->armed) {
        size_t call = f->calls++;
        if (call == f->fail_at || (f->for_ever && call > f->fail_at)) {
            f->failed++;
            f->shrinks += ptr != NULL && new_size <= old_size;
            return NULL;
        }
    }
    block = faults_block(new_size);
    if (block == NULL)
        return NULL;
    f->live += new_size;
    f->peak = f->live > f->peak ? f->live : f->peak;
    if (ptr != NULL) {
        memcpy(block, ptr, old_size < new_size ? old_size : new_size);
        faults_free(f, (unsigned char *)ptr, old_size);
    }
    return block;
}

static starlings_allocator faults_allocator(faults *f)
{
    starlings_allocator allocator = { faults_resize, f };
    return allocator;
}

/* Workers that run every task on the caller, the last one first. */
static void faults_run_backwards(void *ctx, uint32_t tasks, starlings_task *task, void *task_ctx)
{
    (void)ctx;
    while (tasks > 0)
        task(task_ctx, --tasks);
}

/* Workers that run the odd tasks before the even ones. */
static void faults_run_odd_first(void *ctx, uint32_t tasks, starlings_task *task, void *task_ctx)
{
    (void)ctx;
    for (uint32_t i = 1; i < tasks; i += 2)
        task(task_ctx, i);
    for (uint32_t i = 0; i < tasks; i += 2)
        task(task_ctx, i);
}

/* Progress: counts the calls, checks them, says stop at one of them and at all that follow. */
typedef struct faults_cancel {
    size_t calls;
    size_t stop_at; /* from 0; SIZE_MAX: never */
    size_t broken;  /* calls with done > total or without a stage */
    bool paused;    /* neither count nor stop */
} faults_cancel;

static bool faults_report(void *ctx, const char *stage, uint64_t done, uint64_t total)
{
    faults_cancel *c = (faults_cancel *)ctx;
    if (stage == NULL || done > total)
        c->broken++;
    return c->paused || c->calls++ < c->stop_at;
}

#endif
