#!/bin/sh
# go-program.sh FILE GO MODULE VERSION PACKAGE
#
# Builds the package of the module at that version into FILE, whole or not at all. What the build needs besides
# goes when it is done.
set -eu
file=$1 go=$2 module=$3 version=$4 package=$5
[ -e "$file" ] && exit 0
work=$(dirname "$file")/.building
rm -rf "$work"
mkdir -p "$work"
cd "$work"
printf 'module lab.invalid/build\n\ngo 1.24\n\nrequire %s v%s\n' "$module" "$version" >go.mod
export GOCACHE="$work/cache" GOMODCACHE="$work/modules" GOFLAGS='-mod=mod -modcacherw' GOWORK=off
$go build -trimpath -o program "$package"
mv program "$file"
cd /
rm -rf "$work"
