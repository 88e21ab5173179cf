import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { median } from '../support/statistics.ts';
import {
  bryo,
  discard,
  drafts,
  inspect,
  install,
  ownUnits,
  property,
  run,
  systemctl,
  write,
} from './services/support.ts';

/** `npm run vm -- bench`: what a service costs that does nothing, with bryo and with podman beside it. */
const rounds = 7;
/** Milliseconds after which a service that does nothing has come to rest. */
const untilIdle = 3000;
const podmanUnit = 'podman-idle.service';
const bryoUnit = 'idle.service';

interface Cost {
  /** Milliseconds of `systemctl --user start`, which returns once the service is ready. */
  start: number;
  /** Bytes of memory.current, the container's own group included. */
  memory: number;
  /** The part of it that no file can be read again for. */
  anonymous: number;
  /** Including the container's one. */
  processes: number;
}

function must({ code, stdout, stderr }: ReturnType<typeof run>): string {
  if (code !== 0) throw new Error(`status ${code}: ${stderr}`);
  return stdout;
}

function prepareBryo(): void {
  const lines = ['[Container]', 'Image=hello', 'Exec=sleep 1000', 'StopTimeout=0'];
  must(install('idle.container', ...lines));
}

/** The image goes from one store into the other; podman's unit is the one that it recommends itself. */
function preparePodman(): void {
  const archive = join(drafts, 'hello.tar');
  must(bryo('run', '--rm', 'hello', 'true')); // brings the image into the store
  must(bryo('save', '--output', archive, 'hello'));
  must(run('podman', 'load', '--quiet', '--input', archive));
  rmSync(archive);
  const image = must(run('podman', 'images', '--quiet')).trim();
  must(run('podman', 'create', '--name', 'idle', '--stop-timeout', '0', image, 'sleep', '1000'));
  const unit = must(run('podman', 'generate', 'systemd', '--new', '--name', 'idle'));
  must(run('podman', 'rm', 'idle'));
  write(ownUnits, podmanUnit, unit.trimEnd().split('\n'));
  systemctl('daemon-reload');
}

function pidsBelow(group: string): number {
  if (!existsSync(group)) return 0;
  const own = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).length;
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .reduce((sum, { name }) => sum + pidsBelow(join(group, name)), own);
}

/** The groups of a service: its own one, and that of its container when it lies elsewhere. */
function groupsOf(unit: string, pid: string): string[] {
  const own = property(unit, 'ControlGroup');
  const [, path = ''] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
  // crun puts the processes of a scope into a group below it.
  const container = path.replace(/(\.scope)\/.*$/, '$1');
  const all = container.startsWith(own) ? [own] : [own, container];
  return all.map((group) => join('/sys/fs/cgroup', group));
}

async function measureOnce(unit: string, pidOf: () => string): Promise<Cost> {
  const before = performance.now();
  must(systemctl('start', unit));
  const start = performance.now() - before;
  const groups = groupsOf(unit, pidOf());
  await setTimeout(untilIdle);
  const sum = (read: (group: string) => number): number =>
    groups.reduce((total, group) => total + read(group), 0);
  const cost = {
    start,
    memory: sum((group) => Number(readFileSync(join(group, 'memory.current'), 'utf8'))),
    anonymous: sum((group) => {
      const stat = readFileSync(join(group, 'memory.stat'), 'utf8');
      return Number(/^anon (\d+)$/m.exec(stat)?.[1]);
    }),
    processes: sum(pidsBelow),
  };
  systemctl('stop', unit);
  return cost;
}

function medians(costs: readonly Cost[]): Cost {
  const of = (key: keyof Cost): number => median(costs.map((cost) => cost[key]));
  return {
    start: of('start'),
    memory: of('memory'),
    anonymous: of('anonymous'),
    processes: of('processes'),
  };
}

const rows: { title: string; key: keyof Cost; unit: number; digits: number }[] = [
  { title: 'start to READY, ms', key: 'start', unit: 1, digits: 0 },
  { title: 'memory.current, MiB', key: 'memory', unit: 1 << 20, digits: 2 },
  { title: 'anonymous memory, MiB', key: 'anonymous', unit: 1 << 20, digits: 2 },
  { title: 'processes', key: 'processes', unit: 1, digits: 0 },
];

function printTable(ours: Cost, theirs: Cost): void {
  const line = (...cells: string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(24) : cell.padStart(10))).join('');
  const shown = rows.map(({ title, key, unit, digits }) => {
    const number = (cost: Cost): string => (cost[key] / unit).toFixed(digits);
    return line(title, number(ours), number(theirs), (ours[key] / theirs[key]).toFixed(2));
  });
  const version = must(run('podman', '--version')).trim();
  const head = `an idle service; medians of ${rounds}; ${version}`;
  process.stdout.write([head, line('', 'bryo', 'podman', 'ratio'), ...shown, ''].join('\n'));
}

prepareBryo();
preparePodman();
const ours: Cost[] = [];
const theirs: Cost[] = [];
for (let round = 0; round <= rounds; ++round) {
  const our = await measureOnce(bryoUnit, () => inspect('systemd-idle', '.State.Pid'));
  const their = await measureOnce(podmanUnit, () =>
    must(run('podman', 'inspect', '--format', '{{.State.Pid}}', 'idle')).trim(),
  );
  // The first ones read everything from the disk.
  if (round === 0) continue;
  ours.push(our);
  theirs.push(their);
}
printTable(medians(ours), medians(theirs));
discard('idle.container', bryoUnit);
rmSync(join(ownUnits, podmanUnit));
