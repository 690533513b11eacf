/* One connection of the generator: TLS with a client certificate, and one exchange at a time over it. */
#ifndef CLIENT_H
#define CLIENT_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#include "common.h"

enum { CLIENT_HEAD_MAX = 8192 };

/* Where all clients go, and what they say. */
struct target {
  struct sockaddr_in to, from;
  const char *name;
  SSL_CTX *tls;
  char request[4096];
  size_t request_size;
  /* The session of the last connection, to be resumed by the next; only kept when `resumes`. */
  int resumes;
  SSL_SESSION *session;
};

enum client_state { CONNECTING, HANDSHAKING, IDLE, WAITING };

struct client {
  const struct target *target;
  int fd;
  SSL *ssl;
  enum client_state state;
  /* What this one is for; the mode's own business. */
  int role;
  /* When the exchange in flight was due. */
  uint64_t since;
  /* Of the answer in flight: its head until that is whole, then what is left of its body. */
  size_t head_have;
  int in_body, status;
  int64_t body_left;
  char head[CLIENT_HEAD_MAX];
};

/* All that is equal for everybody is fixed here: TLS 1.3, AES-128-GCM, X25519, no certificate checks on this side. */
void target_prepare(struct target *target, int argc, char **argv);

/* The functions below answer 1: done, 0: not yet, -1: the connection is lost. */
int client_connect(struct client *c);
int client_handshake(struct client *c);
/* Sends the request of the target, or these bytes, and expects an HTTP answer or so many raw bytes. */
int client_ask(struct client *c, uint64_t due);
int client_say(struct client *c, uint64_t due, const void *bytes, size_t size, size_t expects);
/* Reads what is there; the bytes are added to *bytes. Whatever follows a complete answer is a loss: nobody asked for it. */
int client_receive(struct client *c, uint64_t *bytes);
void client_close(struct client *c);

#endif
