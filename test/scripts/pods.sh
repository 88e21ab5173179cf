# Pods without a container of their own: the images for that are not everywhere.
set -u
podman pod create --infra=false --name app --label team=a >/dev/null
podman run -d --pod app --network none --name app-one "$IMAGE" sleep 1000 >/dev/null
podman run -d --pod app --network none --name app-two "$IMAGE" sh -c 'echo two is here; exec sleep 1000' >/dev/null
podman pod ps --format '{{.Name}} {{.Status}} {{.NumberOfContainers}}'
podman pod inspect -f '{{.Name}} {{.State}} {{.NumContainers}} {{.CreateInfra}} {{.Labels.team}}' app
podman pod inspect -f '{{range .Containers}}{{.Name}} {{.State}}{{"\n"}}{{end}}' app | sort
podman pod inspect app | python3 -c 'import json,sys; p=json.load(sys.stdin); print(p["Name"], p["ExitPolicy"], sorted(c["Name"] for c in p["Containers"]))'
podman ps --pod --filter pod=app --format '{{.Names}} {{.PodName}}' | sort
podman ps -q --filter pod=app | wc -l
podman pod ps -q --filter label=team=a | wc -l
podman pod ps --filter status=running --format '{{.Name}}'
podman pod ps --filter name=nobody -q | wc -l
podman pod logs --names app 2>/dev/null | grep -c 'two is here'
podman pod exists app; echo "exists: $?"
podman pod exists other; echo "exists: $?"
podman pod rm app >/dev/null 2>&1 || echo "it runs: $?"
podman pod stop -t 0 app >/dev/null 2>&1
podman pod ps --format '{{.Name}} {{.Status}}'
podman pod start app >/dev/null
podman pod ps --format '{{.Status}}'
podman pod kill app >/dev/null
podman wait app-one app-two
podman pod create --infra=false --name app 2>/dev/null || echo "taken: $?"
podman pod create --infra=false --replace --name app --exit-policy stop >/dev/null
podman pod inspect -f '{{.NumContainers}} {{.ExitPolicy}}' app
podman run --rm --network none --pod app "$IMAGE" echo inside
podman pod ps --format json | python3 -c 'import json,sys; p=json.load(sys.stdin)[0]; print(p["Name"], p["Containers"], p["Labels"])'
podman pod create --infra=false --name second >/dev/null
podman pod inspect app second | python3 -c 'import json,sys; print(sorted(p["Name"] for p in json.load(sys.stdin)))'
podman pod prune -f | wc -l
podman pod rm -a -f | wc -l
podman ps -aq | wc -l
