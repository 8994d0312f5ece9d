/* The bare rate of a closed process group, in C: cpg_rate send SIZE SECONDS | cpg_rate receive
 * cc -O2 -o cpg_rate cpg_rate.c -l:libcpg.so.4
 * What corosync/cpg.h declares is declared here, so that no development package is needed. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OK = 1, TRY_AGAIN = 6, DISPATCH_ALL = 2, DISPATCH_BLOCKING = 3, AGREED = 2 };
struct name { uint32_t length; char value[128]; };
struct callbacks {
    void (*deliver)(uint64_t, const struct name *, uint32_t, uint32_t, void *, size_t);
    void (*changed)(uint64_t, const struct name *, const void *, size_t, const void *, size_t, const void *, size_t);
};
int cpg_initialize(uint64_t *, struct callbacks *);
int cpg_join(uint64_t, const struct name *);
int cpg_fd_get(uint64_t, int *);
int cpg_dispatch(uint64_t, int);
int cpg_mcast_joined(uint64_t, int, const struct iovec *, unsigned int);

static uint64_t returned;
static uint32_t pid;
static char data[1 << 20];

static void deliver(uint64_t h, const struct name *g, uint32_t node, uint32_t from, void *m, size_t n)
{
    (void) h; (void) g; (void) node; (void) m; (void) n;
    returned += from == pid;
}

static void changed(uint64_t h, const struct name *g, const void *m, size_t nm, const void *l, size_t nl,
                    const void *j, size_t nj)
{
    (void) h; (void) g; (void) m; (void) nm; (void) l; (void) nl; (void) j; (void) nj;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct callbacks callbacks = { deliver, changed };
    struct name group = { 4, "rate" };
    uint64_t h;
    int fd;

    pid = (uint32_t) getpid();
    if (argc < 2 || cpg_initialize(&h, &callbacks) != OK || cpg_join(h, &group) != OK || cpg_fd_get(h, &fd) != OK)
        return 1;
    if (!strcmp(argv[1], "receive"))
        return cpg_dispatch(h, DISPATCH_BLOCKING) == OK ? 0 : 1;
    if (argc < 4)
        return 64;
    struct iovec vector = { data, (size_t) atol(argv[2]) };
    struct pollfd readable = { fd, POLLIN, 0 };
    double begin = now(), end = begin + atof(argv[3]);
    while (now() < end) {
        for (int i = 0; i < 32; i++) {
            int code = cpg_mcast_joined(h, AGREED, &vector, 1);
            if (code == TRY_AGAIN) {
                poll(&readable, 1, 1);
                break;
            }
            if (code != OK)
                return 2;
        }
        cpg_dispatch(h, DISPATCH_ALL);
    }
    printf("%.0f\n", (double) returned / (now() - begin));
    return 0;
}
