# A filesystem as an archive, and back as an image.
set -eu
work=$(mktemp -d)
podman run --network none --name made "$IMAGE" sh -c 'mkdir /opt/x 2>/dev/null || mkdir -p /opt/x; echo hi > /opt/x/file'
podman diff made | grep -E '^[AC] /opt'
podman export made | tar -t | grep -E '^opt/x' | sort
podman export -o "$work/fs.tar" made
podman import -c 'CMD ["cat","/opt/x/file"]' -c 'ENV A=b' "$work/fs.tar" localhost/imported:1 >/dev/null 2>&1
podman run --rm --network none localhost/imported:1
podman image inspect -f '{{join .Config.Cmd " "}} {{index .Config.Env 0}}' localhost/imported:1
podman commit -q made localhost/committed >/dev/null 2>&1
podman run --rm --network none localhost/committed cat /opt/x/file
podman rm made
podman rmi localhost/imported:1 localhost/committed >/dev/null 2>&1
podman images -q localhost/imported | wc -l
rm -r "$work"
