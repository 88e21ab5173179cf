# Save, load, tag and clean up images.
set -eu
work=$(mktemp -d)
podman tag "$IMAGE" localhost/copy:1 localhost/copy:2
podman images --format '{{.Repository}}:{{.Tag}}' | grep copy | sort
podman save -q -o "$work/image.tar" localhost/copy:1
podman rmi localhost/copy:1 localhost/copy:2 | grep -c Untagged
podman load -q -i "$work/image.tar" 2>/dev/null
podman save localhost/copy:1 2>/dev/null | tar -t | grep -c manifest.json
podman image exists localhost/copy:1 && echo exists
podman image exists localhost/copy:9 || echo "not there: $?"
podman images -q localhost/copy | xargs -n1 podman inspect --type image -f '{{.Os}} {{len .RootFS.Layers}}'
podman images -q | sort -u | awk '{ print length($0) }'
podman images --format '{{.Repository}}' localhost/copy | grep -c copy
podman untag localhost/copy:1
podman rmi nosuchimage 2>/dev/null || echo "no image: $?"
podman history --format '{{.CreatedBy}}' "$IMAGE" | wc -l
rm -r "$work"
