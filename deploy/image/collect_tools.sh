#!/bin/sh
# collect_tools.sh ROOT PROGRAM...
#
# Copies each program and the shared libraries it is linked with into ROOT, at the path it has here, and makes what the
# image needs around them: an account, folders to write in, certificates. No shell is copied unless it is named.
set -eu

root=$1
shift

copy_file() {
  [ -e "$root$1" ] && return
  mkdir -p "$root$(dirname "$1")"
  cp -L "$1" "$root$1"
}

for program in "$@"; do
  path=$(command -v "$program") || {
    echo "collect_tools.sh: $program is not on this machine; install its package" >&2
    exit 1
  }
  copy_file "$path"
  # A static program has no libraries: ldd says so and fails.
  libraries=$(ldd "$path" 2>/dev/null || true)
  case $libraries in
    *"not found"*)
      echo "collect_tools.sh: $program would not start, for want of:" >&2
      echo "$libraries" | grep "not found" >&2
      exit 1
      ;;
  esac
  echo "$libraries" | { grep -o '/[^ ]*' || true; } | while read -r library; do
    copy_file "$library"
  done
done

mkdir -p "$root/etc/ssl/certs" "$root/tmp" "$root/var/lib/agent" "$root/etc/agent" "$root/proc" "$root/dev"
echo 'nobody:x:65534:65534:nobody:/nonexistent:/nonexistent' >"$root/etc/passwd"
echo 'nogroup:x:65534:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
chmod 1777 "$root/tmp"
chmod 0700 "$root/var/lib/agent"
chown 65534:65534 "$root/var/lib/agent"
