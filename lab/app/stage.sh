#!/bin/sh
# stage.sh BASE FOLDER SCRIPT
#
# Makes FOLDER/upper what SCRIPT changes in the root BASE. Runs in a mount namespace of its own (unshare --mount): SCRIPT sees
# the root at $MERGED, and its mounts go with it.
set -eu
base=$1 folder=$2 script=$3
mkdir -p "$folder/upper" "$folder/work" "$folder/merged"
export MERGED="$folder/merged"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" "$MERGED"
mount -t proc proc "$MERGED/proc"
mount --rbind /dev "$MERGED/dev"
# How the machine reaches its registry, and whom it trusts there; of this nothing stays in the image.
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
  [ -e "$file" ] || continue
  mkdir -p "$MERGED${file%/*}"
  [ -e "$MERGED$file" ] || : >"$MERGED$file"
  mount --bind "$file" "$MERGED$file"
done
. "$script"
