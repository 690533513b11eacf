#!/bin/sh
# debian-root.sh FOLDER SUITE MIRROR SETTINGS PACKAGE…
#
# Makes FOLDER a Debian of SUITE with the packages in it; run again, it only adds what is missing.
# Runs in a mount namespace of its own (unshare --mount), so that whatever kills it leaves no mount behind,
# and behind a lock. The base is made beside FOLDER and moved there whole.
set -eu
folder=$1 suite=$2 mirror=$3 settings=$4
shift 4

if [ ! -d "$folder" ]; then
  rm -rf "$folder.partial"
  debootstrap --variant=minbase "$suite" "$folder.partial" "$mirror"
  # Nothing that is installed in here may start by itself.
  printf '#!/bin/sh\nexit 101\n' >"$folder.partial/usr/sbin/policy-rc.d"
  chmod 755 "$folder.partial/usr/sbin/policy-rc.d"
  rm -f "$folder.partial"/var/cache/apt/archives/*.deb
  mv "$folder.partial" "$folder"
fi

[ $# -gt 0 ] || exit 0
printf '%s\n' "$settings" >"$folder/etc/apt/apt.conf.d/90host"
cp /etc/resolv.conf "$folder/etc/resolv.conf" 2>/dev/null || true
mount -t proc proc "$folder/proc"
inside() { chroot "$folder" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
# A build that was killed in the middle of an installation is finished first.
inside dpkg --configure -a
inside apt-get --quiet update
inside apt-get --quiet --assume-yes --fix-broken install
inside apt-get --quiet --assume-yes --no-install-recommends install "$@"
inside apt-get clean
