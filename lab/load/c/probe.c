/*
 * probe connections=2: handshakes one after the other, each with a request, that look at the certificate they are shown,
 * until standard input ends. Prints `steady` after the first, and at the end by the monotonic clock when the first
 * handshake with another certificate was through (0: never), and when the last that saw the old one began.
 */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "modes.h"

static uint64_t first_new, last_old;
static unsigned char shown[EVP_MAX_MD_SIZE];

/* 1 if the certificate of this handshake is another than that of the first one. */
static int is_new(struct client *c) {
  static int known;
  unsigned char print[EVP_MAX_MD_SIZE];
  unsigned size;
  X509 *certificate = SSL_get1_peer_certificate(c->ssl);
  if (!certificate || !X509_digest(certificate, EVP_sha256(), print, &size)) die("no certificate was shown");
  X509_free(certificate);
  if (known) return memcmp(print, shown, size) != 0;
  memcpy(shown, print, size);
  known = 1;
  return 0;
}

static void opened(struct client *c) {
  if (!is_new(c)) {
    if (c->since > last_old) last_old = c->since;
  } else if (!first_new) {
    first_new = now_ns();
  }
  engine_ask(c, c->since);
}

static void answered(struct client *c) {
  if (c->status != 200) {
    tally.failures++;
  } else {
    tally_answer(c);
    if (tally.answers == 1) {
      puts("steady");
      fflush(stdout);
    }
  }
  client_close(c);
  engine_open(c);
}

static void lost(struct client *c) {
  tally_loss(c);
  engine_open(c);
}

int probe(struct target *target, int argc, char **argv) {
  target_prepare(target, argc, argv);
  size_t count = (size_t)number(argc, argv, "connections", "2");
  struct client *all = clients(target, count);
  for (size_t i = 0; i < count; i++) engine_open(&all[i]);
  engine_run(&(struct events){opened, answered, lost, 0}, 0, 0, 1);
  char more[96];
  snprintf(more, sizeof more, ",\"firstNew\":\"%llu\",\"lastOld\":\"%llu\"", (unsigned long long)first_new,
           (unsigned long long)last_old);
  tally_print(more);
  return 0;
}
