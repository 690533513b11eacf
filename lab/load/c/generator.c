/*
 * The load: connections by TLS 1.3 with a client certificate, in one thread.
 *
 *   generator MODE to=127.77.0.2:8443 from=127.77.0.17 name=ha.example.com cert=leaf.pem key=leaf-key.pem …
 *
 * It prints one JSON object when it ends.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "modes.h"

struct client *clients(const struct target *target, size_t count) {
  struct client *all = calloc(count, sizeof *all);
  if (!all) die("out of memory");
  for (size_t i = 0; i < count; i++) {
    all[i].target = target;
    all[i].fd = -1;
  }
  return all;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*run)(struct target *, int, char **);
  } modes[] = {
      {"requests", requests}, {"rate", rate}, {"handshakes", handshakes},
      {"echo", echo},         {"hold", hold}, {"probe", probe},
  };
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  static struct target target;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (argc > 1 && strcmp(argv[1], modes[i].name) == 0) return modes[i].run(&target, argc, argv);
  die("usage: generator requests|rate|handshakes|echo|hold|probe name=value…");
}
