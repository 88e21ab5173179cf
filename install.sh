#!/bin/sh
# Installs bryo from this checkout. See --help.
# Lists of packages are words on purpose.
# shellcheck disable=SC2086,SC2046
set -eu

usage() {
  cat <<'END'
usage: ./install.sh [--prefix DIR] [--docker-shim] [--podman-shim] [--docker-socket]
                    [--podman-socket] [--uninstall | --check] [--help]

Builds bryo and installs it: as root under /usr/local, after installing the Debian or Ubuntu
packages it needs; as an ordinary user under ~/.local, listing what an administrator has to do.

  --prefix DIR   install under DIR
  --docker-shim  also install the name docker, under which bryo spells things as docker does
  --podman-shim  also install the name podman
  --docker-socket  also have the services of users listen at $XDG_RUNTIME_DIR/docker.sock, where
                 clients of docker look
  --podman-socket  also have them listen at $XDG_RUNTIME_DIR/podman/podman.sock, in the place of
                 podman's own service: for clients of podman such as cockpit
  --uninstall    remove what was installed
  --check        say whether bryo is installed and what is missing; changes nothing
END
}

here=$(cd "$(dirname "$0")" && pwd)
uid=$(id -u)
if [ "$uid" -eq 0 ]; then prefix=/usr/local; else prefix=${HOME:?}/.local; fi
action=install
shims=
sockets=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:?--prefix needs a directory}; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --docker-shim) shims="$shims docker" ;;
    --podman-shim) shims="$shims podman" ;;
    --docker-socket) sockets="$sockets bryo-docker.socket" ;;
    # The name of podman's own unit, which it goes before.
    --podman-socket) sockets="$sockets podman.socket" ;;
    --uninstall) action=uninstall ;;
    --check) action=check ;;
    --help | -h) usage; exit 0 ;;
    *) echo "install.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
case $prefix in /*) ;; *) prefix=$(pwd)/$prefix ;; esac
libexec=$prefix/libexec/bryo
manifest=$libexec/installed-files
# Where AppArmor takes the right to make user namespaces from programs (Ubuntu 23.10 and later), a profile
# gives it back to these: the restriction stays for all others.
profile_name=bryo
[ "$uid" -eq 0 ] || profile_name=bryo.$(id -un)
profile=/etc/apparmor.d/$profile_name

# What runs containers, and what builds bryo.
runtime_packages="uidmap fuse-overlayfs slirp4netns passt nftables libseccomp2 libisal2 libzstd1 libssl3 mount ca-certificates"
build_packages="gcc g++ make libseccomp-dev libisal-dev libzstd-dev libssl-dev busybox-static"

installed_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
# Names of the library packages differ between releases (libssl3t64): what provides them counts.
missing_packages() {
  for package in "$@"; do
    installed_package "$package" && continue
    installed_package "${package}t64" && continue
    printf '%s ' "$package"
  done
}

node_works() { command -v node >/dev/null && command -v npm >/dev/null && node -e 'process.exit(+process.versions.node.split(".")[0] >= 18 ? 0 : 1)'; }

build_is_possible() { [ -z "$(missing_packages $build_packages)" ] && node_works; }
is_built() {
  for part in bryo bryo-js bryo-launcher bryo-worker bryo-slirp.so bryo-engine.so bryo.node hello/index.json; do
    [ -e "$here/dist/$part" ] || return 1
  done
}

install_packages() {
  wanted=$(missing_packages $runtime_packages $build_packages)
  node_works || wanted="$wanted nodejs npm"
  # Run-time libraries come with the -dev packages under whatever name the release has.
  wanted=$(printf '%s\n' $wanted | grep -vE '^(libseccomp2|libisal2|libzstd1|libssl3)$' | tr '\n' ' ')
  [ -z "$(echo "$wanted" | tr -d ' ')" ] && return
  if ! command -v apt-get >/dev/null; then
    echo "install.sh: no apt-get here; install these yourself: $wanted" >&2
    exit 1
  fi
  echo "Installing packages: $wanted"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null
  apt-get install -q -y --no-install-recommends $wanted >/dev/null
}

build() {
  cd "$here"
  if ! cmp -s package-lock.json node_modules/.bryo-lock; then
    echo "Fetching npm packages"
    npm install --no-save --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.bryo-lock
  fi
  echo "Building"
  npm run --silent build >/dev/null
}

# Copies a file into place in one step, so that a running bryo is not disturbed, and notes it down.
put() {
  target=$3
  mkdir -p "$(dirname "$target")"
  cp "$2" "$target.new"
  chmod "$1" "$target.new"
  mv -f "$target.new" "$target"
  echo "$target" >>"$manifest.new"
}

link() {
  mkdir -p "$(dirname "$2")"
  ln -sfn "$1" "$2"
  echo "$2" >>"$manifest.new"
}

# Where the service managers of users look: for units below both prefixes, for generators only below
# the administrator's one.
install_units() {
  units=$prefix/lib/systemd/user
  [ "$uid" -eq 0 ] || units=${XDG_DATA_HOME:-$HOME/.local/share}/systemd/user
  for unit in "$here"/src/systemd/units/*; do
    case $(basename "$unit") in
      bryo-docker.socket | podman.socket) case " $sockets " in *" $(basename "$unit") "*) ;; *) continue ;; esac ;;
    esac
    sed "s|@bryo@|$prefix/bin/bryo|" "$unit" >"$libexec/unit.new"
    put 644 "$libexec/unit.new" "$units/$(basename "$unit")"
  done
  rm "$libexec/unit.new"
  link ../bryo-restart.service "$units/default.target.wants/bryo-restart.service"
  for socket in $sockets; do
    link "../$socket" "$units/sockets.target.wants/$socket"
  done
  ln -sfn bryo "$libexec/bryo-user-generator"
  [ "$uid" -ne 0 ] || link ../../../libexec/bryo/bryo "$prefix/lib/systemd/user-generators/bryo-user-generator"
}

apparmor_profile() {
  cat <<END
abi <abi/4.0>,
include <tunables/global>

profile $profile_name "$libexec/{bryo,bryo-js,bryo-launcher,bryo-worker}" flags=(unconfined) {
  userns,

  include if exists <local/$profile_name>
}
END
}

apparmor_is_on() { command -v apparmor_parser >/dev/null && command -v aa-enabled >/dev/null && aa-enabled --quiet; }

# Older AppArmor restricts no user namespaces, and does not know such profiles.
install_profile() {
  apparmor_profile >"$libexec/profile.new"
  put 644 "$libexec/profile.new" "$libexec/apparmor-profile"
  if [ "$uid" -eq 0 ] && [ -e /etc/apparmor.d/abi/4.0 ]; then
    put 644 "$libexec/profile.new" "$profile"
    if apparmor_is_on; then apparmor_parser --replace "$profile"; fi
  fi
  rm "$libexec/profile.new"
}

remove_profile() {
  if [ "$uid" -eq 0 ] && [ -e "$profile" ] && apparmor_is_on; then
    apparmor_parser --remove "$profile" || echo "install.sh: the AppArmor profile $profile_name stays loaded until the next boot" >&2
  fi
}

install_files() {
  mkdir -p "$libexec"
  : >"$manifest.new"
  for program in bryo bryo-js bryo-launcher bryo-worker; do put 755 "$here/dist/$program" "$libexec/$program"; done
  for library in bryo.node bryo-slirp.so bryo-engine.so; do put 644 "$here/dist/$library" "$libexec/$library"; done
  (cd "$here/dist/hello" && find . -type f) | while read -r file; do
    put 644 "$here/dist/hello/$file" "$libexec/hello/${file#./}"
  done
  for page in "$here"/man/*.[15]; do
    put 644 "$page" "$prefix/share/man/man${page##*.}/$(basename "$page")"
  done
  put 644 "$here/dist/completions/bryo" "$prefix/share/bash-completion/completions/bryo"
  put 644 "$here/dist/completions/_bryo" "$prefix/share/zsh/site-functions/_bryo"
  put 644 "$here/dist/completions/bryo.fish" "$prefix/share/fish/vendor_completions.d/bryo.fish"
  mkdir -p "$prefix/bin"
  ln -sfn ../libexec/bryo/bryo "$prefix/bin/bryo"
  ln -sfn bryo "$libexec/bryo-oci"
  ln -sfn ../libexec/bryo/bryo "$prefix/bin/bryo-oci"
  printf '%s\n' "$prefix/bin/bryo" "$prefix/bin/bryo-oci" >>"$manifest.new"
  for shim in $shims; do
    ln -sfn ../libexec/bryo/bryo "$prefix/bin/$shim"
    echo "$prefix/bin/$shim" >>"$manifest.new"
  done
  install_units
  install_profile
  mv "$manifest.new" "$manifest"
}

# Another program of that name stays what it is; a link to bryo is ours.
check_shims() {
  for shim in $shims; do
    there=$prefix/bin/$shim
    [ -e "$there" ] || [ -L "$there" ] || continue
    [ "$(readlink "$there")" = ../libexec/bryo/bryo ] && continue
    echo "install.sh: $there is there already, and is not bryo: remove it, or leave --$shim-shim away" >&2
    exit 1
  done
}

# Whoever called sudo wants to run containers as themselves.
grant_ids() {
  user=${SUDO_USER:-}
  [ -n "$user" ] && [ "$user" != root ] || return 0
  for kind in uid gid; do
    grep -q "^$user:" "/etc/sub$kind" 2>/dev/null && continue
    start=$(awk -F: '{ e = $2 + $3; if (e > m) m = e } END { print (m > 100000 ? m : 100000) }' "/etc/sub$kind" 2>/dev/null || echo 100000)
    usermod "--add-sub${kind}s" "$start-$((start + 65535))" "$user"
    echo "Granted $user the sub${kind}s $start to $((start + 65535))"
  done
}

sysctl_is() { [ "$(cat "/proc/sys/$1" 2>/dev/null)" = "$2" ]; }

# One list of all that needs an administrator; empty when nothing does.
todo_list() {
  packages=$(missing_packages $runtime_packages)
  if ! is_built && ! build_is_possible; then
    packages="$packages$(missing_packages $build_packages)"
    node_works || packages="${packages}nodejs npm"
  fi
  [ -z "$packages" ] || echo "  apt install $packages"
  user=$(id -un)
  if [ "$uid" -ne 0 ]; then
    grep -q "^\($user\|$uid\):" /etc/subuid 2>/dev/null || echo "  usermod --add-subuids 100000-165535 $user"
    grep -q "^\($user\|$uid\):" /etc/subgid 2>/dev/null || echo "  usermod --add-subgids 100000-165535 $user"
  fi
  sysctl_is kernel/apparmor_restrict_unprivileged_userns 1 && [ ! -e "$profile" ] &&
    echo "  install -m 644 $libexec/apparmor-profile $profile && apparmor_parser --replace $profile"
  sysctl_is kernel/unprivileged_userns_clone 0 &&
    echo "  echo kernel.unprivileged_userns_clone=1 >/etc/sysctl.d/60-bryo.conf && sysctl --system"
  sysctl_is user/max_user_namespaces 0 &&
    echo "  echo user.max_user_namespaces=28633 >/etc/sysctl.d/60-bryo.conf && sysctl --system"
  [ -e /dev/net/tun ] || echo "  modprobe tun"
  if [ -e /dev/net/tun ] && [ ! -w /dev/net/tun ]; then echo "  chmod 666 /dev/net/tun"; fi
  if [ -e /dev/fuse ] && [ ! -w /dev/fuse ]; then echo "  chmod 666 /dev/fuse"; fi
  return 0
}

print_todo() {
  todo=$(todo_list)
  [ -n "$todo" ] || return 0
  echo "An administrator still has to run:"
  echo "$todo"
}

case $action in
  uninstall)
    if [ ! -e "$manifest" ]; then
      echo "bryo is not installed under $prefix" >&2
      exit 1
    fi
    remove_profile
    while read -r file; do rm -f "$file"; done <"$manifest"
    rm -rf "$libexec"
    # The directories that nobody else has put anything into.
    for directory in share/man/man1 share/bash-completion/completions share/zsh/site-functions \
      share/fish/vendor_completions.d libexec bin; do
      (cd "$prefix" 2>/dev/null && rmdir -p "$directory" 2>/dev/null) || true
    done
    echo "Removed bryo from $prefix; containers and images in ~/.local/share/bryo are still there"
    ;;
  check)
    status=0
    if [ -x "$prefix/bin/bryo" ]; then
      echo "$("$prefix/bin/bryo" --version) is installed under $prefix"
    else
      echo "bryo is not installed under $prefix"
      status=1
    fi
    todo=$(todo_list)
    if [ -n "$todo" ]; then print_todo; status=1; fi
    exit $status
    ;;
  install)
    check_shims
    [ "$uid" -ne 0 ] || install_packages
    if build_is_possible; then
      build
    elif ! is_built; then
      print_todo
      echo "Then run ./install.sh again." >&2
      exit 1
    fi
    install_files
    [ "$uid" -ne 0 ] || grant_ids
    echo "Installed $("$prefix/bin/bryo" --version) under $prefix"
    print_todo
    case :$PATH: in *:"$prefix/bin":*) ;; *) echo "Add it to your PATH: export PATH=$prefix/bin:\$PATH" ;; esac
    if [ "$uid" -eq 0 ]; then
      echo "Now, as an ordinary user: bryo run hello"
    else
      echo "Now: bryo run hello"
    fi
    ;;
esac
