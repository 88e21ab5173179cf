# Which port did it get?
set -eu
podman run -d --name web -p 127.0.0.1::8080 -p 127.0.0.1::53/udp "$IMAGE" \
  sh -c 'mkdir -p /www && echo "hello web" > /www/index.html && httpd -f -p 8080 -h /www' >/dev/null
port=$(podman port web 8080 | cut -d: -f2)
[ "$port" -gt 1024 ] && echo "a port"
podman port web | sed -E 's/:[0-9]+$/:PORT/' | sort
[ "$(podman port web 8080/tcp)" = "127.0.0.1:$port" ] && echo same
[ "$(podman inspect -f '{{(index (index .NetworkSettings.Ports "8080/tcp") 0).HostPort}}' web)" = "$port" ] && echo inspected
podman inspect -f '{{range $p, $b := .NetworkSettings.Ports}}{{$p}}={{(index $b 0).HostIP}} {{end}}' web
for _ in $(seq 100); do
  curl -sf "http://127.0.0.1:$port/" && break
  sleep 0.1
done
podman port web 9999 2>/dev/null || echo "no such port: $?"
podman rm -f -t 0 web 2>/dev/null
