/*
 * hold upgrade=yes connections=2000: opens WebSockets, a few at a time, prints `held` when each has had a frame back, and
 * keeps them in silence until standard input ends. Then each is asked once more: those that answer are the answers
 * it prints, those that were lost the failures.
 */
#include <stdio.h>

#include "engine.h"
#include "frames.h"
#include "modes.h"

enum { AT_ONCE = 16 };
enum role { OPENING, GREETED, HELD, ASKED };

static struct client *all;
static size_t count, started, standing;

static void open_next(void) {
  if (started < count) engine_open(&all[started++]);
}

static void send_frame(struct client *c) { engine_say(c, now_ns(), frame, FRAME_SENT, FRAME_RECEIVED); }

static void opened(struct client *c) { engine_ask(c, now_ns()); }

static void answered(struct client *c) {
  if (c->status != 101) die("the upgrade was answered with %d", c->status);
  switch (c->role++) {
  case OPENING:
    send_frame(c);
    break;
  case GREETED:
    if (++standing == count) {
      puts("held");
      fflush(stdout);
    }
    open_next();
    break;
  default:
    tally_answer(c);
  }
}

static void lost(struct client *c) {
  if (c->role < HELD) die("a WebSocket was lost after %zu stood", standing);
  tally.failures++;
}

int hold(struct target *target, int argc, char **argv) {
  target_prepare(target, argc, argv);
  frame_prepare();
  count = (size_t)number(argc, argv, "connections", "2000");
  all = clients(target, count);
  for (int i = 0; i < AT_ONCE; i++) open_next();
  const struct events events = {opened, answered, lost, 0};
  engine_run(&events, 0, 0, 1);
  for (size_t i = 0; i < count; i++)
    if (all[i].fd >= 0 && all[i].state == IDLE) send_frame(&all[i]);
  engine_run(&events, 0, 2, 0);
  tally_print("");
  return 0;
}
