# Logs that are followed, cut and timed.
set -u
podman run -d --network none --name talk "$IMAGE" sh -c 'for n in 1 2 3 4 5; do echo line $n; echo error $n >&2; done; sleep 0.5; echo last' >/dev/null
podman logs -f talk 2>/dev/null | grep -m1 last
podman wait talk
podman logs -f talk 2>/dev/null
podman logs --tail 1 talk 2>/dev/null
podman logs --tail 0 talk
podman logs talk 2>&1 | grep -c error
podman logs --since 1h talk 2>/dev/null | wc -l
podman logs --until 1h talk 2>/dev/null | wc -l
podman logs --since 2001-01-01T00:00:00Z --tail 2 talk 2>/dev/null | head -1
podman logs -l --tail 1 2>/dev/null
podman start talk >/dev/null
podman wait talk
podman logs talk 2>/dev/null | grep -c last
podman run --network none --name quiet --log-driver none "$IMAGE" echo shown
podman logs quiet >/dev/null 2>&1 || echo "no log: $?"
podman run --network none --name wide "$IMAGE" sh -c 'head -c 100000 /dev/zero | tr "\0" x; echo; echo end' >/dev/null
podman logs wide | awk '{ print length($0) }'
podman run --network none --name bin "$IMAGE" printf 'a\000b\377\n' | od -c | head -1
podman logs bin | od -c | head -1
podman run -t --network none --name tty "$IMAGE" echo terminal | od -c | head -1
podman logs tty | od -c | head -1
podman logs --tail=x talk >/dev/null 2>&1 || echo "bad number: $?"
podman rm talk quiet wide bin tty | wc -l
