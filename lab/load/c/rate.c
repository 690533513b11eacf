/*
 * rate per-second=1000 connections=32 warmup-ms=500 ms=2000: requests fall due in an even rhythm whatever the answers
 * do, and are timed from when they were due: a gateway that pauses cannot hide it by being asked less.
 */
#include <stdlib.h>

#include "engine.h"
#include "modes.h"

static struct client **idle;
static size_t idle_count;
static uint64_t next, interval;

static void send_due(void) {
  uint64_t now = now_ns();
  while (idle_count > 0 && next <= now) {
    engine_ask(idle[--idle_count], next);
    next += interval;
  }
}

static void opened(struct client *c) { idle[idle_count++] = c; }

static void answered(struct client *c) {
  if (c->status == 200)
    tally_answer(c);
  else
    tally.failures++;
  idle[idle_count++] = c;
  send_due();
}

static void lost(struct client *c) {
  tally_loss(c);
  /* One that was closed while it had nothing to do must not be asked. */
  for (size_t i = 0; i < idle_count; i++)
    if (idle[i] == c) idle[i--] = idle[--idle_count];
  engine_open(c);
}

int rate(struct target *target, int argc, char **argv) {
  target_prepare(target, argc, argv);
  size_t count = (size_t)number(argc, argv, "connections", "32");
  struct client *all = clients(target, count);
  idle = calloc(count, sizeof(struct client *));
  if (!idle) die("out of memory");
  for (size_t i = 0; i < count; i++) engine_open(&all[i]);
  interval = 1000000000u / (uint64_t)number(argc, argv, "per-second", "1000");
  /* The connections are opened first; what they need for that is not a wait of a request. */
  next = now_ns() + 200000000u;
  engine_run_as_told(&(struct events){opened, answered, lost, send_due}, argc, argv);
  tally_print("");
  return 0;
}
