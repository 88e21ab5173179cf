/** Kernel files that tell or change too much about the host (union of the field's lists). */
export const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/dev/block',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/fs/selinux',
];

export const readonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

function covers(pattern: string, path: string): boolean {
  if (pattern === 'ALL') return true;
  return pattern.split(':').some((word) => {
    const text = word.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
    return new RegExp(`^${text.replaceAll('?', '[^/]')}$`).test(path);
  });
}

/** Applies `--security-opt mask=` and `unmask=` (podman-run(1)) to a default list. */
export function applyMasks(
  defaults: readonly string[],
  options: { mask: readonly string[]; unmask: readonly string[] },
): string[] {
  const kept = defaults.filter((path) => !options.unmask.some((pattern) => covers(pattern, path)));
  return [...kept, ...options.mask.flatMap((paths) => paths.split(':'))];
}
