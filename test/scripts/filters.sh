# Loops over ps -q with filters, as cleaning jobs and monitors have them.
set -u
start() { podman run -d --network none "$@" >/dev/null; }
start --name web1 --label tier=web --label env=prod "$IMAGE" sleep 1000
start --name web2 --label tier=web --label env=test "$IMAGE" sleep 1000
start --name db --label tier=db -v data:/data "$IMAGE" sleep 1000
podman create --network none --name new --label tier=web "$IMAGE" true >/dev/null
podman run --network none --name ok "$IMAGE" true
podman run --network none --name bad "$IMAGE" sh -c 'exit 3'
show() { echo "$*:" $(podman ps -a "$@" --format '{{.Names}}' | sort); }
show --filter label=tier=web
show --filter label=tier=web --filter label=env=prod
show --filter label=env
show --filter status=exited
show --filter status=exited --filter exited=3
show --filter status=running --filter status=created
show --filter name=web
show --filter name=^web1$ --filter name=^db$
show --filter volume=data
show --filter ancestor="$IMAGE" --filter exited=0
show --filter since=db
show --filter before=db
show --filter id="$(podman inspect -f "{{.Id}}" web2)" | sed "s,id=[0-9a-f]*,id,"
for id in $(podman ps -q --filter label=tier=web --sort names); do
  podman exec "$id" sh -c 'echo $(hostname | wc -c)'
done
podman ps -a --filter status=exited --format '{{.Names}} {{.ExitCode}} {{.Exited}}' | sort
podman ps --filter bogus=1 >/dev/null 2>&1 || echo "no such filter: $?"
podman ps -aq --filter name=nobody | wc -l
podman ps -a --last 2 --format '{{.Names}}'
podman ps -l --format '{{.Names}} {{.Image}} {{.Command}}'
podman ps -a --noheading | wc -l
podman ps -a --format 'table {{.Names}}' --noheading | wc -l
while [ -n "$(podman ps -q --filter label=tier)" ]; do
  podman stop -t 0 "$(podman ps -q --filter label=tier | head -1)" >/dev/null 2>&1
done
podman ps -aq --filter status=running | wc -l
podman ps -aq | xargs podman rm | wc -l
podman volume rm data
