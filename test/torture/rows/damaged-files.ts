import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../support/bryo.ts';
import type { TortureContext, TortureRow } from '../harness.ts';
import { damage, damages } from './damage.ts';

const none = ['--network', 'none'];
const containers = ['one', 'two', 'live', 'member'];
const secrets = ['s1', 's2'];

/** The state files of a store, but for those that are only locks, and for what users put there. */
function stateFiles(root: string): string[] {
  const files: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (!/^(diff|upper|work|merged|_data)$/.test(entry.name)) walk(path);
      } else if (entry.isFile() && !/\.lock$/.test(entry.name)) {
        files.push(path);
      }
    }
  };
  walk('.');
  return files.sort();
}

/** What a damaged file may take along until it is whole again: names of objects. */
function mayBeLost(path: string, names: ReadonlyMap<string, string>): string[] {
  const [top = '', entry = ''] = path.split('/');
  const id = entry.replace(/\.\w+$/, '');
  if (top === 'containers') {
    const name = names.get(id) ?? '';
    return name === 'infra' ? ['infra', 'member', 'pod'] : [name];
  }
  if (top === 'pods') return ['pod', 'member', 'infra'];
  if (top === 'secrets') return [names.get(id) ?? ''];
  if (top === 'volumes') return [id, `volume ${id}`];
  return top === 'blobs' ? ['image'] : [];
}

/** Which files `system check` has to name when they are damaged in any way that can be seen. */
const isNamed = /\/(record|volume)\.json$|^pods\/.*\.json$|^secrets\//;

function prepareStore({ sandbox }: TortureContext): Map<string, string> {
  for (const name of ['one', 'two']) {
    sandbox.ok('create', '--name', name, ...none, '-v', `${name}:/v`, 'hello', 'echo', name);
  }
  sandbox.ok('start', '-a', 'one');
  const probe = ['--health-cmd', 'true', '--health-interval', '1h'];
  const live = ['--name', 'live', ...none, '-v', 'live:/v', ...probe, '--restart', 'always'];
  sandbox.ok('run', '-d', ...live, 'hello', 'sleep', '10000');
  sandbox.ok('pod', 'create', '--name', 'pod', '--infra-name', 'infra', ...none);
  sandbox.ok('create', '--pod', 'pod', '--name', 'member', 'hello', 'echo', 'member');
  const names = new Map<string, string>();
  for (const name of secrets) {
    const made = sandbox.run(['secret', 'create', name, '-'], { input: `value of ${name}` });
    names.set(made.stdout.trim(), name);
  }
  const format = ['--no-trunc', '--format', '{{.ID}} {{.Names}}'];
  for (const line of sandbox
    .ok('ps', '-a', ...format)
    .trim()
    .split('\n')) {
    const [id = '', name = ''] = line.split(' ');
    names.set(id, name);
  }
  return names;
}

export const damagedFiles: TortureRow = {
  name: 'files',
  says: 'whichever file of the store is damaged in whichever way: the rest works, nothing is lost',
  rounds: 300,
  shortRounds: 8,
  async prepare(context) {
    const { sandbox } = context;
    const names = prepareStore(context);
    context.teardown(() => sandbox.run(['pod', 'rm', '-f', 'pod']));
    const files = stateFiles(sandbox.root);
    const processOf = () => sandbox.run(['inspect', '-f', '{{.State.Pid}}', 'live']).stdout;
    const alive = processOf();
    return async (index) => {
      // Rounds meet every file before they meet one again, each time in another way.
      const path = files[(index * 7) % files.length] ?? '';
      const how = damages[(index + Math.floor(index / files.length)) % damages.length] ?? 'missing';
      // A start writes anew what the last one has left.
      if (!existsSync(join(sandbox.root, path)) || !statSync(join(sandbox.root, path)).isFile()) {
        return [];
      }
      const restore = damage(join(sandbox.root, path), how, () => context.random());
      const lost = mayBeLost(path, names);
      const problems: string[] = [];
      const complain = (args: string[], { code, stdout, stderr }: Result) => {
        problems.push(`${path} ${how}: ${args.join(' ')}: status ${code}: ${stdout}${stderr}`);
      };
      const look = (...args: string[]): Result => {
        const result = sandbox.run(args);
        const crash = /TypeError|SyntaxError|undefined|JSON Parse|EISDIR|\n\s+at /;
        if (crash.test(result.stderr)) complain(args, result);
        return result;
      };
      const expect = (...args: string[]): string => {
        const result = look(...args);
        if (result.code !== 0 || result.stderr !== '') complain(args, result);
        return result.stdout;
      };
      const perhaps = (name: string) => (lost.includes(name) ? look : expect);
      const lists = (kept: readonly string[], ...args: string[]) => {
        const listed = expect(...args);
        for (const name of kept.filter((one) => !lost.includes(one))) {
          if (!listed.includes(name))
            problems.push(`${path} ${how}: ${args.join(' ')} lacks ${name}`);
        }
      };
      lists(containers, 'ps', '-a', '--format', '{{.Names}}');
      lists(['one', 'two', 'live'], 'volume', 'ls', '-q');
      lists(secrets, 'secret', 'ls', '--format', '{{.Name}}');
      lists(['pod'], 'pod', 'ps', '--format', '{{.Name}}');
      if (lost.includes('image')) look('images');
      else lists(['hello'], 'images');
      for (const name of ['one', 'two']) {
        perhaps(name)('start', '-a', name);
        perhaps(name)('inspect', name);
        perhaps(`volume ${name}`)('volume', 'inspect', name);
      }
      perhaps('live')('exec', 'live', 'cat', '/etc/passwd', '/proc/1/cmdline');
      perhaps('live')('inspect', 'live');
      perhaps('pod')('pod', 'inspect', 'pod');
      for (const name of secrets) {
        perhaps(name)('secret', 'inspect', '--showsecret', name);
        const given = lost.includes('image') ? look : perhaps(name);
        const shown = ['cat', `/run/secrets/${name}`];
        given('run', '--rm', ...none, '--secret', name, 'hello', ...shown);
      }
      perhaps('image')('run', '--rm', ...none, 'hello', 'true');
      look('volume', 'prune', '-f');
      look('image', 'prune', '-f');
      if (how !== 'flipped' && path.endsWith('/record.json')) look('rm', lost[0] ?? '');
      const check = look('system', 'check', '--quick');
      const seen = how !== 'flipped' && isNamed.test(path);
      if (seen && check.code !== 125) complain(['system', 'check'], check);
      restore();
      lists([...containers, 'infra'], 'ps', '-a', '--format', '{{.Names}}');
      if (processOf() !== alive) problems.push(`${path} ${how}: live has another process`);
      const after = look('system', 'check', ...(index % 10 === 9 ? [] : ['--quick']));
      if (after.code !== 0) complain(['system', 'check', 'in the end'], after);
      return problems;
    };
  },
};
