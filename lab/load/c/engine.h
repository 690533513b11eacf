/* Drives all clients in one thread, and tells the mode what happened to each. */
#ifndef ENGINE_H
#define ENGINE_H

#include "client.h"

struct events {
  /* The handshake is through. */
  void (*opened)(struct client *c);
  /* The answer is complete. */
  void (*answered)(struct client *c);
  /* The connection failed, or was closed by the other side; it is closed already. */
  void (*lost)(struct client *c);
  /* Every millisecond, if the mode asks for it. */
  void (*tick)(void);
};

/* Counted only between the warm-up and the end. */
struct tally {
  uint64_t from, until;
  uint64_t answers, failures, bytes;
  /* Nanoseconds of each answer, from when it was due. */
  uint32_t *times;
  size_t times_have, times_room;
};

extern struct tally tally;

void engine_open(struct client *c);
/* Asks again over the same connection, due then; a connection that is lost thereby is told to the mode. */
void engine_ask(struct client *c, uint64_t due);
void engine_say(struct client *c, uint64_t due, const void *bytes, size_t size, size_t expects);
/*
 * To be told before the run: the warm-up begins only when so many connections stand, so that nobody's handshakes are
 * measured for requests. The mode says of each, once, when it does.
 */
void engine_await(size_t connections);
void engine_stands(void);
/* Runs for warm-up and seconds; with `until_told`, until standard input ends. */
void engine_run(const struct events *events, double warmup, double seconds, int until_told);
/* The same, for as long as warmup-ms=… and ms=… say, or with until-told=1 until standard input ends. */
void engine_run_as_told(const struct events *events, int argc, char **argv);

void tally_answer(struct client *c);
/* A failure, unless the connection had nothing to do: a kept one may be closed at any time. */
void tally_loss(const struct client *c);
/* One JSON object on standard output, and `more` (members with a leading comma, or "") in it. */
void tally_print(const char *more);

#endif
