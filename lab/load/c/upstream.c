/*
 * The upstream behind every gateway: HTTP/1.1 with keep-alive in one thread, answers as large and with the headers of
 * Home Assistant's, and WebSockets that echo. It does as little as can be done, so that it is never what is measured.
 *
 *   upstream on=127.77.0.3:8123
 *
 * GET /bytes/N    N bytes
 * GET /seen       the head of the request as it came
 * GET /count      how many requests for /bytes and POSTs came; the others are of whoever looks whether it is there
 * POST            the body is read and forgotten, then 2 bytes
 * Upgrade         101, then every text or binary frame back
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "common.h"

enum { HEAD_MAX = 16384, BLOCK = 262144, EVENTS = 256 };

struct connection {
  int fd;
  int is_websocket;
  int waits_for_room;
  size_t have;
  /* What is still to be sent: the rest of a head or frame, then so many bytes of the body. */
  size_t out_at, out_size;
  size_t body_left;
  /* Of a request's body that is still to come. */
  size_t to_forget;
  unsigned char in[HEAD_MAX];
  unsigned char out[HEAD_MAX + 512];
};

static int epoll;
static unsigned long requests;
static unsigned char block[BLOCK];

static void drop(struct connection *c) {
  close(c->fd);
  free(c);
}

static void wait_for(struct connection *c, int room) {
  if (c->waits_for_room == room) return;
  c->waits_for_room = room;
  struct epoll_event event = {.events = room ? EPOLLOUT : EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* 1: all is sent; 0: the rest follows when there is room; -1: the connection is gone. */
static int flush(struct connection *c) {
  while (c->out_at < c->out_size || c->body_left > 0) {
    struct iovec parts[2] = {
        {c->out + c->out_at, c->out_size - c->out_at},
        {block, c->body_left < BLOCK ? c->body_left : BLOCK},
    };
    ssize_t sent = writev(c->fd, parts, 2);
    if (sent < 0 && errno == EAGAIN) {
      wait_for(c, 1);
      return 0;
    }
    if (sent < 0) return -1;
    size_t of_head = (size_t)sent < parts[0].iov_len ? (size_t)sent : parts[0].iov_len;
    c->out_at += of_head;
    c->body_left -= (size_t)sent - of_head;
  }
  c->out_at = c->out_size = 0;
  wait_for(c, 0);
  return 1;
}

static void answer(struct connection *c, const char *type, const void *text, size_t text_size, size_t body) {
  /* The headers that Home Assistant sets on every answer (homeassistant/components/http/headers.py, 2026.11). */
  c->out_size = (size_t)snprintf((char *)c->out, sizeof c->out,
                                 "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nReferrer-Policy: no-referrer\r\n"
                                 "X-Content-Type-Options: nosniff\r\nServer: \r\nX-Frame-Options: SAMEORIGIN\r\n"
                                 "Content-Length: %zu\r\nDate: Wed, 25 Nov 2026 12:00:00 GMT\r\n\r\n",
                                 type, text_size + body);
  memcpy(c->out + c->out_size, text, text_size);
  c->out_size += text_size;
  c->body_left = body;
}

/* RFC 6455 section 4.2.2: the key and a fixed text, hashed. */
static int upgrade(struct connection *c, const char *head) {
  const char *key = strcasestr(head, "\r\nSec-WebSocket-Key:");
  if (!key) return -1;
  key += strlen("\r\nSec-WebSocket-Key:");
  while (*key == ' ') key++;
  char text[128];
  size_t length = strcspn(key, "\r ");
  if (length > 64) return -1;
  memcpy(text, key, length);
  strcpy(text + length, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  unsigned char hash[SHA_DIGEST_LENGTH];
  SHA1((unsigned char *)text, strlen(text), hash);
  unsigned char accept[64];
  EVP_EncodeBlock(accept, hash, sizeof hash);
  c->out_size = (size_t)snprintf((char *)c->out, sizeof c->out,
                                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                                 accept);
  c->is_websocket = 1;
  return 0;
}

/* The length is all that is understood of bodies: whoever sends another framing is in the wrong place here. */
static int post(struct connection *c, const char *head) {
  const char *length = strcasestr(head, "\r\nContent-Length:");
  if (!length) return -1;
  requests++;
  c->to_forget = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
  if (c->to_forget == 0) answer(c, "text/plain", "ok", 2, 0);
  return 0;
}

static int request(struct connection *c, char *head, size_t size) {
  if (strncmp(head, "POST ", 5) == 0) return post(c, head);
  if (strncmp(head, "GET ", 4) != 0) return -1;
  if (strncmp(head + 4, "/seen ", 6) == 0) {
    answer(c, "text/plain", head, size, 0);
    return 0;
  }
  if (strncmp(head + 4, "/count ", 7) == 0) {
    char count[32];
    answer(c, "text/plain", count, (size_t)snprintf(count, sizeof count, "%lu", requests), 0);
    return 0;
  }
  if (strcasestr(head, "\r\nUpgrade:")) return upgrade(c, head);
  if (strncmp(head + 4, "/bytes/", 7) != 0) return -1;
  requests++;
  answer(c, "text/html; charset=utf-8", "", 0, strtoul(head + 11, NULL, 10));
  return 0;
}

/* One whole frame of a client (masked, RFC 6455 section 5.2) becomes the same frame of a server: its size, 0 if it is not whole, -1 if it is none. */
static ssize_t echo(struct connection *c, unsigned char *in, size_t have) {
  if (have < 2) return 0;
  if (!(in[1] & 0x80)) return -1;
  size_t payload = in[1] & 0x7f, at = 2;
  if (payload == 127) return -1;
  if (payload == 126) {
    if (have < 4) return 0;
    payload = (size_t)in[2] << 8 | in[3];
    at = 4;
  }
  if (have < at + 4 + payload) return 0;
  if (c->out_size + at + payload > sizeof c->out) return 0;
  unsigned char *mask = in + at, *data = in + at + 4, *out = c->out + c->out_size;
  memcpy(out, in, at);
  out[1] &= 0x7f;
  for (size_t i = 0; i < payload; i++) out[at + i] = data[i] ^ mask[i & 3];
  c->out_size += at + payload;
  return (ssize_t)(at + 4 + payload);
}

/* Takes what is whole from the input, one answer at a time. -1: not what is understood here. */
static int take(struct connection *c) {
  size_t used = 0;
  while (c->out_size == 0 || c->is_websocket) {
    ssize_t took;
    if (c->to_forget > 0) {
      size_t now = c->have - used < c->to_forget ? c->have - used : c->to_forget;
      took = (ssize_t)now;
      c->to_forget -= now;
      if (now > 0 && c->to_forget == 0) answer(c, "text/plain", "ok", 2, 0);
    } else if (c->is_websocket) {
      took = echo(c, c->in + used, c->have - used);
    } else {
      char *head = (char *)c->in + used;
      char *end = memmem(head, c->have - used, "\r\n\r\n", 4);
      if (!end) {
        took = c->have - used >= HEAD_MAX - 1 ? -1 : 0;
      } else {
        char next = end[4];
        end[4] = 0;
        took = request(c, head, (size_t)(end - head) + 4) < 0 ? -1 : (end - head) + 4;
        end[4] = next;
      }
    }
    if (took < 0) return -1;
    if (took == 0) break;
    used += (size_t)took;
  }
  memmove(c->in, c->in + used, c->have - used);
  c->have -= used;
  return 0;
}

static int serve(struct connection *c, uint32_t events) {
  if (events & EPOLLOUT) {
    int sent = flush(c);
    if (sent < 0) return -1;
    if (sent == 0) return 0;
  }
  if (events & EPOLLIN) {
    ssize_t got = read(c->fd, c->in + c->have, HEAD_MAX - 1 - c->have);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return -1;
    if (got > 0) c->have += (size_t)got;
  } else if (events & (EPOLLHUP | EPOLLERR)) {
    return -1;
  }
  do {
    if (take(c) < 0) return -1;
    if (c->out_size == 0) return 0;
    int sent = flush(c);
    if (sent <= 0) return sent;
  } while (c->have > 0);
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  memset(block, 'x', sizeof block);
  struct sockaddr_in address = address_of(setting(argc, argv, "on", NULL));
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0)
    die("cannot listen: %s", strerror(errno));
  epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  puts("ready");
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if (c) {
        if (serve(c, events[i].events) < 0) drop(c);
        continue;
      }
      int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
      if (fd < 0) continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      c = calloc(1, sizeof *c);
      if (!c) die("out of memory");
      c->fd = fd;
      event.events = EPOLLIN;
      event.data.ptr = c;
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
  }
}
