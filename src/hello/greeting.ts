/**
 * The script that the embedded image runs. It tells what it finds from inside, so that a newcomer
 * sees what a rootless container is made of.
 */
export const greeting = `#!/bin/sh
map=$(awk '{ n += $3 } END { print n }' /proc/self/uid_map)
host=$(awk 'NR == 1 { print $2 }' /proc/self/uid_map)
root=$(awk '$2 == "/" { t = $3 } END { print t }' /proc/mounts)
case $root in
  overlay) storage="overlay, mounted by the kernel inside the user namespace" ;;
  fuse*) storage="fuse-overlayfs, a program in user space" ;;
  *) storage="a copy of the image's files on $root" ;;
esac
if [ -e /sys/class/net/tap0 ]; then network="slirp4netns, through the device tap0"
elif [ "$(ls /sys/class/net 2>/dev/null)" = lo ]; then network="none, only the loopback device"
else network="pasta or the host's own: $(echo $(ls /sys/class/net))"
fi
caps=$(awk '/^CapEff/ { print $2 }' /proc/self/status)
filter=$(awk '/^Seccomp:/ { print $2 }' /proc/self/status)
[ "$filter" = 2 ] && filter="on" || filter="off"

cat <<END
Hello from bryo!

This greeting comes from a container that an ordinary user started, without a
daemon and without root. What just happened:

  user      in here you are $(id -un) (id $(id -u)); on the host that is id $host.
            $map ids are mapped into this user namespace.
  processes this shell is process $$ of a process namespace of its own.
  files     $storage.
  network   $network.
  rights    capabilities $caps, which count in here only; system call filter $filter.
  host name $(hostname)

Try next:
  bryo run --rm -it hello sh         a shell in a container like this one
  bryo run --rm -it alpine           an image from a registry
  bryo ps -a                         containers there are
  bryo doctor                        what this machine offers to rootless containers
END
`;
