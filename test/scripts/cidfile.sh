# Ids in files. A file that exists is written over since podman 5; 4.3 refuses it.
set -u
work=$(mktemp -d)
podman run -d --network none --cidfile "$work/cid" --name byfile "$IMAGE" sleep 1000 >/dev/null
[ "$(cat "$work/cid")" = "$(podman inspect -f '{{.Id}}' byfile)" ] && echo same
podman run -d --network none --cidfile "$work/cid" --name again "$IMAGE" true >/dev/null 2>&1
echo "the file exists: $?"
[ "$(cat "$work/cid")" = "$(podman inspect -f '{{.Id}}' again)" ] && echo "written over"
podman stop -t 0 byfile >/dev/null 2>&1
podman wait again >/dev/null
podman rm --cidfile "$work/cid" >/dev/null
podman rm byfile >/dev/null
podman ps -aq | wc -l
rm -r "$work"
