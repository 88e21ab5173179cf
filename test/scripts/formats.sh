# What people parse.
set -eu
podman create --network none --name one --label a=b "$IMAGE" sleep 5 >/dev/null
podman inspect -f '{{json .Config.Cmd}} {{.Config.WorkingDir}} {{.Path}} {{.Args}}' one
podman inspect -f '{{.HostConfig.NetworkMode}} {{.HostConfig.AutoRemove}} {{.HostConfig.Privileged}} {{.HostConfig.ReadonlyRootfs}}' one
podman inspect -f '{{range .Config.Env}}{{println .}}{{end}}' one | grep -c ^PATH=
podman inspect -f '{{.Created}}' one | grep -cE '^20[0-9-]+ [0-9:.]+ \+0000 UTC$'
podman inspect -f '{{.State.StartedAt}}' one
podman inspect -f '{{len .Mounts}}{{with .Config.Labels}}{{.a}}{{end}}{{.Config.Labels.none}}' one
podman inspect -f '{{printf "%s/%d" .Name .State.Pid}} {{upper .Name}}' one
podman inspect one | python3 -c 'import json,sys; c=json.load(sys.stdin)[0]; print(c["Name"], c["Config"]["Cmd"], c["State"]["Running"], type(c["HostConfig"]["Memory"]).__name__)'
podman ps -a --format json | python3 -c 'import json,sys; c=json.load(sys.stdin)[0]; print(c["Names"], c["Command"], c["State"], c["Exited"], c["Ports"])'
podman images --format json "$IMAGE" | python3 -c 'import json,sys; i=json.load(sys.stdin)[0]; print(i["Names"], type(i["Size"]).__name__, type(i["Created"]).__name__)'
podman volume create vol >/dev/null
podman volume inspect vol | python3 -c 'import json,sys; v=json.load(sys.stdin)[0]; print(v["Name"], v["Driver"], v["Scope"])'
podman volume ls --format '{{.Name}} {{.Driver}}'
podman volume rm vol >/dev/null
podman version --format '{{.Client.Version}}' | grep -cE '^[0-9]+\.[0-9]+'
podman info --format '{{.Host.Security.Rootless}} {{.Host.Arch}}'
podman info -f json | python3 -c 'import json,sys; i=json.load(sys.stdin); print(i["host"]["os"], i["host"]["security"]["rootless"])'
podman inspect -f '{{.Nope}}' one >/dev/null 2>&1 || echo "no field: $?"
podman inspect nosuch 2>/dev/null || echo "nothing: $?"
podman rm one
