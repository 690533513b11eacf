#!/bin/sh
# pinned.sh PROCESSOR COMMAND…
#
# Becomes COMMAND on that processor alone, in a session of its own that goes before others' (sched(7), "autogroup"), so
# that what else the machine does falls less into the figures. It ends with its parent, even if that is killed.
set -eu
processor=$1
shift
{ echo -20 >/proc/self/autogroup; } 2>/dev/null || true
exec setpriv --pdeathsig KILL nice -n -20 taskset --cpu-list "$processor" "$@"
