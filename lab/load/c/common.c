#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void die(const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  vfprintf(stderr, format, rest);
  va_end(rest);
  fputc('\n', stderr);
  exit(1);
}

struct sockaddr_in address_of(const char *text) {
  char host[64];
  struct sockaddr_in address = {.sin_family = AF_INET};
  const char *colon = strchr(text, ':');
  size_t length = colon ? (size_t)(colon - text) : strlen(text);
  if (length >= sizeof host) die("%s is no address", text);
  memcpy(host, text, length);
  host[length] = 0;
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die("%s is no address", text);
  if (colon) address.sin_port = htons((uint16_t)atoi(colon + 1));
  return address;
}

const char *setting(int argc, char **argv, const char *name, const char *otherwise) {
  size_t length = strlen(name);
  for (int i = 1; i < argc; i++)
    if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=') return argv[i] + length + 1;
  if (!otherwise) die("%s=… is missing", name);
  return otherwise;
}

long number(int argc, char **argv, const char *name, const char *otherwise) {
  const char *text = setting(argc, argv, name, otherwise);
  char *end;
  long value = strtol(text, &end, 10);
  if (*text == 0 || *end != 0) die("%s=%s is no number", name, text);
  return value;
}
