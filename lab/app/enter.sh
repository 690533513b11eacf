#!/bin/sh
# enter.sh BASE FOLDER HOSTS SOURCE:PLACE… -- COMMAND…
#
# Becomes COMMAND in the image whose changes to the root BASE are FOLDER/upper, as a container engine would start it: the
# folders SOURCE of the machine at PLACE, HOSTS as /etc/hosts, and of root's capabilities those that engines leave to it.
# What it writes elsewhere goes with it. Runs in a mount namespace of its own (unshare --mount).
set -eu
base=$1 folder=$2 hosts=$3
shift 3
run=$(mktemp -d)
mount -t tmpfs tmpfs "$run"
mkdir "$run/upper" "$run/work" "$run/merged"
mount -t overlay overlay -o "lowerdir=$folder/upper:$base,upperdir=$run/upper,workdir=$run/work" "$run/merged"
root=$run/merged
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
: >"$root/etc/hosts"
mount --bind "$hosts" "$root/etc/hosts"
while [ "$1" != -- ]; do
  mkdir -p "$root${1#*:}"
  mount --bind "${1%%:*}" "$root${1#*:}"
  shift
done
shift
kept=+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap
exec setpriv --no-new-privs --bounding-set "-all,$kept" --inh-caps -all chroot "$root" "$@"
