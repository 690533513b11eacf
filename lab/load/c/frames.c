#include "frames.h"

#include <string.h>

unsigned char frame[FRAME_SENT];

/* RFC 6455 section 5.2: final, text; masked, with two bytes of length. */
void frame_prepare(void) {
  static const unsigned char start[8] = {0x81, 0x80 | 126, FRAME_PAYLOAD >> 8, FRAME_PAYLOAD & 0xff, 1, 2, 3, 4};
  memcpy(frame, start, sizeof start);
  for (int i = 0; i < FRAME_PAYLOAD; i++) frame[8 + i] = (unsigned char)('x' ^ start[4 + (i & 3)]);
}
