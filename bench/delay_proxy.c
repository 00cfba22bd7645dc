// Owns a line between two ports of this machine: each byte arrives half a round trip later, and not more of them than the line
// carries. Both directions are separate; all connections share the line.
// Never loses a byte. Usage: delay_proxy LISTEN_PORT TARGET_PORT RTT_MS MBIT_PER_S (0: no limit)
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, MAX_LINES = 64 };
// What one connection may have under way one way: half the largest receive window of an untuned Linux (net.ipv4.tcp_rmem), of
// which the other half would be waiting for its acknowledgements to come back.
static const size_t window = 3 << 20;

typedef struct Chunk {
    struct Chunk *next;
    double due;
    size_t start, end;
    char bytes[CHUNK];
} Chunk;

typedef struct {
    int from, to;
    Chunk *first, *last;
    size_t held;
    int ended, closed;
} Way;

typedef struct { Way ways[2]; int used; } Line;

static Line lines[MAX_LINES];
static Chunk *spare;
static double delay, rate, busy_until[2];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int nothing_yet(ssize_t n) { return n < 0 && (errno == EAGAIN || errno == EINTR); }

static Chunk *make_chunk(void) {
    Chunk *chunk = spare;
    if (chunk) spare = chunk->next;
    else if (!(chunk = malloc(sizeof *chunk))) exit(1);
    chunk->next = NULL;
    chunk->start = chunk->end = 0;
    return chunk;
}

// Takes what has come; a connection's window is what the other end could have sent without an answer.
static void take(Way *way, int direction) {
    while (!way->ended && way->held < window) {
        Chunk *chunk = make_chunk();
        ssize_t n = recv(way->from, chunk->bytes, CHUNK, 0);
        if (n <= 0) {
            chunk->next = spare;
            spare = chunk;
            if (!nothing_yet(n)) way->ended = 1;
            return;
        }
        chunk->end = (size_t)n;
        double start = now();
        if (rate > 0) {
            if (busy_until[direction] > start) start = busy_until[direction];
            start += (double)n / rate;
            busy_until[direction] = start;
        }
        chunk->due = start + delay;
        way->held += chunk->end;
        if (way->last) way->last->next = chunk;
        else way->first = chunk;
        way->last = chunk;
    }
}

// Passes on what is due. Returns the moment when the next is, 0 where there is none, -1 where the receiver has to read first.
static double pass_on(Way *way) {
    while (way->first && !way->closed) {
        Chunk *chunk = way->first;
        if (chunk->due > now()) return chunk->due;
        ssize_t n = send(way->to, chunk->bytes + chunk->start, chunk->end - chunk->start, MSG_NOSIGNAL);
        if (nothing_yet(n)) return -1;
        if (n < 0) {
            way->closed = way->ended = 1;
            return 0;
        }
        chunk->start += (size_t)n;
        way->held -= (size_t)n;
        if (chunk->start == chunk->end) {
            way->first = chunk->next;
            if (!way->first) way->last = NULL;
            chunk->next = spare;
            spare = chunk;
        }
    }
    if (way->ended && !way->closed) {
        shutdown(way->to, SHUT_WR);
        way->closed = 1;
    }
    return 0;
}

static void prepare(int fd) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static struct sockaddr_in local(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void open_line(int listener, int target) {
    int a = accept(listener, NULL, NULL);
    if (a < 0) return;
    int b = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = local(target);
    Line *line = NULL;
    for (int i = 0; i < MAX_LINES && !line; i++) if (!lines[i].used) line = &lines[i];
    if (!line || b < 0 || connect(b, (struct sockaddr *)&address, sizeof address) != 0) {
        close(a);
        if (b >= 0) close(b);
        return;
    }
    prepare(a);
    prepare(b);
    memset(line, 0, sizeof *line);
    line->used = 1;
    line->ways[0].from = line->ways[1].to = a;
    line->ways[0].to = line->ways[1].from = b;
}

static void close_line(Line *line) {
    for (int d = 0; d < 2; d++) {
        while (line->ways[d].first) {
            Chunk *chunk = line->ways[d].first;
            line->ways[d].first = chunk->next;
            chunk->next = spare;
            spare = chunk;
        }
    }
    close(line->ways[0].from);
    close(line->ways[0].to);
    line->used = 0;
}

int main(int count, char **words) {
    if (count < 5) {
        fprintf(stderr, "usage: delay_proxy LISTEN_PORT TARGET_PORT RTT_MS MBIT_PER_S\n");
        return 2;
    }
    delay = atof(words[3]) / 2000;
    rate = atof(words[4]) * 1e6 / 8;
    int target = atoi(words[2]), yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = local(atoi(words[1]));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0) {
        perror("delay_proxy");
        return 1;
    }
    prepare(listener);
    for (;;) {
        struct pollfd polled[1 + 4 * MAX_LINES];
        int n = 0;
        double next = 0;
        polled[n++] = (struct pollfd){listener, POLLIN, 0};
        for (int i = 0; i < MAX_LINES; i++) {
            if (!lines[i].used) continue;
            for (int d = 0; d < 2; d++) {
                Way *way = &lines[i].ways[d];
                take(way, d);
                double due = pass_on(way);
                if (due > 0 && (next == 0 || due < next)) next = due;
                if (due < 0) polled[n++] = (struct pollfd){way->to, POLLOUT, 0};
                if (!way->ended && way->held < window) polled[n++] = (struct pollfd){way->from, POLLIN, 0};
            }
            if (lines[i].ways[0].closed && lines[i].ways[1].closed) close_line(&lines[i]);
        }
        double left = next > 0 ? next - now() : -1;
        struct timespec timeout = {(time_t)(left > 0 ? left : 0), (long)(left > 0 ? (left - (double)(time_t)left) * 1e9 : 0)};
        ppoll(polled, (nfds_t)n, next > 0 ? &timeout : NULL, NULL);
        if (polled[0].revents) open_line(listener, target);
    }
}
