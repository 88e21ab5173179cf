# Ids in files.
set -u
work=$(mktemp -d)
podman run -d --network none --cidfile "$work/cid" --name byfile "$IMAGE" sleep 1000 >/dev/null
[ "$(cat "$work/cid")" = "$(podman inspect -f '{{.Id}}' byfile)" ] && echo same
podman run -d --network none --cidfile "$work/cid" "$IMAGE" true >/dev/null 2>&1
echo "the file exists: $?"
podman stop -t 0 --cidfile "$work/cid" >/dev/null 2>&1
podman rm --cidfile "$work/cid" >/dev/null
podman ps -aq | wc -l
rm -r "$work"
