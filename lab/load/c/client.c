#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int keep_session(SSL *ssl, SSL_SESSION *session) {
  struct target *target = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  if (target->session) SSL_SESSION_free(target->session);
  target->session = session;
  return 1;
}

void target_prepare(struct target *target, int argc, char **argv) {
  target->to = address_of(setting(argc, argv, "to", NULL));
  target->from = address_of(setting(argc, argv, "from", "127.0.0.1"));
  target->name = setting(argc, argv, "name", NULL);
  SSL_CTX *tls = target->tls = SSL_CTX_new(TLS_client_method());
  const char *certificate = setting(argc, argv, "cert", ""), *key = setting(argc, argv, "key", "");
  if (!tls || !SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) ||
      !SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256") || !SSL_CTX_set1_groups_list(tls, "X25519"))
    die("no TLS");
  if (*certificate && (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
                       SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1))
    die("%s and %s are no client certificate", certificate, key);
  SSL_CTX_set_read_ahead(tls, 1);
  SSL_CTX_set_default_read_buffer_len(tls, 65536);
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_app_data(tls, target);
  if (target->resumes) {
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(tls, keep_session);
  } else {
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  }
  /* What a browser sends, with what Cloudflare adds on the way (docs of 2026-11). */
  int size = snprintf(target->request, sizeof target->request,
                      "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\nAccept-Encoding: gzip, br\r\n"
                      "X-Forwarded-For: 198.51.100.9\r\nCF-RAY: 9f2c81d24f6b0a1c-LIS\r\nX-Forwarded-Proto: https\r\n"
                      "CF-Visitor: {\"scheme\":\"https\"}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) "
                      "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n"
                      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
                      "Accept-Language: en-GB,en;q=0.9\r\nCF-Connecting-IP: 198.51.100.9\r\nCDN-Loop: cloudflare; loops=1\r\n"
                      "CF-IPCountry: PT\r\n%s\r\n",
                      setting(argc, argv, "path", "/bytes/1024"), target->name,
                      strcmp(setting(argc, argv, "upgrade", "no"), "yes") == 0 ? "Upgrade" : "Keep-Alive",
                      strcmp(setting(argc, argv, "upgrade", "no"), "yes") == 0
                          ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          : "");
  if (size >= (int)sizeof target->request) die("the path is too long");
  target->request_size = (size_t)size;
}

int client_connect(struct client *c) {
  int on = 1;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) die("no socket: %s", strerror(errno));
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  /* The port is chosen when connecting, so that ports are counted per destination. */
  setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(c->fd, (const struct sockaddr *)&c->target->from, sizeof c->target->from) < 0)
    die("cannot speak from that address: %s", strerror(errno));
  c->ssl = SSL_new(c->target->tls);
  if (!c->ssl) die("no TLS connection");
  SSL_set_fd(c->ssl, c->fd);
  SSL_set_tlsext_host_name(c->ssl, c->target->name);
  if (c->target->session) {
    /* OpenSSL uses a session of TLS 1.3 once; a copy may be used as often, by connections at the same time too. */
    SSL_SESSION *copy = SSL_SESSION_dup(c->target->session);
    SSL_set_session(c->ssl, copy);
    SSL_SESSION_free(copy);
  }
  c->state = CONNECTING;
  c->since = now_ns();
  int answer = connect(c->fd, (const struct sockaddr *)&c->target->to, sizeof c->target->to);
  return answer == 0 || errno == EINPROGRESS ? 0 : -1;
}

/* What OpenSSL's last answer means for the connection. */
static int later_or_lost(struct client *c, int answer) {
  int error = SSL_get_error(c->ssl, answer);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

int client_handshake(struct client *c) {
  if (c->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return -1;
    c->state = HANDSHAKING;
  }
  int answer = SSL_connect(c->ssl);
  if (answer != 1) return later_or_lost(c, answer);
  c->state = IDLE;
  return 1;
}

static int send_all(struct client *c, uint64_t due, const void *bytes, size_t size) {
  c->since = due;
  c->state = WAITING;
  c->head_have = 0;
  /* A request is small: a socket that has no room for it is one whose reader has died. */
  return SSL_write(c->ssl, bytes, (int)size) == (int)size ? 1 : -1;
}

int client_ask(struct client *c, uint64_t due) {
  c->in_body = c->status = 0;
  return send_all(c, due, c->target->request, c->target->request_size);
}

int client_say(struct client *c, uint64_t due, const void *bytes, size_t size, size_t expects) {
  c->in_body = 1;
  c->status = 101;
  c->body_left = (int64_t)expects;
  return send_all(c, due, bytes, size);
}

/* The head is whole: its status and length. The upstream always says a length, so that another framing is a fault of the gateway. */
static int understand(struct client *c, char *head) {
  if (sscanf(head, "HTTP/1.1 %d ", &c->status) != 1) return -1;
  char *length = strcasestr(head, "\r\nContent-Length:");
  if (!length && c->status != 101) return -1;
  c->body_left = length && c->status != 101 ? strtoll(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
  c->in_body = 1;
  return 0;
}

static int take(struct client *c, char *bytes, size_t size) {
  if (!c->in_body) {
    size_t room = CLIENT_HEAD_MAX - 1 - c->head_have, copied = size < room ? size : room;
    memcpy(c->head + c->head_have, bytes, copied);
    size_t had = c->head_have;
    c->head_have += copied;
    c->head[c->head_have] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end) return c->head_have >= CLIENT_HEAD_MAX - 1 ? -1 : 0;
    size_t of_head = (size_t)(end - c->head) + 4 - had;
    end[2] = 0;
    if (understand(c, c->head) < 0) return -1;
    size -= of_head;
  }
  c->body_left -= (int64_t)size;
  if (c->body_left < 0) return -1;
  if (c->body_left > 0) return 0;
  c->state = IDLE;
  return 1;
}

int client_receive(struct client *c, uint64_t *bytes) {
  static char buffer[262144];
  for (;;) {
    int got = SSL_read(c->ssl, buffer, sizeof buffer);
    if (got <= 0) return later_or_lost(c, got);
    if (c->state != WAITING) return -1;
    *bytes += (uint64_t)got;
    int taken = take(c, buffer, (size_t)got);
    if (taken != 0) return taken;
  }
}

void client_close(struct client *c) {
  if (c->state == IDLE) SSL_shutdown(c->ssl);
  SSL_free(c->ssl);
  close(c->fd);
  c->ssl = NULL;
  c->fd = -1;
}
