// What an Arduino sketch finds on its board, on this machine instead: enough for
// examples/arduino, so that it runs as it stands. One translation unit: main.cpp.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>

typedef unsigned char byte;
enum { OUTPUT = 1, LED_BUILTIN = 2, A0 = 17 };
inline void pinMode(int, int) {}
inline void digitalWrite(int pin, int level) { printf("pin %d is %d\n", pin, level); }
inline int analogRead(int) { return 96; } // 21.5 C
inline long random(long below) { return std::random_device{}() % below; }
inline unsigned long millis() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000ul + now.tv_nsec / 1000000;
}
inline void delay(unsigned long ms) {
  timespec t{time_t(ms / 1000), long(ms % 1000) * 1000000};
  nanosleep(&t, nullptr);
}

struct Port {
  void begin(unsigned long) {}
  void print(const char *s) { fputs(s, stdout); }
  void println(const char *s) { puts(s); }
  void println(int n) { printf("%d\n", n); }
};
inline Port Serial;
