# Environment, files of it, users, directories and quoting.
set -u
work=$(mktemp -d)
printf '# comment\nPLAIN=value\nSPACED=two words\nEMPTY=\nFROM_HOST\nQUOTED="kept"\n\n' > "$work/env"
run() { podman run --rm --network none "$@"; }
export FROM_HOST=host NOT_GIVEN=never
run --env-file "$work/env" "$IMAGE" env | grep -E '^(PLAIN|SPACED|EMPTY|FROM_HOST|QUOTED|NOT_GIVEN)=' | sort
run --env-file "$work/env" -e PLAIN=stronger -e FROM_HOST "$IMAGE" sh -c 'echo $PLAIN $FROM_HOST'
run -e 'A=$HOME `id` "x"' "$IMAGE" sh -c 'echo "$A"'
run -e UNSET_HERE "$IMAGE" sh -c 'echo ${UNSET_HERE-not set}'
run -e PREFIX_1=a "$IMAGE" sh -c 'env | grep -c ^container='
run --unsetenv PATH "$IMAGE" /bin/sh -c 'echo done'
run -u nobody "$IMAGE" id -un 2>/dev/null || run -u 65534 "$IMAGE" id -u
run -u 1000:2000 --group-add 3000 "$IMAGE" id -G
run --entrypoint echo "$IMAGE" an entry point
run --entrypoint '' "$IMAGE" echo 'no entry point'
run --entrypoint '["printf","%s-"]' "$IMAGE" a 'b c'; echo
run "$IMAGE" printf '%s|' 'a b' "c'd" '$e' ''; echo
run --hostname box --add-host db:10.0.0.9 "$IMAGE" sh -c 'hostname; grep -c 10.0.0.9 /etc/hosts'
run --read-only "$IMAGE" touch /x 2>/dev/null || echo "read-only: $?"
run --read-only "$IMAGE" sh -c 'touch /tmp/x /run/x && echo "but there"'
run --read-only --read-only-tmpfs=false "$IMAGE" touch /tmp/x 2>/dev/null || echo "nor there: $?"
run --tmpfs /fresh:mode=1777 "$IMAGE" stat -c '%a' /fresh
run --ulimit nofile=77:77 "$IMAGE" sh -c 'ulimit -n'
run --cap-drop all "$IMAGE" sh -c 'grep CapEff /proc/self/status'
run --security-opt no-new-privileges "$IMAGE" grep NoNewPrivs /proc/self/status
run --umask 0077 "$IMAGE" sh -c 'umask'
run --shm-size 1m "$IMAGE" sh -c 'df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2'
run --sysctl net.ipv4.ip_forward=1 "$IMAGE" cat /proc/sys/net/ipv4/ip_forward
run --env-file "$work/nosuch" "$IMAGE" true 2>/dev/null || echo "no file: $?"
run --pids-limit abc "$IMAGE" true 2>/dev/null || echo "no number: $?"
run -v rel/path:/x "$IMAGE" true 2>/dev/null || echo "no volume name: $?"
run --tz UTC "$IMAGE" date +%Z
rm -r "$work"
