# Only one instance: names as locks, --replace, --cidfile and --ignore in idempotent scripts.
set -u
dir=$(mktemp -d)
podman run -d --network none --stop-signal KILL --name only "$IMAGE" sleep 1000 >/dev/null
podman run -d --network none --name only "$IMAGE" sleep 1000 >/dev/null 2>&1 || echo "taken: $?"
podman create --network none --name only "$IMAGE" >/dev/null 2>&1 || echo "taken: $?"
first=$(podman inspect -f '{{.Id}}' only)
podman run -d --network none --stop-signal KILL --replace --name only "$IMAGE" sleep 1000 >/dev/null
[ "$(podman inspect -f '{{.Id}}' only)" != "$first" ] && echo "replaced"
podman container exists "$first"; echo "the first: $?"
podman run -d --network none --cidfile "$dir/cid" --name two "$IMAGE" sleep 1000 >"$dir/out"
cmp "$dir/out" "$dir/cid" 2>/dev/null || [ "$(cat "$dir/out")" = "$(cat "$dir/cid")" ] && echo "the same id"
podman run -d --network none --cidfile "$dir/cid" "$IMAGE" true >/dev/null 2>&1; echo "the file is there: $?"
podman stop -t 0 --cidfile "$dir/cid" >/dev/null; echo "stopped: $?"
podman rm --cidfile "$dir/cid" >/dev/null; echo "removed: $?"
podman rm --cidfile "$dir/cid" >/dev/null 2>&1; echo "again: $?"
podman rm --ignore nothing; echo "ignored: $?"
podman rm nothing 2>/dev/null; echo "not ignored: $?"
podman rm -f nothing; echo "forced: $?"
podman rm only 2>/dev/null; echo "running: $?"
podman stop --ignore nothing; echo "stop ignored: $?"
podman stop nothing 2>/dev/null; echo "stop: $?"
podman kill nothing 2>/dev/null; echo "kill: $?"
podman start nothing 2>/dev/null; echo "start: $?"
podman stop -t 0 only; podman stop only; echo "stopped twice: $?"
podman kill only 2>/dev/null; echo "kill stopped: $?"
podman start only; echo "started twice: $?"
podman unpause only 2>/dev/null; echo "unpause: $?"
podman rename only other && podman container exists other && echo "renamed"
podman rm -f -t 0 other
podman volume create v && podman volume create v >/dev/null 2>&1; echo "volume twice: $?"
podman volume exists v && podman volume rm v
podman volume rm v 2>/dev/null; echo "volume gone: $?"
podman volume rm -f v; echo "forced: $?"
podman secret create s "$dir/cid" >/dev/null; podman secret create s "$dir/cid" >/dev/null 2>&1; echo "secret twice: $?"
podman secret rm s >/dev/null; podman secret rm s >/dev/null 2>&1; echo "secret gone: $?"
rm -rf "$dir"
