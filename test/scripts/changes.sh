# Look at what a container has changed, and make an image of it.
set -u
podman run --network none --name work "$IMAGE" sh -c 'echo hello > /root/new; rm /etc/group; mkdir -p /opt/app/bin; echo "#!/bin/sh" > /opt/app/bin/run; echo "echo running \$1" >> /opt/app/bin/run; chmod 755 /opt/app/bin/run; chmod 700 /etc'
podman diff work | sort
podman diff --format json work | python3 -c 'import json,sys; d=json.load(sys.stdin); print(sorted(d), sorted(d["added"])[:2], d["deleted"])'
podman commit -q -a 'Some One' --change 'ENTRYPOINT ["/opt/app/bin/run"]' --change 'CMD ["by default"]' --change 'ENV MODE=x' --change 'WORKDIR /opt' --change 'LABEL built=yes' --change 'EXPOSE 80/tcp' --change 'USER 9' work localhost/app:1 | awk '{ print length($0) }'
podman run --rm --network none localhost/app:1
podman run --rm --network none localhost/app:1 argument
podman run --rm --network none --entrypoint sh localhost/app:1 -c 'pwd; id -u; echo $MODE; test -e /etc/group || echo "no group file"'
podman image inspect -f '{{.Author}} {{.Config.Labels.built}} {{.Config.WorkingDir}} {{.Config.User}}' localhost/app:1
podman image inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{range $p, $v := .Config.ExposedPorts}}{{$p}}{{end}}' localhost/app:1
podman image inspect -f '{{len .RootFS.Layers}}' localhost/app:1
podman history -q localhost/app:1 | wc -l
podman create --network none --name second localhost/app:1 >/dev/null
podman diff second | wc -l
podman export second | tar -t | grep -c '^opt/app/bin/run$'
podman rmi localhost/app:1 2>/dev/null || echo "in use: $?"
podman rm second work
podman rmi localhost/app:1 >/dev/null && echo removed
podman commit nosuch x 2>/dev/null || echo "no container: $?"
podman diff nosuch 2>/dev/null || echo "no container: $?"
