"""The pod's end of bulk transfers: one agent a connection, frames on standard input and output.

Owns reading and writing of files below one folder, whole or by blocks, for a workstation that decides everything.
Never trusts a name, follows no link, and needs nothing but the standard library.

A frame is the length of its body (32 bits, big-endian, at most 1 MiB), one letter, the body. Files are cut into blocks of 4 KiB;
a block's digest is the first 8 bytes of its SHA-256: good enough to skip what is probably the same, because the whole
file's digest is checked before it gets its name.

| the workstation asks | body | the agent answers |
|---|---|---|
| `H` hello | version, folder | `a` version |
| `G` get | pieces: name, file's size, offset, length, digests of the blocks at home | for each `d` bytes, `s` how many are the same |
| `S` survey | files: name, size, SHA-256 | `a` free bytes; for each its state and how much is there |
| `D` digests | file, offset, length | `a` digests of what is there |
| `P` put | file, offset, length; then `d` and `s` frames | `a` once it is written |
| `V` verify | file | `a` once its digest is proven |
| `C` commit | | `a` once all that was proven has its name and is on the disk |

Any answer may be an `e` instead: a code and words. `k` says that a long answer is being worked on.
"""
