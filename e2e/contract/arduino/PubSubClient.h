// The calls of the Arduino library PubSubClient that examples/arduino makes, written anew with
// the same bounds: MQTT 3.1.1, 256 bytes for packets in either direction, publishes with QoS 0, and
// a packet that is larger is read, dropped and not acknowledged.
#pragma once
#include "WiFi.h"

class PubSubClient {
  WiFiClient &net;
  const char *host = "";
  unsigned port = 1883, keepAlive = 15, nextId = 1;
  void (*callback)(char *, byte *, unsigned) = nullptr;
  byte buffer[256];
  unsigned fill = 0; // of the packet that is being written; the first 5 bytes are for its header
  unsigned long lastOut = 0, lastIn = 0;
  bool pinged = false, tooLong = false;
  int code = -1;

  void begin() { fill = 5, tooLong = false; }
  void put(byte b) { fill < sizeof buffer ? void(buffer[fill++] = b) : void(tooLong = true); }
  void putWord(unsigned n) { put(n >> 8), put(n & 255); }
  void putText(const char *s) {
    while (*s) put(*s++);
  }
  void putString(const char *s) { putWord(strlen(s)), putText(s); }
  bool send(byte type) {
    if (tooLong) return false;
    byte length[4];
    unsigned rest = fill - 5, n = 0;
    do length[n] = rest > 127 ? (rest & 127) | 128 : rest, rest >>= 7, n++;
    while (rest);
    buffer[4 - n] = type;
    memcpy(buffer + 5 - n, length, n);
    lastOut = millis();
    return net.write(buffer + 4 - n, fill - 4 + n);
  }
  // receive reads a packet, after a byte has come. It gives 0 for one that has no room, or when the
  // connection is gone.
  int receive(unsigned &got) {
    unsigned length = 0, shift = 0;
    int type = net.read(), b = type;
    do {
      if (type < 0 || (b = net.read()) < 0) return 0;
      length |= (b & 127u) << shift, shift += 7;
    } while (b & 128);
    unsigned all = 1 + shift / 7 + length;
    for (got = 0; length > 0; length--) {
      if ((b = net.read()) < 0) return 0;
      if (got < sizeof buffer) buffer[got++] = b;
    }
    lastIn = millis();
    if (all <= sizeof buffer) return type;
    puts("dropped: a packet that is too large");
    return 0;
  }
  void arrived(int type, unsigned got) {
    unsigned n = buffer[0] << 8 | buffer[1], at = 2 + n, id = 0;
    if (type & 2) id = buffer[at] << 8 | buffer[at + 1], at += 2;
    memmove(buffer, buffer + 2, n), buffer[n] = 0; // as text
    if (callback) callback((char *)buffer, buffer + at, got - at);
    if (id) begin(), putWord(id), send(0x40);
  }

 public:
  explicit PubSubClient(WiFiClient &n) : net(n) {}
  void setServer(const char *h, unsigned p) { host = h, port = p; }
  void setKeepAlive(unsigned seconds) { keepAlive = seconds; }
  void setCallback(void (*f)(char *, byte *, unsigned)) { callback = f; }
  unsigned getBufferSize() { return sizeof buffer; }
  int state() { return code; }
  bool connected() { return code == 0 && net.connected(); }

  bool connect(const char *id, const char *user, const char *pass, const char *, int, bool, const char *, bool clean) {
    unsigned got;
    code = -2;
    if (!net.connect(host, port)) return false;
    begin(), putString("MQTT"), put(4), put(0xC0 | clean << 1), putWord(keepAlive), putString(id), putString(user), putString(pass);
    code = -4;
    if (!send(0x10) || !net.available(15000) || receive(got) != 0x20) return net.stop(), false;
    if ((code = buffer[1])) net.stop();
    pinged = false;
    return code == 0;
  }
  bool publish(const char *topic, const char *text) {
    begin(), putString(topic), putText(text);
    return connected() && send(0x30);
  }
  bool subscribe(const char *filter, int qos = 0) {
    begin(), putWord(nextId++), putString(filter), put(qos);
    return connected() && send(0x82);
  }
  bool loop() {
    unsigned got;
    if (connected() && net.available(10)) { // a board is not idle either
      int type = receive(got);
      if ((type & 0xF0) == 0x30) arrived(type, got);
      if (type == 0xD0) pinged = false;
    }
    if (connected() && millis() - (lastIn < lastOut ? lastIn : lastOut) > keepAlive * 1000ul) {
      if (pinged) net.stop();
      else pinged = true, begin(), send(0xC0);
    }
    if (!net.connected() && code == 0) code = -3;
    return connected();
  }
};
