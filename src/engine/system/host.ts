import { readFileSync } from 'node:fs';
import { arch, cpus, freemem, hostname, release, totalmem, uptime } from 'node:os';
import { hasUnifiedCgroups } from '../../cgroup/hierarchy.ts';

/** Facts of the machine for `bryo info`. */
export interface HostFacts {
  kernel: string;
  architecture: string;
  distribution: { name: string; version: string };
  cpus: number;
  memoryTotal: number;
  memoryFree: number;
  cgroupVersion: 'v1' | 'v2';
  hostname: string;
  /** Seconds. */
  uptime: number;
}

function distribution(): HostFacts['distribution'] {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
    const field = (key: string): string =>
      lines
        .find((line) => line.startsWith(`${key}=`))
        ?.slice(key.length + 1)
        .replaceAll('"', '') ?? '';
    return { name: field('ID'), version: field('VERSION_ID') };
  } catch {
    return { name: 'unknown', version: '' };
  }
}

export function hostFacts(): HostFacts {
  const names: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
  return {
    kernel: release(),
    architecture: names[arch()] ?? arch(),
    distribution: distribution(),
    cpus: cpus().length,
    memoryTotal: totalmem(),
    memoryFree: freemem(),
    cgroupVersion: hasUnifiedCgroups() ? 'v2' : 'v1',
    hostname: hostname(),
    uptime: Math.floor(uptime()),
  };
}
