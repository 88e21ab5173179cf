# Environment, working directory, user, entrypoint, volumes.
set -eu
work=$(mktemp -d)
printf 'FROM_FILE=1\n# comment\nQUOTED=a b\n' > "$work/env"
export FROM_CALLER=yes
podman run --rm --network none -e A=1 -e FROM_CALLER --env-file "$work/env" "$IMAGE" sh -c 'echo $A $FROM_CALLER $FROM_FILE "$QUOTED"'
podman run --rm --network none -w /etc -u 12:34 "$IMAGE" sh -c 'pwd; id -u; id -g'
podman run --rm --network none --entrypoint echo "$IMAGE" from the entrypoint
podman run --rm --network none --hostname box "$IMAGE" hostname
podman run --rm --network none -v "$work:/work:ro" "$IMAGE" sh -c 'head -1 /work/env; touch /work/x 2>/dev/null || echo read-only'
podman run --rm --network none -v "$work:/work" "$IMAGE" sh -c 'echo made > /work/made'
cat "$work/made"
[ "$(stat -c %u "$work/made")" = "$(id -u)" ] && echo "it is mine"
podman volume create data >/dev/null
podman run --rm --network none -v data:/data "$IMAGE" sh -c 'echo kept > /data/file'
podman run --rm --network none -v data:/data:ro "$IMAGE" cat /data/file
cat "$(podman volume inspect -f '{{.Mountpoint}}' data)/file"
podman volume ls -q
podman volume rm data
podman run --rm --network none --read-only "$IMAGE" sh -c 'touch /x 2>/dev/null || echo "read-only root"; touch /tmp/x && echo "tmp is not"'
podman run --rm --network none --tmpfs /scratch "$IMAGE" sh -c 'grep -c " /scratch tmpfs " /proc/mounts'
podman run --rm --network none "$IMAGE" sh -c 'echo out; echo err >&2' 2>/dev/null
podman run --rm --network none --stop-signal KILL --ulimit nofile=100:100 "$IMAGE" sh -c 'ulimit -n'
rm -r "$work"
