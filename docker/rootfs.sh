#!/bin/sh
# rootfs.sh BINARY DIR: lays out the root of the image in DIR.
# Needs the certificates of the machine it runs on (Debian's ca-certificates).
set -eu
binary=$1 root=$2
here=$(dirname "$0")

mkdir -p "$root/usr/bin" "$root/etc/crosstide" "$root/etc/ssl/certs" "$root/usr/share/doc/crosstide"
cp "$binary" "$root/usr/bin/crosstide"
chmod 0755 "$root/usr/bin/crosstide"

# Where Confluent's, Apache's and Bitnami's images keep the commands.
for dir in usr/bin opt/kafka/bin opt/bitnami/kafka/bin; do
  mkdir -p "$root/$dir"
  for name in connect-mirror-maker connect-distributed connect-standalone; do
    ln -sf /usr/bin/crosstide "$root/$dir/$name"
    ln -sf /usr/bin/crosstide "$root/$dir/$name.sh"
  done
done

cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
printf 'root:x:0:0:root:/:/sbin/nologin\ncrosstide:x:65532:65532:crosstide:/tmp:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\ncrosstide:x:65532:\n' >"$root/etc/group"
for notice in LICENSE THIRD_PARTY_NOTICES.md; do
  [ ! -f "$here/../$notice" ] || cp "$here/../$notice" "$root/usr/share/doc/crosstide/"
done

# Workers of one host agree on their names through lock files here.
mkdir -p "$root/tmp"
chmod 1777 "$root/tmp"
