# Wait until a container is healthy.
set -u
podman run -d --network none --name svc --health-cmd 'test -e /tmp/ready' --health-interval disable --health-retries 2 "$IMAGE" sleep 1000 >/dev/null
podman inspect -f '{{.State.Health.Status}}' svc
podman healthcheck run svc; echo "first: $?"
podman inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' svc
podman healthcheck run svc; echo "second: $?"
podman inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' svc
podman ps --filter health=unhealthy --format '{{.Names}}'
podman exec svc touch /tmp/ready
n=0
until podman healthcheck run svc >/dev/null; do n=$((n + 1)); [ $n -lt 50 ] || break; sleep 0.1; done
podman inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' svc
podman ps --filter health=healthy --format '{{.Names}}'
podman inspect -f '{{range .State.Health.Log}}{{.ExitCode}} {{end}}' svc
podman inspect -f '{{json .Config.Healthcheck.Test}} {{.Config.Healthcheck.Retries}}' svc
podman run -d --network none --name plain "$IMAGE" sleep 1000 >/dev/null
podman healthcheck run plain >/dev/null 2>&1; echo "no check: $?"
podman stop -t 0 svc >/dev/null 2>&1
podman healthcheck run svc >/dev/null 2>&1; echo "stopped: $?"
podman healthcheck run nosuch >/dev/null 2>&1; echo "no such: $?"
podman run -d --network none --name image-check --no-healthcheck "$IMAGE" sleep 1000 >/dev/null
podman inspect -f '{{.Config.Healthcheck.Test}}' image-check
podman rm -f -t 0 svc plain image-check 2>/dev/null | wc -l
