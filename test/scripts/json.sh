# What programs read: JSON of images, containers, volumes.
set -u
py() { python3 -c "import json,sys; d=json.load(sys.stdin); $1"; }
podman tag "$IMAGE" localhost/second:2
podman images --format json | py 'print(sorted({n for i in d for n in i.get("Names") or []}))'
podman images --format json "$IMAGE" | py 'i=d[0]; print(len(i["Id"]), i["Digest"][:7], i["Containers"], i["ParentId"], i["Labels"])'
podman images --format '{{json .}}' "$IMAGE" | head -1 | cut -c1 
podman image inspect "$IMAGE" | py 'i=d[0]; print(i["Os"], i["Architecture"], len(i["RootFS"]["Layers"]), i["RootFS"]["Type"], i["User"] if "User" in i else "-", type(i["Size"]).__name__, sorted(i["RepoTags"]))'
podman image inspect -f '{{range .RepoTags}}{{.}} {{end}}' "$IMAGE" | tr ' ' '\n' | grep . | sort
podman create --name j --label x=1 -p 127.0.0.1:19090:90 "$IMAGE" sleep 7 >/dev/null
podman ps -a --format json | py 'c=d[0]; print(c["Names"], c["Command"], c["State"], c["Labels"]["x"], c["Ports"], c["Pid"], c["IsInfra"], c["AutoRemove"], c["ExitCode"], c["Mounts"])'
podman inspect j | py 'c=d[0]; print(c["Name"], c["Path"], c["Args"], c["State"]["Status"], c["RestartCount"], c["HostConfig"]["PortBindings"])'
podman inspect j | py 'c=d[0]; print([n for n in ["Dead", "Error", "ExitCode", "FinishedAt", "Health", "OOMKilled", "OciVersion", "Paused", "Pid", "Restarting", "Running", "StartedAt", "Status"] if n not in c["State"]])'
podman inspect j | py 'c=d[0]; print([n for n in ["Annotations", "AttachStderr", "AttachStdin", "AttachStdout", "Cmd", "CreateCommand", "Domainname", "Entrypoint", "Env", "Hostname", "Image", "Labels", "OnBuild", "OpenStdin", "StdinOnce", "StopSignal", "StopTimeout", "Timeout", "Tty", "Umask", "User", "Volumes", "WorkingDir"] if n not in c["Config"]])'
podman inspect j "$IMAGE" | py 'print(len(d), "State" in d[0], "RootFS" in d[1])'
podman history --format json "$IMAGE" | py 'print(type(d[0]["size"]).__name__, sorted(d[0]))'
podman volume create jv >/dev/null
podman volume ls --format json | py 'v=d[0]; print(v["Name"], v["Driver"], v["Labels"], v["Options"])'
podman version --format json | py 'print(sorted(d["Client"])[:4])'
podman info --format json | py 'print([n for n in ["host", "plugins", "registries", "store", "version"] if n not in d]); print(d["store"]["containerStore"]["number"], d["store"]["imageStore"]["number"] > 0)'
podman ps -a --format '{{json .Names}} {{json .Labels.x}}'
podman port j
podman container ls -a --format '{{.Names}}'
podman container inspect -f '{{.Name}}' j
podman image ls -q "$IMAGE" | wc -l
podman rm j
podman volume rm jv
podman rmi localhost/second:2 >/dev/null
