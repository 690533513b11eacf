/* requests connections=32 path=/bytes/1024 warmup-ms=500 ms=2000: each connection asks again as soon as it has its answer. */
#include "engine.h"
#include "modes.h"

static void ask(struct client *c) { engine_ask(c, now_ns()); }

static void answered(struct client *c) {
  if (c->role == 0) {
    c->role = 1;
    engine_stands();
  }
  if (c->status == 200)
    tally_answer(c);
  else
    tally.failures++;
  ask(c);
}

static void lost(struct client *c) {
  tally_loss(c);
  engine_open(c);
}

int requests(struct target *target, int argc, char **argv) {
  target_prepare(target, argc, argv);
  size_t count = (size_t)number(argc, argv, "connections", "32");
  struct client *all = clients(target, count);
  for (size_t i = 0; i < count; i++) engine_open(&all[i]);
  engine_await(count);
  engine_run_as_told(&(struct events){ask, answered, lost, 0}, argc, argv);
  tally_print("");
  return 0;
}
