#!/bin/sh
# build.sh FOLDER SOURCES COMPILER FILE…
#
# Builds both programs into FOLDER, whole or not at all; FILEs are those of the generator.
set -eu
folder=$1 sources=$2 compiler=$3
shift 3
[ -d "$folder" ] && exit 0
rm -rf "$folder.partial"
mkdir -p "$folder.partial"
cd "$sources"
"$compiler" -O2 -Wall -Wextra -Werror -o "$folder.partial/generator" "$@" -lssl -lcrypto
"$compiler" -O2 -Wall -Wextra -Werror -o "$folder.partial/upstream" upstream.c common.c -lcrypto
mv "$folder.partial" "$folder"
