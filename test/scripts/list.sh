# What is there: loops over ps -q, inspect -f for each.
set -eu
for n in 1 2 3; do
  podman run -d --network none --name "worker$n" --label app=worker --label "n=$n" "$IMAGE" sleep 1000 >/dev/null
done
podman create --network none --name idle "$IMAGE" true >/dev/null
for id in $(podman ps -q --filter label=app=worker); do
  podman inspect -f '{{.Name}} {{.State.Running}} {{index .Config.Labels "n"}} {{join .Config.Cmd " "}}' "$id"
done
podman ps -a --sort names --format '{{.Names}} {{.State}}' | sed 's/Up .*/running/; s/Created/created/'
podman ps -aq | wc -l
podman ps -q --no-trunc | awk '{ print length($0) }' | sort -u
podman ps -a --filter status=created --format '{{.Names}}'
podman ps -a --filter name='^worker[12]$' --format '{{.Names}}' | sort
podman ps --format 'table {{.Names}}\t{{.Command}}' | head -1
podman ps --format '{{range .}}{{.Names}},{{end}}'
echo
podman ps --format json | grep -c '"Id"'
podman rm -f -t 0 $(podman ps -aq) 2>/dev/null | wc -l
podman ps -aq | wc -l
