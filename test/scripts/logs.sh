# Wait until a server says that it is ready.
set -eu
podman run -d --network none --name server "$IMAGE" sh -c '
  echo starting >&2; sleep 0.3; echo "ready for connections"; n=0
  while [ $n -lt 200 ]; do echo "request $n"; n=$((n + 1)); sleep 0.05; done' >/dev/null
podman logs -f server 2>&1 | grep -m1 'ready for'
podman logs -f server 2>/dev/null | grep -q 'request 3' && echo served
podman logs server 2>&1 >/dev/null | cat
podman logs --tail 1 server | sed 's/[0-9][0-9]*/N/'
podman logs -t server 2>/dev/null | head -1 | grep -cE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+) ready'
podman rm -f -t 0 server 2>/dev/null
podman logs server 2>/dev/null || echo "gone: $?"
