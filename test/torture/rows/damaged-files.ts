import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asTestUser } from '../../support/user.ts';
import type { TortureContext, TortureRow } from '../harness.ts';

const damages = ['truncated', 'zeroed', 'flipped', 'deleted'] as const;
type Damage = (typeof damages)[number];

/** Cuts a file in half, overwrites it with zeros, changes one bit of it, or removes it. */
function damage(context: TortureContext, path: string, how: Damage): void {
  const { size } = statSync(path);
  if (how === 'truncated') truncateSync(path, Math.floor(size / 2));
  if (how === 'zeroed') writeFileSync(path, Buffer.alloc(size));
  if (how === 'deleted') rmSync(path);
  if (how !== 'flipped' || size === 0) return;
  const bytes = readFileSync(path);
  const at = Math.floor(context.random() * size);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(context.random() * 8));
  writeFileSync(path, bytes);
}

/** The state files of a store, but for those that are only locks. */
function stateFiles(root: string): string[] {
  const files: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (!/^(diff|upper|work|merged|_data)$/.test(entry.name)) walk(path);
      } else if (!/\.?lock$/.test(entry.name) && statSync(join(root, path)).size > 0) {
        files.push(path);
      }
    }
  };
  walk('.');
  return files.sort();
}

function asUser(...argv: string[]): void {
  const [program = '', ...args] = asTestUser(argv);
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}

/** Names of what a damaged file belongs to: these may be lost with it, the others may not. */
function owners(path: string, ids: ReadonlyMap<string, string>): string {
  const [top = '', id = ''] = path.split('/');
  if (top === 'containers') return ids.get(id) ?? '';
  return top === 'names' || top === 'volumes' ? id : '';
}

export const damagedFiles: TortureRow = {
  name: 'files',
  says: 'whichever state file is damaged: the rest works, nothing crashes, check --repair mends it',
  rounds: 200,
  shortRounds: 4,
  async prepare(context) {
    const { sandbox } = context;
    const none = ['--network', 'none'];
    for (const name of ['one', 'two']) {
      sandbox.ok('create', '--name', name, ...none, '-v', `${name}:/v`, 'hello', 'echo', name);
    }
    sandbox.ok('start', '-a', 'one');
    const ids = new Map(
      sandbox
        .ok('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}}')
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
    const pristine = `${sandbox.root}-pristine`;
    const copy = (from: string, to: string) => {
      sandbox.ok('unshare', 'rm', '-rf', to);
      sandbox.ok('unshare', 'cp', '-a', from, to);
    };
    copy(sandbox.root, pristine);
    const files = stateFiles(pristine);
    context.teardown(() => sandbox.run(['unshare', 'rm', '-rf', pristine]));
    return async (index) => {
      // A row of rounds meets all files before it meets one again, however short it is.
      const how = damages[Math.floor(index / files.length + index) % damages.length] ?? 'deleted';
      const path = files[(index * 7) % files.length] ?? '';
      asUser('sh', '-c', `rm -rf ${sandbox.runroot}`);
      copy(pristine, sandbox.root);
      damage(context, join(sandbox.root, path), how);
      const lost = owners(path, ids);
      const problems: string[] = [];
      const expect = (...args: string[]) => {
        const { code, stdout, stderr } = sandbox.run(args);
        if (code !== 0 || stderr !== '') {
          problems.push(`${path} ${how}: ${args.join(' ')}: status ${code}: ${stdout}${stderr}`);
        }
        return stdout;
      };
      const calm = (...args: string[]) => {
        const { stderr } = sandbox.run(args);
        if (/TypeError|SyntaxError|undefined|\n\s+at /.test(stderr)) {
          problems.push(`${path} ${how}: ${args.join(' ')} crashed: ${stderr}`);
        }
      };
      for (const name of ['one', 'two']) {
        if (name === lost) calm('start', '-a', name);
        else if (expect('start', '-a', name) !== `${name}\n`) problems.push(`${path}: ${name}`);
      }
      const listed = expect('ps', '-a', '--format', '{{.Names}}');
      const volumes = expect('volume', 'ls', '-q');
      for (const name of ['one', 'two'].filter((other) => other !== lost)) {
        if (!listed.includes(name)) problems.push(`${path} ${how}: ps lacks ${name}`);
        if (!volumes.includes(name)) problems.push(`${path} ${how}: volume ls lacks ${name}`);
      }
      expect('images');
      expect('system', 'check', '--repair', '--force');
      expect('system', 'check');
      expect('run', '--rm', ...none, 'hello', 'true');
      return problems;
    };
  },
};
