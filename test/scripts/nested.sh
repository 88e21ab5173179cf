# inspect -f with templates that go deep.
set -eu
podman volume create nv >/dev/null
podman create --name n --hostname host1 --label a.b/c=1 --label z=2 -e KEY='with "quotes"' \
  -p 127.0.0.1:18080:80 -p 18443:443/udp -v nv:/data:ro -v /tmp:/hosttmp --tmpfs /scratch:size=1m \
  --cap-drop all --cap-add chown --ulimit nofile=100:200 --restart on-failure:3 --stop-timeout 7 \
  --entrypoint '["sh","-c"]' -w /etc -u 5:6 --add-host db:10.0.0.5 --dns 10.9.9.9 -t -i \
  --read-only --stop-signal INT "$IMAGE" 'echo hi' >/dev/null
i() { podman inspect --format "$1" n; }
i '{{range $key, $value := .Config.Labels}}{{if ne $key "org.opencontainers.image.title"}}{{$key}}={{$value}};{{end}}{{end}}'
i '{{range $port, $list := .HostConfig.PortBindings}}{{$port}}{{range $list}} {{.HostIP}}:{{.HostPort}}{{end}},{{end}}'
i '{{(index (index .HostConfig.PortBindings "80/tcp") 0).HostPort}}'
i '{{with index .HostConfig.PortBindings "443/udp"}}{{(index . 0).HostPort}}{{else}}none{{end}}'
i '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}{{else}}{{.Source}}{{end}}->{{.Destination}} rw={{.RW}} {{end}}'
i '{{range $i, $m := .Mounts}}{{if $i}}, {{end}}{{$m.Type}}{{end}}'
i '{{.Config.Hostname}} {{.Config.User}} {{.Config.WorkingDir}} {{.Config.Tty}} {{.Config.OpenStdin}}'
i '{{range .Config.Env}}{{.}}{{"\n"}}{{end}}' | grep KEY
i '{{join .Config.Cmd "|"}} {{len .Args}} {{.Path}}'
i '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.Config.StopTimeout}} {{.Config.StopSignal}}'
i '{{json .HostConfig.ExtraHosts}} {{json .HostConfig.Dns}} {{.HostConfig.ReadonlyRootfs}}'
i '{{range .HostConfig.Ulimits}}{{.Name}}:{{.Soft}}:{{.Hard}} {{end}}' | tr ' ' '\n' | grep -i nofile
i '{{range .EffectiveCaps}}{{.}} {{end}}{{.BoundingCaps}}'
i '{{if .State.Running}}up{{else if eq .State.Status "created"}}made{{else}}down{{end}}'
i '{{and .State.Running .State.Paused}} {{or .State.Running "fallback"}} {{not .State.Dead}}'
i '{{$name := .Name}}{{range .Mounts}}{{$name}}:{{.Destination}} {{end}}'
i '{{printf "%-6s|%5d|%t|%q" .Name .State.ExitCode .State.Running .Config.User}}'
i '{{lower "ABC"}} {{upper .Name}} {{title "word"}} {{split "a,b,c" ","}}'
i '{{- /* a comment */ -}} {{ .Name -}} !'
i '{{eq .Name "n"}} {{gt .State.Pid 0}} {{len .Config.Labels}}'
i '{{len (slice .ID 0 12)}}'
podman inspect --format '{{.NoSuchField}}' n >/dev/null 2>&1 || echo "no such field: $?"
podman inspect --format '{{.Name' n >/dev/null 2>&1 || echo "bad template: $?"
podman inspect --format '{{range .Mounts}}' n >/dev/null 2>&1 || echo "unfinished: $?"
podman rm n
podman volume rm nv
