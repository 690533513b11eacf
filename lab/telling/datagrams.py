"""Prints what arrives at a Unix datagram socket, one JSON list of lines per message, as systemd would read it."""

import array
import json
import os
import socket
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("ready", flush=True)
while True:
    data, ancillary, _, _ = server.recvmsg(4096, 1024)
    print(json.dumps(data.decode().splitlines()), flush=True)
    # A barrier is over when its descriptor is closed.
    for _, _, payload in ancillary:
        for descriptor in array.array("i", payload[: len(payload) // 4 * 4]):
            os.close(descriptor)
