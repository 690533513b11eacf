/* echo upgrade=yes connections=32 warmup-ms=500 ms=2000: WebSockets, each sends a frame as soon as the last one came back. */
#include "engine.h"
#include "frames.h"
#include "modes.h"

static void send_frame(struct client *c) { engine_say(c, now_ns(), frame, FRAME_SENT, FRAME_RECEIVED); }

static void opened(struct client *c) { engine_ask(c, now_ns()); }

static void answered(struct client *c) {
  if (c->status != 101) die("the upgrade was answered with %d", c->status);
  if (c->role == 0) {
    c->role = 1;
    engine_stands();
  } else {
    tally_answer(c);
  }
  send_frame(c);
}

static void lost(struct client *c) {
  tally_loss(c);
  c->role = 0;
  engine_open(c);
}

int echo(struct target *target, int argc, char **argv) {
  target_prepare(target, argc, argv);
  frame_prepare();
  size_t count = (size_t)number(argc, argv, "connections", "32");
  struct client *all = clients(target, count);
  for (size_t i = 0; i < count; i++) engine_open(&all[i]);
  engine_await(count);
  engine_run_as_told(&(struct events){opened, answered, lost, 0}, argc, argv);
  tally_print("");
  return 0;
}
