#!/bin/sh
# What the virtual machine does once it is up: installs the built product as a stranger would, runs
# the tests that the second disk names as an ordinary user with a lingering service manager, and
# turns itself off. Everything it prints goes to the second serial port.
set -u
mkdir -p /work
mount -o noatime /dev/vdb /work
export XDG_RUNTIME_DIR=/run/user/1000
as_user() { runuser -u tester -- env -i HOME=/home/tester USER=tester LANG=C.UTF-8 TERM=dumb \
  PATH=/home/tester/.local/bin:/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$@"; }
for _ in $(seq 100); do [ -S "$XDG_RUNTIME_DIR/systemd/private" ] && break; sleep 0.1; done
cd /work || exit 1
as_user ./install.sh || echo "Bail out! install.sh failed"
# Words on purpose: filters of the test runner.
# shellcheck disable=SC2046
as_user node dist/js/test/run/main.js --guest $(cat /work/filters)
echo "guest ended with status $?"
