// Linux calls that Swift cannot import by itself (variadic, or feature-gated); imported by CAISystem alone.
#pragma once

/// renameat2(2) with RENAME_NOREPLACE on two absolute paths. 0, or -1 with errno (EEXIST when the destination exists).
int clinux_rename_noreplace(const char *from, const char *to);

/// renameat2(2) with RENAME_EXCHANGE on two absolute paths: both must exist. 0, or -1 with errno.
int clinux_rename_exchange(const char *a, const char *b);
