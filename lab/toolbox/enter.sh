#!/bin/sh
# enter.sh ROOT FOLDER… -- COMMAND…
#
# Becomes COMMAND inside the Debian in ROOT: same process, same network, the given folders of the machine at
# the same paths. Runs in a mount namespace of its own (unshare --mount): the mounts go when COMMAND ends.
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
  mkdir -p "$root$1"
  mount --bind "$1" "$root$1"
  shift
done
shift
# How the machine reaches the network, and whom it trusts there, holds inside too.
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
  [ -e "$file" ] && [ -d "$root${file%/*}" ] || continue
  [ -e "$root$file" ] || : >"$root$file"
  mount --bind "$file" "$root$file"
done
exec chroot "$root" /usr/bin/env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  /bin/sh -c 'cd "$0" 2>/dev/null || cd /; exec "$@"' "$PWD" "$@"
