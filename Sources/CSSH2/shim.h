// libssh2; imported by CAIGPU/SSH alone.
#pragma once
#include <errno.h>
#include <libssh2.h>
#include <sys/socket.h>

/// How libssh2 reads from its socket. The session's abstract pointer is an `ssize_t`: how many bytes the call in progress may
/// still take. Without that bound a peer that never pauses would keep one call at work for ever.
static inline ssize_t cssh2_receive(libssh2_socket_t socket, void *buffer, size_t length, int flags, void **abstract) {
    ssize_t *budget = (ssize_t *)*abstract;
    if (*budget <= 0) return -EAGAIN;
    ssize_t count = recv(socket, buffer, length, flags);
    if (count < 0) return -errno;
    *budget -= count;
    return count;
}

/// A session that receives within the budget; NULL where there is no memory.
static inline LIBSSH2_SESSION *cssh2_session(ssize_t *budget) {
    LIBSSH2_SESSION *session = libssh2_session_init_ex(NULL, NULL, NULL, budget);
    if (session) libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)cssh2_receive);
    return session;
}
