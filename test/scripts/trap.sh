# Clean up whatever happens.
work=$(mktemp -d)
(
  set -eu
  trap 'podman rm -f -t 0 --cidfile "$work/cid" >/dev/null 2>&1; rm -f "$work/cid"; echo cleaned' EXIT
  podman run -d --network none --cidfile "$work/cid" "$IMAGE" sleep 1000 >/dev/null
  podman exec "$(cat "$work/cid")" true
  echo running
  podman exec "$(cat "$work/cid")" false
  echo "never reached"
)
echo "status $?"
podman ps -aq | wc -l
rmdir "$work" && echo "nothing left"
