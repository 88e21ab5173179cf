# create, copy in, start, copy out.
set -eu
work=$(mktemp -d)
cd "$work"
mkdir -p src/sub
echo 'echo "built from $(cat /src/sub/input)" > /result; echo done' > src/build.sh
echo data > src/sub/input
id=$(podman create --network none --name build "$IMAGE" sh /src/build.sh)
podman cp src "$id":/src
podman start -a build
podman cp build:/result .
cat result
podman cp build:/src/. out
ls out
podman cp build:/src out
ls out
podman cp build:/src/sub/input renamed
cat renamed
tar -c src | podman cp - build:/tmp
podman cp build:/tmp/src - | tar -t | sed 's,/$,,' | sort
podman cp nosuch build:/ 2>/dev/null || echo "no source: $?"
podman cp build:/nosuch . 2>/dev/null || echo "no source inside: $?"
podman cp src build:/no/such/parent 2>/dev/null || echo "no parent: $?"
podman cp src/build.sh build:/nosuchdir/ 2>/dev/null || echo "no directory: $?"
podman rm build
cd / && rm -rf "$work"
