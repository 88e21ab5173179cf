# A supervisor without systemd: wait for workers, start again what failed, give up after three times.
set -u
state=$(mktemp -d)
work='n=$(cat /state/$NAME 2>/dev/null || echo 0); n=$((n + 1)); echo $n >/state/$NAME; echo "$NAME run $n"; [ $n -ge $GOOD ]'
for pair in quick:1 slow:3 never:9; do
  name=${pair%:*}
  podman create --network none --name "$name" --label tier=worker -e NAME="$name" -e GOOD="${pair#*:}" -v "$state:/state" "$IMAGE" sh -c "$work" >/dev/null
done
podman ps -a --filter label=tier=worker --format '{{.Names}} {{.Status}}' | sort
for name in quick slow never; do
  tries=0
  while :; do
    podman start "$name" >/dev/null
    code=$(podman wait "$name")
    [ "$code" = 0 ] && { echo "$name is done after $((tries + 1))"; break; }
    tries=$((tries + 1))
    [ $tries -ge 3 ] && { echo "$name gave up: $code"; break; }
  done
done
podman logs slow
podman logs --tail 1 never
podman ps -a --filter label=tier=worker --filter exited=0 --format '{{.Names}}' | sort | xargs
podman ps -aq --filter exited=1 | wc -l
podman inspect -f '{{.Name}} {{.State.ExitCode}} {{.State.Status}} {{.RestartCount}}' quick slow never
podman restart -t 0 quick
podman wait quick
cat "$state/quick"
podman run -d --network none --name again --restart on-failure:2 -v "$state:/state" -e NAME=again -e GOOD=9 "$IMAGE" sh -c "$work" >/dev/null
n=0; while [ "$(cat "$state/again" 2>/dev/null)" != 3 ] && [ $n -lt 200 ]; do sleep 0.1; n=$((n + 1)); done
podman wait again
cat "$state/again"
podman rm quick slow never again | sort
rm -rf "$state"
