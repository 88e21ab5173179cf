import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complaint, ended } from '../ended.ts';
import type { TortureContext, TortureRow } from '../harness.ts';

const none = ['--network', 'none'];
const crowd = 50;
const canary = 'the-value-that-nobody-must-find';

/** A way in which a name is given, and taken back. */
interface Registration {
  make(name: string, label: string): string[];
  remove(name: string): string[];
  /** Prints the label of what has the name. */
  label(name: string): string[];
  taken: RegExp;
}

const registrations: Readonly<Record<string, Registration>> = {
  container: {
    make: (name, label) => ['create', ...none, '--name', name, '-l', `by=${label}`, 'hello'],
    remove: (name) => ['rm', name],
    label: (name) => ['inspect', '-f', '{{.Config.Labels.by}}', name],
    taken: /is already in use by/,
  },
  pod: {
    make: (name, label) => ['pod', 'create', ...none, '--name', name, '-l', `by=${label}`],
    remove: (name) => ['pod', 'rm', name],
    label: (name) => ['pod', 'inspect', '-f', '{{.Labels.by}}', name],
    taken: /is in use|already in use/,
  },
  volume: {
    make: (name, label) => ['volume', 'create', '-l', `by=${label}`, name],
    remove: (name) => ['volume', 'rm', name],
    label: (name) => ['volume', 'inspect', '-f', '{{.Labels.by}}', name],
    taken: /already exists/,
  },
  secret: {
    make: (name, label) => ['secret', 'create', '-l', `by=${label}`, name, '/etc/hostname'],
    remove: (name) => ['secret', 'rm', name],
    label: (name) => ['secret', 'inspect', '-f', '{{.Spec.Labels.by}}', name],
    taken: /secret name in use/,
  },
};
const kinds = Object.entries(registrations);

export const racedNames: TortureRow = {
  name: 'names',
  says: `${crowd} commands want the same name of a container, pod, volume or secret: one gets it, with its labels`,
  rounds: 20,
  shortRounds: 4,
  async prepare({ sandbox }) {
    return async (index) => {
      const chosen = kinds[index % kinds.length];
      if (chosen === undefined) throw new Error('there is no kind of names');
      const [kind, { make, remove, label, taken }] = chosen;
      const results = await Promise.all(
        Array.from({ length: crowd }, (_, at) => ended(sandbox, make('one', String(at)))),
      );
      const winners = results.flatMap(({ code }, at) => (code === 0 ? [String(at)] : []));
      const odd = results.filter(
        ({ code, stderr }) => code !== 0 && (code !== 125 || !taken.test(stderr)),
      );
      const has = sandbox.run(label('one')).stdout.trim();
      sandbox.run(remove('one'));
      return [
        ...(winners.length === 1 ? [] : [`${kind}: ${winners.length} commands have got the name`]),
        ...(winners.includes(has) ? [] : [`${kind}: it has the label of ${has}, not ${winners}`]),
        ...odd.map((result) => complaint(make('one', ''), result)),
      ];
    };
  },
};

/** Every file of the store that is there without being named by what is listed. */
function strays({ sandbox }: TortureContext): string[] {
  const inside = (...names: string[]) => {
    const found = readdirSync(join(sandbox.root, ...names), { withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map(({ name }) => join(...names, name));
  };
  const all = [...inside('.'), ...['names', 'pods', 'secrets', 'cache'].flatMap((n) => inside(n))];
  return all.filter((path) => /tmp|unfinished|\.new|kept/.test(path));
}

function namesOf(context: TortureContext, ...args: string[]): string[] {
  return context.sandbox
    .ok(...args)
    .split('\n')
    .filter(Boolean)
    .sort();
}

export const killedNames: TortureRow = {
  name: 'killed-names',
  says: 'killed creations, renames and removals leave a whole thing or nothing, and no value of a secret',
  rounds: 200,
  shortRounds: 10,
  async prepare(context) {
    const { sandbox } = context;
    sandbox.ok('create', ...none, '--name', 'older', 'hello');
    for (const list of ['names', 'pods', 'secrets', 'cache']) {
      sandbox.run(['unshare', 'mkdir', '-p', join(sandbox.root, list)]);
    }
    const secret = ['secret', 'create', '--replace', '--env', 's', 'CANARY'];
    const commands = [
      ...kinds.map(([, { make }]) => make('k', 'x')),
      secret,
      ['rename', 'older', 'newer'],
    ];
    const span = context.duration(commands[0] ?? []);
    sandbox.ok('rm', 'k');
    return async (index) => {
      const args = commands[index % commands.length] ?? [];
      const { code } = await context.killed(args, span * 1.3, { CANARY: canary });
      const problems = context.nextCommand(index);
      problems.push(...strays(context).map((path) => `${args.join(' ')} leaves ${path}`));
      const names = namesOf(context, 'ps', '-a', '--format', '{{.Names}}');
      const renamed = names.includes('newer');
      if (renamed === names.includes('older')) problems.push(`there are ${names}`);
      const claimed = readdirSync(join(sandbox.root, 'names')).sort();
      if (String(claimed) !== String(names)) problems.push(`names has ${claimed}, not ${names}`);
      const other = renamed ? 'older' : 'newer';
      if (sandbox.run(['container', 'exists', other]).code !== 1)
        problems.push(`${other} resolves`);
      if (renamed) sandbox.ok('rename', 'newer', 'older');
      const secrets = namesOf(context, 'secret', 'ls', '--format', '{{.ID}} {{.Name}}');
      const files = readdirSync(join(sandbox.root, 'secrets')).sort();
      const due = secrets
        .map((line) => line.slice(0, 25))
        .flatMap((id) => [`${id}.data`, `${id}.json`]);
      if (String(files) !== String(due)) problems.push(`secrets has ${files}, not ${due}`);
      const values = files.filter((file) =>
        readFileSync(join(sandbox.root, 'secrets', file), 'utf8').includes(canary),
      );
      if (values.length > 1) problems.push(`the value is in ${values}`);
      if (code === 0 && args === secret && values.length !== 1) problems.push('the value is lost');
      for (const [, { remove }] of kinds) sandbox.run(remove('k'));
      return problems;
    };
  },
};
