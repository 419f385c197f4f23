/* 14_old_to_new.c - resolution ran again on partly other records: which ids stay, what happened?
   Build: cc -std=c11 -pthread -o old_to_new 14_old_to_new.c */
#define STARLINGS_IMPLEMENTATION
#include "../starlings.h"

#include <stdio.h>

#define RECORDS 12
#define NONE STARLINGS_NONE /* the record is not there */

/* The entity of each record last week and today. The numbers of two runs have nothing to do with
   each other. */
static const uint32_t before[RECORDS] = { 7, 7, 7, 3, 3, 5, 5, 5, 9, 9, 4, NONE };
static const uint32_t after[RECORDS] = { 1, 1, 1, 1, 1, 2, 2, 3, 4, NONE, NONE, 5 };

/* What a user of old ids must do. */
static void print_old(const starlings_changes *changes)
{
    uint32_t count;
    const starlings_change_entity *old = starlings_changes_entities(changes, STARLINGS_BEFORE,
                                                                    &count);
    for (uint32_t e = 0; e < count; e++) {
        printf("old id %u: %-6s  ", before[old[e].record], starlings_change_name(old[e].kind));
        if (old[e].same != STARLINGS_NONE) {
            printf("stays\n");
        } else if (old[e].nearest != STARLINGS_NONE) { /* that entity has the id of another */
            uint32_t other = starlings_changes_inherits(changes, old[e].nearest);
            printf("use id %u\n", before[old[other].record]);
        } else {
            printf("ends\n");
        }
    }
}

/* New entities as they are to be stored: with the old id where there is one, else a fresh one. */
static void print_new(const starlings_changes *changes, uint32_t fresh)
{
    uint32_t count;
    const starlings_change_entity *made = starlings_changes_entities(changes, STARLINGS_AFTER,
                                                                     &count);
    const starlings_change_entity *old = starlings_changes_entities(changes, STARLINGS_BEFORE,
                                                                    NULL);
    for (uint32_t e = 0; e < count; e++) {
        uint32_t same = starlings_changes_inherits(changes, e);
        uint32_t id = same != STARLINGS_NONE ? before[old[same].record] : fresh++;
        printf("new entity %u: %-6s  records: %u, id %u\n", after[made[e].record],
               starlings_change_name(made[e].kind), made[e].size, id);
    }
}

int main(void)
{
    starlings_changes_desc desc = { .before = before, .after = after, .record_count = RECORDS };
    starlings_changes *changes = NULL;
    const starlings_change_sums *sums;

    starlings_status status = starlings_changes_create(&desc, &changes);
    if (status != STARLINGS_OK) {
        fprintf(stderr, "starlings: %s\n", starlings_status_text(status));
        return 1;
    }
    sums = starlings_changes_sums(changes);
    print_old(changes);
    print_new(changes, 100);
    printf("records: %u kept their id, %u moved, %u added, %u removed\n", sums->kept, sums->moved,
           sums->added, sums->removed);
    printf("ids: %u stay, %u end, %u begin\n", sums->ids_stay, sums->ids_end, sums->ids_begin);
    starlings_changes_release(changes);
    return 0;
}
