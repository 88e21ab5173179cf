import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * crun refuses hybrid control groups: what measures podman starts again where the unified part is not
 * mounted, and where mounts are shared as on any distribution with systemd: else podman warns. For root
 * only.
 */
export function leaveHybridCgroups(): void {
  if (process.getuid?.() !== 0) throw new Error('measuring podman takes root: use sudo');
  const unified = '/sys/fs/cgroup/unified';
  if (!existsSync(unified) || process.env['BRYO_LEFT_HYBRID'] !== undefined) return;
  const script = `umount ${unified}; mount --make-rshared /; exec "$0" "$@"`;
  const words = ['-m', 'sh', '-c', script, process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', words, {
    stdio: 'inherit',
    env: { ...process.env, BRYO_LEFT_HYBRID: '1' },
  });
  process.exit(status ?? 1);
}
