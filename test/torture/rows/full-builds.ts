import { buildContext } from '../../support/build-context.ts';
import type { TortureRow } from '../harness.ts';
import { limitDisk, usedBytes } from './full-disk.ts';

const mebibyte = 1 << 20;
const name = 'localhost/full:1';

/** Steps that write three mebibytes each, in the ways that builds have. */
const containerfile = [
  'FROM hello AS one',
  'COPY large /copied',
  'RUN dd if=/dev/urandom of=/made bs=64k count=48 2>/dev/null',
  'FROM hello',
  'COPY --from=one /copied /made /taken/',
  'RUN rm /taken/made && ls /taken',
].join('\n');

export const fullBuild: TortureRow = {
  name: 'build-full',
  says: 'a build for which the disk is too small says so, gives the space back, and goes on with more',
  rounds: 60,
  shortRounds: 4,
  async prepare(context) {
    const { sandbox } = context;
    const resize = limitDisk(context);
    sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
    const random = Array.from({ length: 3 * mebibyte }, () =>
      String.fromCharCode(33 + Math.floor(context.random() * 90)),
    );
    const directory = buildContext(sandbox, 'full-build', {
      Containerfile: containerfile,
      large: random.join(''),
    });
    const args = ['build', '-q', '--jobs', '1', '-t', name, directory];
    return async (index) => {
      const problems: string[] = [];
      const before = usedBytes(sandbox.root);
      resize((Math.ceil(before / mebibyte) + 1 + (index % 20)) * mebibyte);
      const { code, stderr } = sandbox.run(args);
      const lines = stderr.split('\n').filter((line) => line !== '');
      // A command of RUN that finds no room says so itself, or ends with its own status.
      const told = /no space|full|exit status 1$/i.test(lines[0] ?? '');
      if (code !== 0 && (lines.length !== 1 || !told)) {
        problems.push(`status ${code}: ${stderr}`);
      }
      resize(128 * mebibyte);
      problems.push(...context.nextCommand(index));
      const again = sandbox.run(args);
      if (again.code !== 0) problems.push(`with room enough: ${again.stderr}`);
      const look = ['run', '--rm', '--network', 'none', name, 'wc', '-c', '/taken/copied'];
      const inside = sandbox.run(look);
      if (inside.stdout !== `${3 * mebibyte} /taken/copied\n`) {
        problems.push(`its files: ${inside.stdout}${inside.stderr}`);
      }
      sandbox.run(['rmi', name]);
      sandbox.run(['image', 'prune', '--force', '--build-cache']);
      const grown = usedBytes(sandbox.root) - before;
      if (grown > mebibyte / 2) problems.push(`${grown} bytes are not given back`);
      return problems;
    };
  },
};
