"""A child that gets ready, and turns to nothing that it is given."""

import socket
import sys
import time

from jobproc.adapters.sandbox.frames import to_frame

if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[-3])) as connection:
        connection.sendall(to_frame({"ready": True}))
        time.sleep(1000)
