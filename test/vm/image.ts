import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../support/product.ts';

/** A bootable machine: a disk that is never written to, and what qemu loads into its memory. */
export interface MachineImage {
  disk: string;
  kernel: string;
  initrd: string;
}

/** As on a user's machine, and what the tests use as real parts. */
const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'dbus-user-session', 'libpam-systemd', 'udev', 'kmod'],
  ...['uidmap', 'fuse-overlayfs', 'slirp4netns', 'passt', 'ca-certificates', 'mount', 'iproute2'],
  ...['libseccomp2', 'libisal2', 'libzstd1', 'busybox-static', 'procps', 'openssl'],
  ...['podman', 'crun', 'runc', 'docker-registry', 'skopeo', 'apache2-utils', 'bsdutils', 'zstd'],
  ...['netcat-openbsd', 'containerd', 'buildah', 'git', 'nftables', 'curl', 'e2fsprogs', 'python3'],
  // Attacks are C programs, made on the spot; signatures take all of GnuPG.
  ...['gcc', 'libc6-dev', 'gpg', 'gpg-agent', 'gpgv', 'gpgconf', 'perl'],
  ...['linux-image-cloud-amd64'],
];
/** Versions of OpenSSL's library are part of its name. */
const releasePackages: Record<string, string[]> = { bookworm: ['libssl3'], trixie: ['libssl3t64'] };

const units = {
  'bryo-guest.service': `[Unit]
Description=The tests of the second disk
After=multi-user.target user@1000.service
Wants=user@1000.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'mkdir -p /work && mount -o ro /dev/vdb /work && cp /work/guest.sh /run && umount /work && exec /bin/sh /run/guest.sh'
ExecStopPost=/bin/systemctl --force --force poweroff
StandardOutput=file:/dev/ttyS1
StandardError=file:/dev/ttyS1
[Install]
WantedBy=multi-user.target
`,
};
/** Nobody waits for these. */
const masked = [
  'serial-getty@ttyS0.service',
  'getty@tty1.service',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'man-db.timer',
  'containerd.service',
  'docker-registry.service',
  'podman-auto-update.timer',
  'podman-restart.service',
  'podman.socket',
];

function configure(root: string): void {
  const inside = (...argv: string[]): void => {
    execFileSync('chroot', [root, ...argv], { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  inside('useradd', '--create-home', '--uid', '1000', '--shell', '/bin/bash', 'tester');
  mkdirSync(join(root, 'var/lib/systemd/linger'), { recursive: true });
  writeFileSync(join(root, 'var/lib/systemd/linger/tester'), '');
  writeFileSync(join(root, 'etc/hostname'), 'bryo-vm\n');
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost bryo-vm\n');
  writeFileSync(join(root, 'etc/fstab'), '/dev/vda / ext4 rw,noatime 0 0\n');
  writeFileSync(join(root, 'etc/modules-load.d/bryo.conf'), 'tun\nfuse\noverlay\n');
  // Kept, as Debian does it: a volatile journal is not split by users, who then cannot read their own.
  mkdirSync(join(root, 'var/log/journal'), { recursive: true });
  for (const [name, text] of Object.entries(units)) {
    writeFileSync(join(root, 'etc/systemd/system', name), text);
    inside('systemctl', '--quiet', 'enable', name);
  }
  for (const unit of masked) {
    rmSync(join(root, 'etc/systemd/system', unit), { force: true });
    symlinkSync('/dev/null', join(root, 'etc/systemd/system', unit));
  }
}

function build(release: string, directory: string): void {
  const root = join(directory, 'root');
  const wanted = [...packages, ...(releasePackages[release] ?? [])].join(',');
  execFileSync(
    'mmdebstrap',
    [
      ...['--quiet', '--variant=minbase', '--dpkgopt=force-unsafe-io'],
      ...[`--include=${wanted}`, release, root],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  configure(root);
  const boot = readdirSync(join(root, 'boot'));
  for (const [name, prefix] of [
    ['kernel', 'vmlinuz-'],
    ['initrd', 'initrd.img-'],
  ] as const) {
    const file = boot.find((entry) => entry.startsWith(prefix));
    if (file === undefined) throw new Error(`no ${prefix}* in /boot of ${release}`);
    copyFileSync(join(root, 'boot', file), join(directory, name));
  }
  makeDisk(root, join(directory, 'disk'), '4G');
  rmSync(root, { recursive: true });
}

/** An ext4 filesystem with the content of a directory. */
export function makeDisk(directory: string, disk: string, size: string): void {
  rmSync(disk, { force: true });
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', directory, disk, size]);
}

/** The machine of a Debian release; made once and kept in /var/cache. */
export function machineImage(release: string): MachineImage {
  const inputs = JSON.stringify([packages, releasePackages, units, masked, 4]);
  const key = createHash('sha256').update(inputs).digest('hex').slice(0, 12);
  const cache = '/var/cache/bryo-vm';
  const directory = join(cache, `${release}-${key}`);
  if (!existsSync(directory)) {
    mkdirSync(cache, { recursive: true });
    const made = mkdtempSync(join(cache, 'new-'));
    try {
      build(release, made);
      renameSync(made, directory);
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  }
  return {
    disk: join(directory, 'disk'),
    kernel: join(directory, 'kernel'),
    initrd: join(directory, 'initrd'),
  };
}

/** Tools of the build that nothing needs in the machine. */
const buildTools = /^(bun|@oven|@biomejs|typescript|@typescript)$/;

/** A disk with the built project, and what is to be run of it (test/vm/guest.sh). */
export function workDisk(directory: string, phases: readonly string[]): string {
  const tree = join(directory, 'tree');
  mkdirSync(join(tree, 'node_modules'), { recursive: true });
  for (const name of readdirSync(projectDir)) {
    if (name !== '.git' && name !== 'node_modules') {
      execFileSync('cp', ['-a', join(projectDir, name), tree]);
    }
  }
  rmSync(join(tree, 'addon', 'build'), { recursive: true, force: true });
  for (const name of readdirSync(join(projectDir, 'node_modules'))) {
    if (buildTools.test(name)) continue;
    execFileSync('cp', ['-a', join(projectDir, 'node_modules', name), join(tree, 'node_modules')]);
  }
  copyFileSync(join(projectDir, 'test/vm/guest.sh'), join(tree, 'guest.sh'));
  copyFileSync(process.execPath, join(tree, 'node'));
  writeFileSync(join(tree, 'phases'), phases.map((phase) => `${phase}\n`).join(''));
  execFileSync('chmod', ['-R', 'a+rX', tree]);
  execFileSync('chown', ['-R', '1000:1000', tree]);
  const disk = join(directory, 'work');
  makeDisk(tree, disk, '1G');
  rmSync(tree, { recursive: true });
  return disk;
}
