/**
 * Files as projects publish them (test/data/kube): what inspect shows of their containers, beside what it showed of those
 * that podman 5.4 made. Left out is what bryo does otherwise on purpose (docs/decisions/kube.md), and what the image has.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';

const sandbox = new Sandbox();

const cases = join(projectDir, 'test', 'data', 'kube');

interface Shown {
  Name: string;
  IsInfra: boolean;
  Config: {
    Entrypoint: string[] | string | null;
    Cmd: string[] | null;
    Env: string[];
    WorkingDir: string;
    User: string;
    Labels: Record<string, string> | null;
    StopTimeout: number;
    Tty: boolean;
    Healthcheck?: { Interval?: number; Timeout?: number; StartPeriod?: number; Retries?: number };
    HealthcheckOnFailureAction: string;
  };
  HostConfig: {
    RestartPolicy: { Name: string };
    Memory: number;
    MemoryReservation: number;
    CpuQuota: number;
    ReadonlyRootfs: boolean;
    Privileged: boolean;
    CapAdd: string[] | null;
    GroupAdd: string[] | null;
    Tmpfs: Record<string, string> | null;
  };
  Mounts: { Type: string; Destination: string; RW: boolean }[];
}

interface Expected {
  name: string;
  words: string[];
  env: string[];
  workdir: string;
  labels: Record<string, string>;
  readOnly: boolean;
}

const sorted = (words: readonly string[]): string[] => [...words].sort();

function describe({ Name, Config, HostConfig, Mounts }: Shown, expected: Expected) {
  const { Healthcheck: health } = Config;
  const { Entrypoint: entrypoint } = Config;
  const first = typeof entrypoint === 'string' ? entrypoint : (entrypoint ?? []).join(' ');
  const words = [first, ...(Config.Cmd ?? [])].filter(Boolean).join(' ');
  const known = new Set(expected.env.map((word) => word.split('=')[0]));
  return {
    name: Name,
    words: expected.words.length === 0 ? '' : words,
    env: sorted(Config.Env.filter((word) => known.has(word.split('=')[0]))),
    workdir: expected.workdir === '/' ? '/' : Config.WorkingDir,
    user: Config.User,
    labels: Object.fromEntries(
      Object.keys(expected.labels).map((key) => [key, Config.Labels?.[key]]),
    ),
    restart: HostConfig.RestartPolicy.Name,
    memory: [HostConfig.Memory, HostConfig.MemoryReservation],
    quota: HostConfig.CpuQuota,
    readOnly: HostConfig.ReadonlyRootfs,
    privileged: HostConfig.Privileged,
    added: HostConfig.Privileged ? [] : sorted(HostConfig.CapAdd ?? []),
    stop: Config.StopTimeout,
    tty: Config.Tty,
    groups: HostConfig.GroupAdd ?? [],
    health: health
      ? [health.Interval, health.Timeout, health.StartPeriod ?? 0, health.Retries]
      : null,
    failure: Config.HealthcheckOnFailureAction,
    mounts: Mounts.map(({ Type, Destination, RW }) => [Type, Destination, RW]).sort((a, b) =>
      String(a[1]) < String(b[1]) ? -1 : 1,
    ),
    // Those of a read-only container are shown, which podman does not.
    memoryMounts: expected.readOnly ? [] : Object.keys(HostConfig.Tmpfs ?? {}).sort(),
  };
}

const expectations: Record<string, Expected[]> = JSON.parse(
  readFileSync(join(cases, 'podman-5.4.json'), 'utf8'),
);

for (const file of readdirSync(cases).filter((name) => name.endsWith('.yaml'))) {
  const name = file.replace('.yaml', '');
  t.test(name, async (t) => {
    const input = readFileSync(join(cases, file), 'utf8');
    const played = sandbox.run(['kube', 'play', '--start=false', '-'], { input });
    t.equal(played.code, 0, played.stderr);
    const expected = expectations[name] ?? [];
    t.ok(expected.length > 0);
    for (const one of expected) {
      const text = sandbox.ok('container', 'inspect', one.name);
      const [shown] = JSON.parse(text) as Shown[];
      if (shown === undefined) throw new Error(`${one.name} is not shown`);
      t.same(describe(shown, one), { ...one, words: one.words.join(' ') });
    }
    const all = sandbox.ok('ps', '-a', '--format', '{{.Names}}').trim().split('\n');
    t.equal(all.filter((word) => !word.endsWith('-infra')).length, expected.length);
    t.match(sandbox.run(['kube', 'down', '--force', '-'], { input }), { code: 0 });
    sandbox.ok('volume', 'rm', '--all', '--force');
  });
}
