// Linux calls that Swift cannot import by itself (variadic, or feature-gated); imported by CAISystem alone.
#pragma once

/// renameat2(2) with RENAME_NOREPLACE on two absolute paths. 0, or -1 with errno (EEXIST when the destination exists).
int clinux_rename_noreplace(const char *from, const char *to);

/// Whether some process has the regular file behind a read-only descriptor open for writing: 1 yes, 0 no, -1 with errno
/// where that cannot be told (the file is another user's, or on a file system without leases).
int clinux_has_writer(int descriptor);

/// renameat2(2) with RENAME_EXCHANGE on two absolute paths: both must exist. 0, or -1 with errno.
int clinux_rename_exchange(const char *a, const char *b);

/// prctl(2) with PR_SET_CHILD_SUBREAPER: orphaned descendants become children of this process. 0, or -1 with errno.
int clinux_become_subreaper(void);

/// prctl(2) with PR_SET_NAME: what debuggers call the calling thread; the first 15 bytes count.
int clinux_name_thread(const char *name);

/// syncfs(2): everything written so far to the file system that the descriptor lies on is on its disk. 0, or -1 with errno, also
/// where something written before could not be kept.
int clinux_sync_file_system(int descriptor);

/// From now on each arrival of a signal writes its number, one byte, into a non-blocking descriptor, which is the same one
/// for all signals. 0, or -1 with errno.
int clinux_signal_into(int number, int descriptor);

/// Gives back what the process does not need at this moment: free memory of the heap (malloc_trim(3)), and the mapped pages of
/// programs and libraries (MADV_DONTNEED on read-only segments, which come back from the page cache when they are used).
void clinux_give_back_memory(void);
