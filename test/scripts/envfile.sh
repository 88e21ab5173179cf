# Settings from here-documents, files, the caller and the image; printed from inside and from inspect.
set -u
dir=$(mktemp -d)
cat >"$dir/base.env" <<'X'
# comment
NAME=base
EMPTY=
QUOTED="stays quoted"
SPACED= leading
EQUALS=a=b=c
HASH=a # b

FROM_CALLER
NOT_THERE
X
cat >"$dir/more.env" <<'X'
NAME=more
ONLY=here
X
show='for v in NAME EMPTY QUOTED SPACED EQUALS HASH FROM_CALLER NOT_THERE ONLY EXTRA; do eval "[ -n \"\${$v+x}\" ]" && eval "echo \"$v=[\$$v]\""; done; true'
FROM_CALLER=calling podman run --rm --network none --env-file "$dir/base.env" "$IMAGE" sh -c "$show"
echo --
podman run --rm --network none --env-file "$dir/base.env" --env-file "$dir/more.env" -e EXTRA -e NAME=flag "$IMAGE" sh -c "$show"
echo --
EXTRA='from outside' podman run --rm --network none -e EXTRA "$IMAGE" sh -c 'echo "$EXTRA"'
podman create --network none --name e -e MULTI='line one
line two' -e UTF='ü€' "$IMAGE" sh -c 'echo "$MULTI"; echo "$UTF"' >/dev/null
podman start -a e
podman inspect e | PYTHONUTF8=1 python3 -c 'import json,sys
for word in json.load(sys.stdin)[0]["Config"]["Env"]:
    if word.startswith(("MULTI", "UTF")): print(repr(word))' | LC_ALL=C sort
podman inspect -f '{{range .Config.Env}}{{if eq (slice . 0 4) "UTF="}}{{.}}{{end}}{{end}}' e
podman rm e
podman run --rm --network none -e =x "$IMAGE" true >/dev/null 2>&1; echo "no name: $?"
podman run --rm --network none --env-file "$dir/none" "$IMAGE" true 2>/dev/null; echo "no file: $?"
printf '=x\n' >"$dir/bad.env"
podman run --rm --network none --env-file "$dir/bad.env" "$IMAGE" true 2>/dev/null; echo "bad line: $?"
podman run -i --rm --network none --entrypoint /bin/sh -w /tmp "$IMAGE" -s <<'X'
pwd
X
podman run -i --rm --network none -w /tmp "$IMAGE" sh -s -- 1 2 <<'X'
echo "$# in $(pwd)"
X
rm -rf "$dir"
podman create -i --network none --name reads "$IMAGE" cat >/dev/null
echo 'handed on' | podman start -a reads
echo 'once more' | podman start -ai reads
podman rm reads
