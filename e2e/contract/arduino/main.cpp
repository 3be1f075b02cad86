// Runs the sketch on this machine, as the library's main does on a board. The settings come
// from the command line of the compiler.
#include "Arduino.h"
#include SKETCH

int main() {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  for (setup();;) loop();
}
