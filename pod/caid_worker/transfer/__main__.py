"""The agent: `python3 -m caid_worker.transfer`, driven over standard input and output.

Owns the order of a conversation: hello first, then requests one after the other until the input ends.
Never writes anything but frames to standard output.
"""

import os
import sys

from caid_worker.transfer.folder import Folder
from caid_worker.transfer.frames import Fields, Frames, Malformed, Refused
from caid_worker.transfer.receive import Receiver, _trouble
from caid_worker.transfer.send import get

VERSION = 1


def serve(frames: Frames) -> None:
    """Answers until the other end has no more requests."""
    folder: Folder | None = None
    receiver: Receiver | None = None
    while (frame := frames.next()) is not None:
        letter, body = frame
        try:
            if letter == b"H":
                fields = Fields(body)
                if fields.number(4) != VERSION:
                    raise Malformed("another version of this protocol")
                create = fields.number(1) == 1
                folder = Folder(fields.text(), create)
                receiver = Receiver(frames, folder)
                frames.send(b"a", VERSION.to_bytes(4, "big"))
            elif folder is None or receiver is None:
                raise Malformed("a request before the hello")
            elif letter == b"G":
                get(frames, folder, body)
            elif letter == b"S":
                receiver.survey(body)
            elif letter == b"D":
                receiver.digests(body)
            elif letter == b"P":
                receiver.put(body)
            elif letter == b"V":
                receiver.verify(body)
            elif letter == b"C":
                receiver.commit()
            else:
                raise Malformed(f"an unknown request {letter!r}")
        except BrokenPipeError:
            raise
        except (Refused, OSError) as error:
            frames.refuse(_trouble(error))
    frames.flush()


def main() -> int:
    try:
        serve(Frames(sys.stdin.fileno(), sys.stdout.fileno()))
    except BrokenPipeError:
        # The other end is gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Malformed as error:
        print(f"transfer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
