# Loops over ps with formats, while read, cut and awk.
set -u
for n in 1 2 3; do
  podman create --network none --name "c$n" --label "role=$([ $n = 2 ] && echo db || echo web)" --label "index=$n" "$IMAGE" sleep "100$n" >/dev/null
done
podman start c1 c3 | sort
podman ps -a --sort names --format '{{.Names}}|{{.Image}}|{{.Command}}|{{.Labels.role}}' | while IFS='|' read -r name image command role; do
  echo "$name runs '$command' of ${image##*/} as $role"
done
podman ps -a --sort names --format 'table {{.Names}}\t{{.Command}}' | awk 'NR > 1 { print $1 ":" $3 }'
podman ps -a --sort names --format 'table {{.Names}}' --noheading
podman ps --sort names --format '{{.Names}}' | paste -sd,
podman ps -a --filter label=role=web --filter status=running -q | wc -l
podman ps -a --filter label=role --sort names --format '{{index .Labels "index"}}' | xargs
podman ps -a --sort names --format '{{.ID}} {{.Names}}' | while read -r id name; do
  [ "$(podman inspect -f '{{slice .ID 0 12}}' "$name")" = "$id" ] && echo "$name has its id"
done
podman ps -aq --no-trunc | awk '{ print length($0) }' | sort -u
podman inspect -f '{{.Name}} {{.State.Running}} {{index .Config.Labels "role"}}' $(podman ps -aq --sort names)
podman ps -a --format json | python3 -c 'import json, sys
for c in sorted(json.load(sys.stdin), key=lambda c: c["Names"]): print(c["Names"][0], c["State"], c["Labels"]["role"], c["ExitCode"])'
podman ps -a --format '{{if eq .Names "c2"}}found {{.Names}}{{end}}' | grep .
podman ps --filter name=^c1$ --format '{{.Status}}' | grep -c ^Up
podman ps -a --filter name=c2 --format '{{.Status}}'
podman port c1; echo "ports: $?"
for id in $(podman ps -q); do podman kill "$id" >/dev/null; done
podman wait c1 c3
podman ps -a --filter exited=137 --sort names --format '{{.Names}}' | xargs
podman ps -a --filter before=c3 --sort names --format '{{.Names}}' | xargs
podman ps -a --filter since=c1 --sort names --format '{{.Names}}' | xargs
podman ps -n 1 --format '{{.Names}}'
podman ps -l --format '{{.Names}}'
podman rm $(podman ps -aq --filter label=role) | wc -l
