# Many at once with xargs -P, and the bookkeeping afterwards.
set -u
seq 1 8 | xargs -P 4 -I{} podman run -d --network none --name p{} --label batch=one --label n={} "$IMAGE" sh -c 'echo number {}; exit $(({} % 3))' >/dev/null
podman wait $(podman ps -aq --filter label=batch=one) | sort | uniq -c | sed 's/^ *//'
podman ps -a --filter label=batch=one --format '{{.Names}} {{.ExitCode}}' | sort
podman ps -a --filter label=batch=one --format '{{.Names}}' | sort | while read -r name; do
  podman logs "$name"
done
podman ps -a --filter label=batch=one --filter exited=0 --format '{{.Names}}' | sort | xargs
podman ps -aq --filter label=batch=one --filter exited=1 --filter exited=2 | xargs -r podman inspect -f '{{index .Config.Labels "n"}}={{.State.ExitCode}}' | sort
seq 1 4 | xargs -P 4 -I{} podman start -a p{} | sort
seq 1 4 | xargs -P 4 -I{} podman run --rm --network none "$IMAGE" echo gone {} | sort
podman run -d --network none --name target "$IMAGE" sleep 1000 >/dev/null
seq 1 6 | xargs -P 3 -I{} podman exec target sh -c 'echo {} >>/tmp/all'
podman exec target sort -n /tmp/all | xargs
seq 1 3 | xargs -P 3 -I{} podman exec -d target touch /tmp/d{} >/dev/null
n=0; until [ "$(podman exec target sh -c 'ls /tmp/d* 2>/dev/null | wc -l')" = 3 ] || [ $n -ge 100 ]; do n=$((n + 1)); done
podman exec target ls /tmp | xargs
podman ps -q | xargs -n 1 podman stop -t 0 | wc -l
podman ps -aq --filter label=batch=one | xargs -P 4 -n 2 podman rm | wc -l
podman rm target
podman ps -aq | wc -l
