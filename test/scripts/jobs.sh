# Jobs in the background; their exit codes are gathered.
set -u
for code in 0 1 2 42; do
  podman run -d --network none --name "job$code" "$IMAGE" sh -c "sleep 0.2; echo out $code; echo err $code >&2; exit $code" >/dev/null
done
podman wait job0 job1 job2 job42
for job in $(podman ps -a --format '{{.Names}}' | sort); do
  code=$(podman inspect -f '{{.State.ExitCode}}' "$job")
  if [ "$code" -eq 0 ]; then echo "$job passed"; else echo "$job failed with $code: $(podman logs "$job" 2>&1 | tail -1)"; fi
done
podman logs job42 2>/dev/null
podman logs job42 2>&1 >/dev/null
podman wait nosuch 2>/dev/null || echo "no such job: $?"
podman wait --condition=running job0 >/dev/null 2>&1 &
waiter=$!
podman start job0 >/dev/null
wait $waiter; echo "it ran: $?"
podman wait job0
status=$(podman run --rm --network none "$IMAGE" sh -c 'echo partial; exit 5') || echo "captured '$status' with $?"
if podman run --rm --network none "$IMAGE" grep -q nosuchuser /etc/passwd; then echo found; else echo "not found: $?"; fi
podman run --rm --network none "$IMAGE" sh -c 'kill -9 $$'; echo "killed: $?"
pids=
for n in 1 2 3; do
  podman run --rm --network none "$IMAGE" sh -c "exit $n" & pids="$pids $!"
done
for pid in $pids; do wait "$pid"; echo "parallel: $?"; done
podman rm job0 job1 job2 job42 | sort
