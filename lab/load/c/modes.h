/* What the generator can do; each mode is a file of its name and says in it which settings it takes. */
#ifndef MODES_H
#define MODES_H

#include "client.h"

struct client *clients(const struct target *target, size_t count);

int requests(struct target *target, int argc, char **argv);
int rate(struct target *target, int argc, char **argv);
int handshakes(struct target *target, int argc, char **argv);
int echo(struct target *target, int argc, char **argv);
int hold(struct target *target, int argc, char **argv);
int probe(struct target *target, int argc, char **argv);

#endif
