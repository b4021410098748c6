#!/bin/sh
# Runs the image's file system (make image-rootfs) as a container would: as user
# 65532 without capabilities, on a read-only root, with nothing to write to but
# the volume /data. Needs Linux, root and curl.
set -eu
cd "$(dirname "$0")/.."
address=127.0.0.1:${PORT:-10149}

if [ "${1:-}" != inside ]; then
	[ -x dist/rootfs/bin/wx_exporter ] || { echo 'There is no dist/rootfs: run make image-rootfs first.' >&2; exit 1; }
	if [ "$(id -u)" != 0 ] || ! unshare --mount --pid --fork true 2>/dev/null; then
		echo 'SKIPPED: the image was not run, which takes root on Linux.' >&2
		exit 0
	fi
	root=$(mktemp -d)
	trap 'rmdir "$root"' EXIT
	unshare --mount --pid --fork --kill-child "deploy/$(basename "$0")" inside "$root"
	exit
fi

# The mounts from here on are in a namespace of their own and go with it, as do
# the processes.
root=$2
mount -t tmpfs -o mode=0755 tmpfs "$root"
cp -R dist/rootfs/. "$root"
mkdir "$root/proc" "$root/data"
mount -t tmpfs -o mode=0755,uid=65532,gid=65532,size=64m tmpfs "$root/data"
mount -t proc proc "$root/proc"
cat >"$root/etc/wx_exporter/config.yml" <<'EOF'
# Nobody listens there: the exporter has to live without WeChat.
api: {url: "http://127.0.0.1:9"}
accounts:
  - {name: brand, app_id: wx0123456789abcdef, app_secret: none}
EOF
mount -o remount,ro "$root"

# The arguments become the command that runs the program in the container.
set -- env -i PATH="$PATH" TMPDIR=/data WX_EXPORTER_WEB_LISTEN_ADDRESS="$address" \
	WX_EXPORTER_CONFIG_FILE=/etc/wx_exporter/config.yml WX_EXPORTER_STORAGE_PATH=/data \
	setpriv --no-new-privs chroot --userspec=65532:65532 --groups= "$root" /bin/wx_exporter

fail() {
	echo "FAILED: $1" >&2
	cat "$root/data/log" >&2
	exit 1
}

# attempt runs a command until it succeeds, for half a minute.
attempt() {
	for _ in $(seq 100); do
		if "$@" >/dev/null 2>&1; then return; fi
		sleep 0.3
	done
	fail "$*"
}

# try MODE UP starts the program, looks at it, and ends it. UP is wx_up.
try() {
	mode=$1 up=$2
	shift 2
	"$@" "$mode" 2>"$root/data/log" &
	pid=$!
	attempt curl -fs "http://$address/-/healthy"
	grep -Eq '^Uid:\s+65532\s+65532\s+65532\s+65532$' "$root/proc/$pid/status" || fail 'the user is another one'
	grep -Eq '^CapEff:\s+0+$' "$root/proc/$pid/status" || fail 'there are capabilities'
	if touch "$root/written" 2>/dev/null; then fail 'the root can be written to'; fi
	attempt sh -c "curl -fs http://$address/metrics | grep -q '^wx_up{account=\"brand\"} $up\$'"
	find "$root/data" -name wx_exporter.sqlite -user 65532 | grep -q . || fail 'there is no store on the volume'
	kill "$pid"
	wait "$pid" || fail 'it did not end well'
	echo "The image runs with $mode: uid 65532, no capabilities, read-only root, store on /data, healthy."
}

try --no-demo 0 "$@"
try --demo 1 "$@"
