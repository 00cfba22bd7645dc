// OpenSSL's digests; imported by CAISystem/Digest.swift alone.
#include <openssl/evp.h>
