# Waiting for health, with actions on failure and a start-up that takes its time.
set -u
podman run -d --network none --name app --health-cmd 'test -e /ok' --health-interval disable --health-retries 1 --health-start-period 0s "$IMAGE" sleep 1000 >/dev/null
podman inspect -f '{{.State.Health.Status}} {{.Config.Healthcheck.Interval}} {{.Config.Healthcheck.Timeout}} {{.Config.Healthcheck.Retries}}' app
podman ps --filter health=starting --format '{{.Names}}'
podman healthcheck run app; echo "first: $?"
podman inspect -f '{{.State.Health.Status}}' app
podman exec app touch /ok
wait_healthy() {
  tries=0
  until [ "$(podman inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]; do
    podman healthcheck run "$1" >/dev/null
    tries=$((tries + 1)); [ $tries -lt 20 ] || return 1
  done
}
wait_healthy app && echo healthy
podman ps --format '{{.Names}} {{.Status}}' | grep -c '(healthy)'
podman inspect -f '{{json .State.Health.FailingStreak}} {{len .State.Health.Log}} {{(index .State.Health.Log 0).ExitCode}}' app
podman run -d --network none --name stopper --health-cmd 'exit 1' --health-interval disable --health-retries 1 --health-on-failure kill "$IMAGE" sleep 1000 >/dev/null
podman inspect -f '{{.Config.HealthcheckOnFailureAction}}' stopper
podman healthcheck run stopper >/dev/null 2>&1
podman wait stopper
podman run -d --network none --name plain "$IMAGE" sleep 1000 >/dev/null
podman inspect -f '{{if .Config.Healthcheck}}has one{{else}}has none{{end}}' plain
podman run --rm --network none --health-cmd true --health-interval nonsense "$IMAGE" true >/dev/null 2>&1; echo "bad interval: $?"
podman run --rm --network none --health-cmd true --health-retries 0 "$IMAGE" true >/dev/null 2>&1; echo "no retries: $?"
podman run --rm --network none --health-cmd true --health-on-failure nonsense "$IMAGE" true >/dev/null 2>&1; echo "bad action: $?"
podman create --network none --name list --health-cmd '["test","-e","/x y"]' "$IMAGE" true >/dev/null
podman inspect -f '{{json .Config.Healthcheck.Test}}' list
podman rm -f -t 0 app stopper plain list | sort
