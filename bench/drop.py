"""Owns dropping task files one by one and taking the time until each has left pending/, with inotify and nothing else.

Prints one latency in milliseconds a line. Never looks at the folder while it waits for the event, so that it disturbs nobody.
"""
import ctypes
import os
import struct
import sys
import time

IN_MOVED_FROM, IN_DELETE = 0x40, 0x200
count, pending, done = int(sys.argv[1]), sys.argv[2], sys.argv[3]
prefix = sys.argv[4] if len(sys.argv) > 4 else "P1_drop"
pause = float(sys.argv[5]) if len(sys.argv) > 5 else 0.05

libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(os.O_CLOEXEC)
if libc.inotify_add_watch(watch, pending.encode(), IN_MOVED_FROM | IN_DELETE) < 0:
    sys.exit(f"inotify: {os.strerror(ctypes.get_errno())}")


def wait_until_gone(name):
    while True:
        data = os.read(watch, 1 << 16)
        offset = 0
        while offset < len(data):
            _, _, _, length = struct.unpack_from("iIII", data, offset)
            found = data[offset + 16 : offset + 16 + length].rstrip(b"\0").decode()
            offset += 16 + length
            if found == name:
                return


for number in range(count):
    name = f"{prefix}_{number:05}.md"
    beside = os.path.join(os.path.dirname(pending.rstrip("/")), "." + name)
    with open(beside, "w") as file:
        file.write(f"# Task: drop {number}\n\nSay a word.\n")
    start = time.monotonic_ns()
    os.rename(beside, os.path.join(pending, name))
    wait_until_gone(name)
    print(f"{(time.monotonic_ns() - start) / 1e6:.3f}", flush=True)
    deadline = time.monotonic() + 60
    while not os.path.exists(os.path.join(done, name)):
        if time.monotonic() > deadline:
            sys.exit(f"{name} has not come to {done}")
        time.sleep(0.005)
    time.sleep(pause)
