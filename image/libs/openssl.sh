# SPDX-License-Identifier: GPL-3.0-or-later
# For Tor (TLS, hashes), Argon2id, scrypt, ML-KEM and SHA-3 of the codename and the age code.
# no-async: musl has no makecontext. No modules, engines or configuration files: there is nothing to load them from.
# The cipher list stays whole: dropping bulk ciphers turned elliptic curves off, and Tor needs them.
# SHA-3 keeps what it has hashed in its buffer until that is filled anew. Tor's running digest of an onion circuit is one
# such: the end of what a source wrote or read would stay for as long as the circuit does.
patch -p1 --batch <<'PATCH'
--- a/crypto/sha/sha3.c
+++ b/crypto/sha/sha3.c
@@ -93,6 +93,7 @@
         memcpy(ctx->buf, inp + len - rem, rem);
         ctx->bufsz = rem;
     }
+    OPENSSL_cleanse(ctx->buf + ctx->bufsz, bsz - ctx->bufsz);
 
     return 1;
 }
PATCH
sed -i 's|#include "internal/sha3.h"|#include <openssl/crypto.h>\n&|' crypto/sha/sha3.c
perl ./Configure linux-x86_64 --prefix=/sysroot --libdir=lib --openssldir=/nonexistent --with-rand-seed=getrandom \
    no-async no-shared no-dso no-module no-engine no-legacy no-autoload-config \
    no-apps no-tests no-docs no-dtls no-psk no-srp no-comp no-quic no-cms no-ts no-ocsp no-cmp no-http no-ct \
    no-ui-console no-afalgeng no-ktls no-uplink \
    $CFLAGS -static-pie
make -j"$JOBS" build_libs
make DESTDIR=/out install_dev
# The assembler asks the processor what it can do in a constructor: a dozen CPUID instructions at the start of each
# process, each trapped by a hypervisor; a seventh of a worker's start. Who needs the answer asks (OPENSSL_cpuid_setup):
# OPENSSL_init_crypto() does, and base/crypto.c before its first use of the assembler.
(cd /tmp && ar x /out/sysroot/lib/libcrypto.a libcrypto-lib-x86_64cpuid.o &&
    objcopy --remove-section .init libcrypto-lib-x86_64cpuid.o && ar rD /out/sysroot/lib/libcrypto.a libcrypto-lib-x86_64cpuid.o)
# ChaCha20 and Poly1305 without the EVP layer around them, for 64 KiB chunks at the speed of the assembler.
install_headers openssl-internal/crypto include/crypto/chacha.h include/crypto/poly1305.h
