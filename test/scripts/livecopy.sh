# Copying to and from running containers while files change, with tar streams and globs.
set -u
dir=$(mktemp -d)
cd "$dir" || exit 1
podman run -d --network none --name live "$IMAGE" sh -c 'n=0; while :; do n=$((n + 1)); echo line $n >>/var/grow; echo $n >/var/now.tmp; mv /var/now.tmp /var/now; sleep 0.05; done' >/dev/null
n=0; until podman exec live test -e /var/now || [ $n -ge 100 ]; do n=$((n + 1)); done
for i in 1 2 3 4 5; do podman cp live:/var/now "now$i" || echo "failed"; done
for i in 1 2 3 4 5; do grep -qE '^[0-9]+$' "now$i" || echo "torn"; done
[ "$(cat now1)" -le "$(cat now5)" ] && echo "in order"
podman cp live:/var/grow grow
head -2 grow
grep -cvE '^line [0-9]+$' grow
mkdir src; echo a >src/a; echo b >'src/b c'; ln -s a src/l; mkdir src/sub; echo deep >src/sub/d
podman cp src live:/dst1 && podman exec live ls /dst1
podman exec live mkdir /dst2
podman cp src live:/dst2 && podman exec live ls /dst2/src
podman cp src/. live:/dst2 && podman exec live ls /dst2
podman exec live readlink /dst2/l
podman cp src/a live:/dst2/renamed && podman exec live cat /dst2/renamed
podman cp src/a live:/tmp/ && podman exec live cat /tmp/a
podman cp src/a live:/no/such/ 2>/dev/null; echo "no parent: $?"
podman cp live:/no/such . 2>/dev/null; echo "no source: $?"
podman cp nosuch live:/tmp 2>/dev/null; echo "no local source: $?"
podman cp src live:/var/now 2>/dev/null; echo "directory on file: $?"
podman cp nocontainer:/a . 2>/dev/null; echo "no container: $?"
podman cp src nothing 2>/dev/null; echo "no container named: $?"
tar -C src -c . | podman cp - live:/tmp && podman exec live cat '/tmp/b c'
podman cp live:/dst2/sub - | tar -t | sed 's:/$::' | sort
podman cp live:/dst2/sub/. - | tar -xO ./d 2>/dev/null || podman cp live:/dst2/sub/. - | tar -t
echo not a tar | podman cp - live:/tmp 2>/dev/null; echo "not a tar: $?"
podman exec live sh -c 'echo from >/tmp/x'
podman create --network none --name still "$IMAGE" cat /got >/dev/null
podman cp live:/tmp/x still:/got && podman start -a still
podman cp live:/etc/passwd - | tar -xO | head -1
podman cp still:/got ./ && cat got
chmod 600 src/a; podman cp src/a live:/mode && podman exec live stat -c '%a %u:%g' /mode
podman stop -t 0 live >/dev/null
podman cp live:/mode after && stat -c %a after
podman rm live still | sort
cd /; rm -rf "$dir"
