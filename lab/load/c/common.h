/* What the generator and the upstream share: time, addresses, settings, and how they end. */
#ifndef COMMON_H
#define COMMON_H

#include <netinet/in.h>
#include <stdint.h>

/* Monotonic, the same clock as Node's process.hrtime: what one process starts another can time. */
uint64_t now_ns(void);

/* Ends the process with one line on standard error. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `127.0.0.1:8443`; the port may be missing. IPv4 only: everything here is on loopback. */
struct sockaddr_in address_of(const char *text);

/* Settings are `name=value` on the command line. The text of one, or the default; NULL as default makes it required. */
const char *setting(int argc, char **argv, const char *name, const char *otherwise);
long number(int argc, char **argv, const char *name, const char *otherwise);

#endif
