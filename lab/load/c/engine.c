#define _GNU_SOURCE
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { EVENTS = 512 };

struct tally tally;
static const struct events *mode;
static int epoll = -1;

static int poller(void) {
  if (epoll < 0) epoll = epoll_create1(0);
  return epoll;
}

static void watch(int fd, void *data, uint32_t events, int how) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(poller(), how, fd, &event) < 0) die("epoll: %s", strerror(errno));
}

static void lose(struct client *c) {
  client_close(c);
  mode->lost(c);
}

void engine_open(struct client *c) {
  if (client_connect(c) < 0) die("cannot connect: %s", strerror(errno));
  watch(c->fd, c, EPOLLOUT, EPOLL_CTL_ADD);
}

void engine_ask(struct client *c, uint64_t due) {
  if (client_ask(c, due) < 0) lose(c);
}

void engine_say(struct client *c, uint64_t due, const void *bytes, size_t size, size_t expects) {
  if (client_say(c, due, bytes, size, expects) < 0) lose(c);
}

static void advance(struct client *c) {
  if (c->state == CONNECTING || c->state == HANDSHAKING) {
    int was_connecting = c->state == CONNECTING;
    int done = client_handshake(c);
    if (done < 0) {
      lose(c);
      return;
    }
    if (was_connecting) watch(c->fd, c, EPOLLIN, EPOLL_CTL_MOD);
    if (done) mode->opened(c);
    return;
  }
  uint64_t bytes = 0;
  int done = client_receive(c, &bytes);
  if (now_ns() >= tally.from) tally.bytes += bytes;
  if (done < 0) lose(c);
  if (done > 0) mode->answered(c);
}

static char timer_mark, input_mark;
static int timer;

/* So many answer for the first time before the warm-up begins; and how long they may take for it. */
static size_t awaited;
static const double patience = 60;
static double warmup_seconds, measured_seconds;

static void begin(void) {
  tally.from = now_ns() + (uint64_t)(warmup_seconds * 1e9);
  tally.until = tally.from + (uint64_t)(measured_seconds * 1e9);
}

void engine_await(size_t connections) { awaited = connections; }

void engine_stands(void) {
  if (awaited > 0 && --awaited == 0) begin();
}

void engine_run(const struct events *events, double warmup, double seconds, int until_told) {
  mode = events;
  if (events->tick) {
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec each = {{0, 1000000}, {0, 1000000}};
    timerfd_settime(timer, 0, &each, NULL);
    watch(timer, &timer_mark, EPOLLIN, EPOLL_CTL_ADD);
  }
  if (until_told) watch(STDIN_FILENO, &input_mark, EPOLLIN, EPOLL_CTL_ADD);
  warmup_seconds = warmup;
  measured_seconds = seconds;
  tally.from = tally.until = UINT64_MAX;
  if (awaited == 0) begin();
  uint64_t late = now_ns() + (uint64_t)(patience * 1e9);
  struct epoll_event happened[EVENTS];
  for (;;) {
    int count = epoll_wait(poller(), happened, EVENTS, 100);
    if (awaited > 0 && now_ns() >= late) die("%zu connections were never answered", awaited);
    if (!until_told && now_ns() >= tally.until) return;
    for (int i = 0; i < count; i++) {
      void *what = happened[i].data.ptr;
      char unused[64];
      if (what == &input_mark) {
        if (read(STDIN_FILENO, unused, sizeof unused) > 0) continue;
        epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
        return;
      } else if (what == &timer_mark) {
        /* How often it ran out does not matter: the mode looks at the clock. */
        if (read(timer, unused, sizeof unused) < 0 && errno != EAGAIN) die("timer: %s", strerror(errno));
        mode->tick();
      } else if (((struct client *)what)->fd >= 0) {
        advance(what);
      }
    }
  }
}

void engine_run_as_told(const struct events *events, int argc, char **argv) {
  engine_run(events, (double)number(argc, argv, "warmup-ms", "500") / 1000,
             (double)number(argc, argv, "ms", "2000") / 1000, number(argc, argv, "until-told", "0") != 0);
}

void tally_answer(struct client *c) {
  uint64_t now = now_ns();
  if (now < tally.from) return;
  tally.answers++;
  if (tally.times_have == tally.times_room) {
    tally.times_room = tally.times_room ? tally.times_room * 2 : 65536;
    tally.times = realloc(tally.times, tally.times_room * sizeof *tally.times);
    if (!tally.times) die("out of memory");
  }
  uint64_t took = now - c->since;
  tally.times[tally.times_have++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}

void tally_loss(const struct client *c) {
  if (c->state != IDLE) tally.failures++;
  if (tally.failures > 1000 && tally.answers == 0) die("nothing is answered");
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static double percentile_us(double percent) {
  if (tally.times_have == 0) return 0;
  size_t at = (size_t)((double)(tally.times_have - 1) * percent / 100);
  return tally.times[at] / 1000.0;
}

void tally_print(const char *more) {
  double seconds = (double)(now_ns() - tally.from) / 1e9;
  qsort(tally.times, tally.times_have, sizeof *tally.times, by_size);
  printf("{\"seconds\":%.6f,\"answers\":%llu,\"failures\":%llu,\"bytes\":%llu,"
         "\"us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}%s}\n",
         seconds, (unsigned long long)tally.answers, (unsigned long long)tally.failures,
         (unsigned long long)tally.bytes, percentile_us(50), percentile_us(90), percentile_us(99),
         percentile_us(100), more);
}
