#!/bin/sh
# overlay.sh FOLDER COMMAND...: runs a command in a copy of this machine's files that is thrown
# away. It is run below "unshare --mount" as root: its mounts end with it.
set -eu
work=$1
shift
mount --make-rprivate /
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/scratch" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/scratch" "$work/root"
for folder in proc dev tmp; do mount --rbind "/$folder" "$work/root/$folder"; done
exec chroot "$work/root" "$@"
