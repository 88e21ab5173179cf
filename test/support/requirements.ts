import { existsSync } from 'node:fs';
import { findProgram } from '../../src/native/programs.ts';

const packages: Record<string, string> = {
  newuidmap: 'uidmap',
  nft: 'nftables',
  slirp4netns: 'slirp4netns',
  pasta: 'passt',
  'fuse-overlayfs': 'fuse-overlayfs',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  gpg: 'gpg gpg-agent',
  gpgconf: 'gpgconf',
  gpgv: 'gpgv',
  openssl: 'openssl',
  zstd: 'zstd',
  setpriv: 'util-linux',
  script: 'bsdutils',
  nc: 'netcat-openbsd',
  podman: 'podman',
  docker: 'docker.io',
  'docker-compose': 'docker-compose',
  curl: 'curl',
  dig: 'bind9-dnsutils',
  dnsmasq: 'dnsmasq-base',
  busybox: 'busybox',
  ip: 'iproute2',
  tc: 'iproute2',
  iperf3: 'iperf3',
  python3: 'python3',
  runc: 'runc',
  containerd: 'containerd',
  ctr: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  crun: 'crun',
  'c++': 'g++',
  'clang++': 'clang libclang-rt-14-dev',
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  'qemu-aarch64-static': 'qemu-user-static',
};

/** Real parts a test needs; a missing one fails it with the command that installs it. */
export function requirePrograms(...names: string[]): void {
  const missing = names.filter((name) => findProgram(name) === null);
  if (missing.length === 0) return;
  const list = missing.map((name) => packages[name] ?? name).join(' ');
  throw new Error(`missing ${missing.join(', ')}: apt install ${list}`);
}

/** Packages of files that are in no PATH. */
const packagesOfFiles: Record<string, string> = {
  '/usr/libexec/lxc/lxc-user-nic': 'liblxc-common',
};

/** As requirePrograms, for programs that others start by their paths. */
export function requireFiles(...paths: string[]): void {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length === 0) return;
  const list = missing.map((path) => packagesOfFiles[path] ?? path).join(' ');
  throw new Error(`missing ${missing.join(', ')}: apt install ${list}`);
}

export function requireDevices(...paths: string[]): void {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`missing ${missing.join(', ')}: modprobe fuse tun`);
}
