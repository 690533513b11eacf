#!/bin/sh
# with-file.sh PLACE FILE COMMAND…
#
# Becomes COMMAND, which sees FILE at PLACE; nobody else does. In a mount namespace of its own (unshare --mount).
set -eu
mount --bind "$2" "$1"
shift 2
exec "$@"
