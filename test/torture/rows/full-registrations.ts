import { statfsSync } from 'node:fs';
import type { TortureRow } from '../harness.ts';
import { limitDisk } from './full-disk.ts';

const none = ['--network', 'none'];
const page = 4096;

/** Registrations of names, and what tells whether there is one. */
const registrations: readonly { make: string[]; exists: string[]; remove: string[] }[] = [
  {
    make: ['rename', 'older', 'newer'],
    exists: ['container', 'exists', 'newer'],
    remove: ['rename', 'newer', 'older'],
  },
  {
    make: ['create', ...none, '--name', 'k', 'hello'],
    exists: ['container', 'exists', 'k'],
    remove: ['rm', 'k'],
  },
  {
    make: ['pod', 'create', ...none, '--name', 'k'],
    exists: ['pod', 'exists', 'k'],
    remove: ['pod', 'rm', 'k'],
  },
  {
    make: ['volume', 'create', 'k'],
    exists: ['volume', 'exists', 'k'],
    remove: ['volume', 'rm', 'k'],
  },
  {
    make: ['secret', 'create', 'k', '/etc/hostname'],
    exists: ['secret', 'exists', 'k'],
    remove: ['secret', 'rm', 'k'],
  },
];

export const fullRegistrations: TortureRow = {
  name: 'full-names',
  says: 'with room for ever one page more a name is given or it is not: nothing is half done',
  rounds: 80,
  shortRounds: 15,
  async prepare(context) {
    const { sandbox } = context;
    const resize = limitDisk(context);
    sandbox.ok('create', ...none, '--name', 'older', 'hello');
    for (const { make, remove } of registrations) {
      sandbox.ok(...make);
      sandbox.ok(...remove);
    }
    return async (index) => {
      const chosen = registrations[index % registrations.length];
      if (chosen === undefined) return ['there is nothing to register'];
      const { make, exists, remove } = chosen;
      const { blocks, bfree, bsize } = statfsSync(sandbox.root);
      const spare = Math.floor(index / registrations.length) % 16;
      resize((blocks - bfree) * bsize + spare * page);
      const { code, stderr } = sandbox.run(make);
      resize(64 << 20);
      const problems: string[] = [];
      const lines = stderr.trimEnd().split('\n').length;
      if (code !== 0 && (lines !== 1 || /TypeError|undefined|\bat /.test(stderr))) {
        problems.push(`${make.join(' ')}: status ${code}: ${stderr}`);
      }
      const there = sandbox.run(exists).code === 0;
      if (there !== (code === 0))
        problems.push(`${make.join(' ')}: ${code}, and is there: ${there}`);
      problems.push(...context.nextCommand(index));
      if (there) sandbox.ok(...remove);
      else {
        sandbox.ok(...make);
        sandbox.ok(...remove);
      }
      return problems;
    };
  },
};
