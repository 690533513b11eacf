/* One masked WebSocket frame, as large as a state that changed in Home Assistant, and what comes back. */
#ifndef FRAMES_H
#define FRAMES_H

enum { FRAME_PAYLOAD = 512, FRAME_SENT = 8 + FRAME_PAYLOAD, FRAME_RECEIVED = 4 + FRAME_PAYLOAD };

extern unsigned char frame[FRAME_SENT];
void frame_prepare(void);

#endif
