# Here-documents into run -i and exec -i.
set -eu
podman run --rm -i --network none "$IMAGE" sh <<EOF
echo "from a here-document"
for x in a b; do echo \$x; done
EOF
podman run -d --network none --name box "$IMAGE" sleep 1000 >/dev/null
podman exec -i box sh -s one two <<'EOF'
echo "arguments: $1 $2"
cat > /tmp/config <<INNER
key=value
INNER
EOF
podman exec box cat /tmp/config
echo "over a pipe" | podman exec -i box tr a-z A-Z
podman exec box sh -c 'cat; echo "no input"' </dev/null
printf 'no newline' | podman run --rm -i --network none "$IMAGE" cat | od -c | head -1
head -c 300000 /dev/zero | podman exec -i box wc -c
podman exec -e GREETING=hello -w /etc -u 7 box sh -c 'echo $GREETING; pwd; id -u'
podman exec box sh -c 'exit 9' || echo "exec: $?"
podman exec box nosuchprogram 2>/dev/null || echo "not found: $?"
podman exec -d box touch /tmp/detached | awk '{ print length($0) }'
until podman exec box test -e /tmp/detached; do sleep 0.1; done
while read -r word; do
  podman exec box echo "in a loop: $word" </dev/null
done <<EOF
first
second
EOF
podman rm -f -t 0 box 2>/dev/null
