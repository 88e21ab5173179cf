#!/bin/sh
# What the virtual machine does once it is up: installs the built product as a stranger would, runs
# the tests that the second disk names, and turns itself off. Everything it prints goes to the second
# serial port.
#
# The tests bring their own Node: a stock machine has none, or one that is too old for them, and the
# product needs none.
#
# /work/phases has a line for each run: a user, minutes for a file of tests, a program of the built
# ones, and its arguments. The
# users have lingering service managers; the one of `delegate` gets every controller. Tests of root's
# stop and start the manager of `tester`.
set -u
echo "guest is up"
mkdir -p /work
mount -o noatime /dev/vdb /work
cd /work || exit 1

as_user() {
  user=$1
  shift
  runtime=/run/user/$(id -u "$user")
  for _ in $(seq 600); do [ -S "$runtime/systemd/private" ] && break; sleep 0.1; done
  runuser -u "$user" -- env -i HOME="/home/$user" USER="$user" LANG=C.UTF-8 TERM=dumb \
    PATH="/home/$user/.local/bin:/usr/local/bin:/usr/bin:/bin" XDG_RUNTIME_DIR="$runtime" \
    BRYO_TEST_FORM=exe BRYO_TEST_MINUTES="$minutes" "$@"
}

add_delegate() {
  useradd --create-home --uid 1001 --shell /bin/bash delegate
  mkdir -p /etc/systemd/system/user@1001.service.d
  printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@1001.service.d/delegate.conf
  systemctl daemon-reload
  loginctl enable-linger delegate
}

# pasta copies the addresses of the interface with the default route: one that leads nowhere will do.
ip link add uplink type dummy && ip address add 192.0.2.2/24 dev uplink && ip link set uplink up &&
  ip address add 2001:db8::2/64 dev uplink nodad &&
  ip route add default via 192.0.2.1 && ip route add default via 2001:db8::1

# Debian 13's podman makes services of unit files, too; bryo leaves them to it unless it is masked.
mkdir -p /etc/systemd/user-generators
ln -s /dev/null /etc/systemd/user-generators/podman-user-generator

minutes=10
as_user tester ./install.sh || echo "Bail out! install.sh failed"
status=0
while read -r user minutes arguments; do
  id "$user" >/dev/null 2>&1 || add_delegate
  case $user in
    root) set -- env BRYO_TEST_USER=tester BRYO_TEST_FORM=exe BRYO_TEST_MINUTES="$minutes" ;;
    *) set -- as_user "$user" ;;
  esac
  # Words on purpose: a program and its arguments.
  # shellcheck disable=SC2086
  "$@" /work/node dist/js/$arguments </dev/null || status=1
done </work/phases
echo "guest ended with status $status"
