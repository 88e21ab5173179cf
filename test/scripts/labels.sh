# Find and remove by label, as CI tools do.
set -eu
run() { podman run -d --network none "$@" "$IMAGE" sleep 1000 >/dev/null; }
run --name j1 --label ci=1 --label job=17
run --name j2 --label ci=1 --label job=18
run --name other --label ci=0
podman ps -q --filter label=ci=1 --filter label=job=17 | wc -l
podman ps --filter label=job --format '{{.Names}}' | sort
podman ps --filter label=ci=1 --format '{{.Names}} {{.Labels.job}}' | sort
podman rm -f -t 0 $(podman ps -aq --filter label=ci=1) 2>/dev/null | wc -l
podman ps -a --format '{{.Names}}'
podman stop -t 0 other 2>/dev/null
podman container prune -f --filter label=ci=0 | wc -l
podman ps -aq | wc -l
podman volume create --label ci=1 v1
podman volume ls -q --filter label=ci=1
podman volume prune -f --filter label=ci=1 | sed 's/.*/one pruned/'
