# Volumes: fill, back up, restore, share, clean.
set -u
work=$(mktemp -d)
podman volume create --label app=shop store >/dev/null
podman run --rm --network none -v store:/data "$IMAGE" sh -c 'echo one > /data/a; mkdir /data/d; echo two > /data/d/b'
podman run --rm --network none -v store:/data:ro "$IMAGE" tar -C /data -c . > "$work/backup.tar"
tar -tf "$work/backup.tar" | sed 's,^\./,,; s,/$,,' | grep . | sort
podman run --rm -i --network none -v copy:/data "$IMAGE" tar -C /data -x < "$work/backup.tar"
podman run --rm --network none -v copy:/data "$IMAGE" sh -c 'cd /data && find . -type f | sort | xargs cat'
podman run --rm --network none -v store:/data:ro "$IMAGE" touch /data/x 2>/dev/null || echo "read-only: $?"
podman volume export store -o "$work/exported.tar"
podman volume create third >/dev/null
podman volume import third "$work/exported.tar"
podman run --rm --network none -v third:/data "$IMAGE" cat /data/d/b
podman volume inspect -f '{{.Name}} {{.Driver}} {{.Labels.app}} {{.Scope}}' store
test -d "$(podman volume inspect -f '{{.Mountpoint}}' store)" && echo "it has a place"
podman volume ls -q --filter label=app=shop
podman volume ls --format '{{.Name}}' | sort
podman create --network none --name user -v store:/data "$IMAGE" true >/dev/null
podman volume rm store 2>/dev/null || echo "in use: $?"
podman volume ls -q --filter dangling=false
podman run --rm --network none --volumes-from user "$IMAGE" cat /data/a
podman volume exists store && echo exists
podman volume exists nosuch || echo "not there: $?"
podman volume create store >/dev/null 2>&1 || echo "taken: $?"
podman run --network none --name anon -v /anonymous "$IMAGE" sh -c 'echo x > /anonymous/f'
podman inspect -f '{{range .Mounts}}{{.Type}} {{len .Name}} {{.Destination}}{{end}}' anon
podman rm -v anon
podman volume ls -q | wc -l
podman run --rm --network none -v "$work:/host" "$IMAGE" sh -c 'echo from inside > /host/result; id -u'
cat "$work/result"
podman run --rm --network none -v "$work/backup.tar:/b.tar:ro" "$IMAGE" tar -tf /b.tar | wc -l
podman run --rm --network none -v "$work/absent:/x" "$IMAGE" true 2>/dev/null || echo "no source: $?"
podman run --rm --network none --mount type=bind,src="$work",dst=/m,ro "$IMAGE" ls /m | sort
podman run --rm --network none --mount type=tmpfs,dst=/t,tmpfs-size=64k "$IMAGE" sh -c 'head -c 100000 /dev/zero > /t/f' 2>/dev/null || echo "full: $?"
podman rm user
podman volume prune -f | wc -l
podman volume ls -q | wc -l
rm -r "$work"
