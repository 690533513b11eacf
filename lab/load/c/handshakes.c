/*
 * handshakes connections=16 resumes=0|1 warmup-ms=500 ms=2000: a connection, a handshake with the client certificate, one
 * request, and the end; again and again. Without the request a handshake of TLS 1.3 says nothing: the client is through
 * before the gateway has looked at its certificate. Prints also how many handshakes were resumed.
 */
#include <stdio.h>

#include "engine.h"
#include "modes.h"

static uint64_t resumed;

static void opened(struct client *c) { engine_ask(c, c->since); }

static void answered(struct client *c) {
  if (c->status == 200) {
    tally_answer(c);
    if (now_ns() >= tally.from && SSL_session_reused(c->ssl)) resumed++;
  } else {
    tally.failures++;
  }
  client_close(c);
  engine_open(c);
}

static void lost(struct client *c) {
  tally_loss(c);
  engine_open(c);
}

int handshakes(struct target *target, int argc, char **argv) {
  target->resumes = (int)number(argc, argv, "resumes", "0");
  target_prepare(target, argc, argv);
  size_t count = (size_t)number(argc, argv, "connections", "16");
  struct client *all = clients(target, count);
  for (size_t i = 0; i < count; i++) engine_open(&all[i]);
  engine_run_as_told(&(struct events){opened, answered, lost, 0}, argc, argv);
  char more[64];
  snprintf(more, sizeof more, ",\"resumed\":%llu", (unsigned long long)resumed);
  tally_print(more);
  return 0;
}
