#!/usr/bin/env bash
# Installs what is needed and missing, says what it does, and builds nothing. Run again, it installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

need_swift() {
    say "caid: $1"
    say "  Swift 6.2 or later is needed. Install it with swiftly (https://www.swift.org/install/linux/), make sure that"
    say "  \`swift --version\` answers in this shell, and run this again."
    exit 1
}
command -v swift >/dev/null || need_swift "there is no \`swift\` on the PATH."
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
[ -n "$version" ] || need_swift "\`swift --version\` says nothing that can be understood."
[ "$(printf '%s\n6.2\n' "$version" | sort -V | head -n 1)" = 6.2 ] || need_swift "this is Swift $version."

# Headers of the C libraries, what makes Python environments, and what the tests drive: tracer, editors, copiers.
packages=(git libcurl4-openssl-dev libsqlite3-dev libssh2-1-dev libssl-dev libyaml-dev pkg-config python3 python3-venv
    ed openssh-client openssh-server perl rsync strace vim)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
    say "== installing Debian packages: ${missing[*]}"
    sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { say "caid: not root and no sudo; install them yourself: apt-get install ${missing[*]}"; exit 1; }
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get update -q
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

# torch, transformers, TRL and friends, pinned and hashed, outside of everything else on this machine.
python3 pod/bootstrap.py >/dev/null
