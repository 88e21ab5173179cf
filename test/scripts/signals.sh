# --rm, traps and signals: what a script that is interrupted leaves.
set -u
loop='trap "echo terminated; exit 5" TERM; trap "echo hung up" HUP; echo ready; while :; do sleep 0.1; done'
work=$(mktemp -d)
podman run --rm --network none --name fg "$IMAGE" sh -c "$loop" > "$work/out" &
pid=$!
until grep -q ready "$work/out"; do sleep 0.1; done
kill -HUP $pid
until grep -q 'hung up' "$work/out"; do sleep 0.1; done
kill -TERM $pid
wait $pid; echo "status $?"
cat "$work/out"
podman container exists fg; echo "exists: $?"
timeout 20 podman run --rm --network none --name quick "$IMAGE" true; echo "in time: $?"
podman run -d --network none --name bg "$IMAGE" sh -c "$loop" >/dev/null
until podman logs bg | grep -q ready; do sleep 0.1; done
podman kill -s HUP bg
until podman logs bg | grep -q 'hung up'; do sleep 0.1; done
podman stop -t 30 bg
podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' bg
podman logs bg | tail -1
podman start bg >/dev/null
until [ "$(podman logs bg | grep -c ready)" = 2 ]; do sleep 0.1; done
podman kill bg
podman wait bg
podman kill bg 2>/dev/null || echo "not running: $?"
podman stop bg
podman restart -t 0 bg
podman inspect -f '{{.State.Running}}' bg
podman rm bg 2>/dev/null || echo "it runs: $?"
podman rm -f -t 0 bg
podman rm bg 2>/dev/null || echo "gone: $?"
podman rm -f bg; echo "forced: $?"
podman run -d --rm --network none --name self "$IMAGE" sh -c "$loop" >/dev/null
podman stop -t 30 self
while podman container exists self; do sleep 0.1; done
(
  trap 'podman rm -f -t 0 guarded >/dev/null 2>&1' EXIT INT TERM
  podman run -d --network none --name guarded "$IMAGE" sleep 1000 >/dev/null
  exit 3
)
echo "subshell: $?"
podman ps -aq | wc -l
rm -r "$work"
