# A CI job: a checkout is bound in, steps are exec'd, artifacts copied out, everything removed by label.
set -eu
job=job-$$
work=$(mktemp -d)
cleanup() {
  podman ps -aq --filter "label=ci.job=$job" | xargs -r podman rm -f -t 0 >/dev/null
  podman volume ls -q --filter "label=ci.job=$job" | xargs -r podman volume rm >/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
printf '#!/bin/sh\necho building $1 >&2\nmkdir -p out\necho "$1 built by $(id -u)" >out/$1\n' >"$work/build.sh"
chmod 755 "$work/build.sh"
podman volume create --label "ci.job=$job" "$job-cache" >/dev/null
box=$(podman run -d --network none --label "ci.job=$job" -w /work -v "$work:/work" -v "$job-cache:/cache" -e CI=true "$IMAGE" sleep 1000)
step() {
  echo "== $1"; shift
  if podman exec -i "$box" "$@"; then echo "ok"; else code=$?; echo "failed: $code"; return $code; fi
}
step env sh -c 'echo CI=$CI $(pwd)'
step build ./build.sh app 2>&1
step cache sh -c 'echo warm >/cache/state && cat /cache/state'
step script sh -s one 'two words' <<'S'
for word; do echo "arg: $word"; done
exit 0
S
step tests sh -c 'exit 3' || echo "the job fails with $?"
cat "$work/out/app"
podman exec "$box" sh -c 'mkdir /report && echo "<ok/>" >/report/junit.xml && ln -s junit.xml /report/latest'
podman cp "$box:/report" "$work/report"
ls "$work/report"
cat "$work/report/latest"
podman cp "$box:/report/." - | tar -t | sort
podman run --rm --network none --label "ci.job=$job" -v "$job-cache:/cache:ro" "$IMAGE" sh -c 'cat /cache/state; touch /cache/no 2>/dev/null || echo read-only'
podman ps --filter "label=ci.job=$job" --format '{{.Command}} {{.State}}' | wc -l
[ "$(podman inspect -f '{{len .Mounts}}' "$box")" = 2 ] && echo "two mounts"
cleanup
podman ps -aq --filter "label=ci.job=$job" | wc -l
podman volume ls -q --filter "label=ci.job=$job" | wc -l
podman container exists "$box" || echo "gone: $?"
