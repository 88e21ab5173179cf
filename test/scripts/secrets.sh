# Secrets as files and variables.
set -u
work=$(mktemp -d)
printf 'top secret' > "$work/password"
podman secret create db-password "$work/password" | awk '{ print length($0) }'
printf 'from a pipe' | podman secret create token - | awk '{ print length($0) }'
VALUE=of-the-environment podman secret create --env fromenv VALUE >/dev/null
podman secret ls --format '{{.Name}} {{.Driver}}' | sort
podman secret ls -q | wc -l
podman secret inspect -f '{{.Spec.Name}} {{.Spec.Driver.Name}}' db-password
podman secret inspect db-password token | python3 -c 'import json,sys; print([s["Spec"]["Name"] for s in json.load(sys.stdin)])'
run() { podman run --rm --network none "$@"; }
run --secret db-password "$IMAGE" cat /run/secrets/db-password; echo
run --secret token,type=env,target=TOKEN "$IMAGE" sh -c 'echo "$TOKEN"'
run --secret source=token,type=mount,target=/etc/token,mode=0400,uid=7 "$IMAGE" stat -c '%a %u' /etc/token
run --secret fromenv,type=env "$IMAGE" sh -c 'echo "$fromenv"'
run --secret nosuch "$IMAGE" true 2>/dev/null || echo "no such secret: $?"
podman secret create token "$work/password" 2>/dev/null || echo "taken: $?"
podman create --name keeper --network none --secret db-password "$IMAGE" cat /run/secrets/db-password >/dev/null
podman inspect -f '{{range .Config.Secrets}}{{.Name}} {{.UID}}:{{.GID}} {{.Mode}}{{end}}' keeper
podman commit -q keeper localhost/kept >/dev/null
run localhost/kept sh -c 'test -s /run/secrets/db-password || echo "not in the image"'
podman secret rm token | awk "{ print length }"
podman secret rm token 2>/dev/null || echo "gone: $?"
podman secret inspect token >/dev/null 2>&1 || echo "gone: $?"
podman start -a keeper; echo
podman rm keeper
podman rmi localhost/kept >/dev/null
podman secret rm -a | wc -l
podman secret ls -q | wc -l
rm -r "$work"
