# Poll until it is ready, with a limit.
set -eu
podman run -d --network none --name slow "$IMAGE" sh -c 'sleep 0.5; touch /ready; sleep 1000' >/dev/null
n=0
until podman exec slow test -f /ready 2>/dev/null; do
  n=$((n + 1))
  [ $n -lt 300 ] || { echo timeout; exit 1; }
  sleep 0.1
done
echo ready
[ "$(podman inspect -f '{{.State.Running}}' slow)" = true ] && echo running
[ "$(podman container inspect -f '{{.State.Status}}' slow)" = running ] && echo status
podman kill -s KILL slow
podman wait slow
while [ "$(podman inspect -f '{{.State.Running}}' slow)" = true ]; do sleep 0.1; done
podman inspect -f '{{.State.ExitCode}}' slow
podman start slow
podman stop -t 0 slow 2>/dev/null
podman inspect -f 'exited with {{.State.ExitCode}}' slow
podman inspect -f '{{if .State.Running}}up{{else if eq .State.Status "exited"}}down{{end}}' slow
podman rm slow
podman inspect slow >/dev/null 2>&1 || echo "gone: $?"
