import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PortMapping } from '../network/types.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';

function portsPath(store: Store, id: string): string {
  return join(storePaths.container(store, id), 'ports.json');
}

/** Remembers the ports that a start published. */
export function writePorts(store: Store, id: string, ports: readonly PortMapping[]): void {
  if (ports.length === 0) return;
  writeFileAtomic(portsPath(store, id), JSON.stringify(ports), 'volatile');
}

/** The ports of a container's last start. */
export function readPorts(store: Store, id: string): PortMapping[] {
  try {
    return JSON.parse(readFileSync(portsPath(store, id), 'utf8')) as PortMapping[];
  } catch {
    return [];
  }
}
