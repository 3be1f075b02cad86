// A network that is always there, and a TCP client on it.
#pragma once
#include <netdb.h>
#include <poll.h>
#include <unistd.h>
#include "Arduino.h"

enum { WL_CONNECTED = 3 };
struct Network {
  void begin(const char *, const char *) {}
  int status() { return WL_CONNECTED; }
};
inline Network WiFi;

class WiFiClient {
  int sock = -1;

 public:
  bool connect(const char *host, unsigned port) {
    char text[8];
    addrinfo want{}, *found;
    want.ai_socktype = SOCK_STREAM;
    snprintf(text, sizeof text, "%u", port);
    if (getaddrinfo(host, text, &want, &found)) return false;
    sock = socket(found->ai_family, found->ai_socktype, 0);
    bool ok = ::connect(sock, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (!ok) stop();
    return ok;
  }
  bool connected() { return sock >= 0; }
  void stop() {
    if (sock >= 0) close(sock);
    sock = -1;
  }
  bool available(int ms) {
    pollfd p{sock, POLLIN, 0};
    return sock >= 0 && poll(&p, 1, ms) == 1;
  }
  int read() { // one byte, -1 when the connection is gone
    unsigned char b;
    if (sock >= 0 && ::read(sock, &b, 1) == 1) return b;
    stop();
    return -1;
  }
  bool write(const unsigned char *from, size_t n) {
    for (ssize_t w; sock >= 0 && n > 0; from += w, n -= w)
      if ((w = send(sock, from, n, MSG_NOSIGNAL)) <= 0) return stop(), false;
    return sock >= 0;
  }
};
