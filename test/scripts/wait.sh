# In the background, then wait for the exit status.
set -u
id=$(podman run -d --network none "$IMAGE" sh -c 'sleep 0.2; exit 7')
podman wait "$id"
podman inspect --format '{{.State.ExitCode}} {{.State.Status}} {{.State.OOMKilled}}' "$id"
podman rm "$id" | grep -cx "$id"
podman run --rm --network none "$IMAGE" sh -c 'exit 3'
echo "run: $?"
podman run --rm --network none "$IMAGE" nosuchprogram 2>/dev/null
echo "not found: $?"
podman run --rm --network none "$IMAGE" /etc 2>/dev/null
echo "not executable: $?"
podman run --rm --nosuchflag "$IMAGE" 2>/dev/null
echo "usage: $?"
podman run -d --network none --name gone --rm "$IMAGE" sh -c 'sleep 1; exit 4' >/dev/null
podman wait gone
podman container exists gone
echo "exists: $?"
podman create --network none --name multi1 "$IMAGE" sh -c 'exit 1' >/dev/null
podman create --network none --name multi2 "$IMAGE" sh -c 'exit 2' >/dev/null
podman start multi1 multi2
podman wait multi1 multi2
podman start -a multi2
echo "start -a: $?"
podman rm multi1 multi2
