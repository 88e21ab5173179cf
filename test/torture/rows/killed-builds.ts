import { buildContext } from '../../support/build-context.ts';
import type { TortureRow } from '../harness.ts';

const name = 'localhost/victim:1';

/** Files in some directories, so that copying them takes a moment. */
function files(): Record<string, string> {
  const made: Record<string, string> = {};
  for (let at = 0; at < 400; at += 1) made[`d/${at % 20}/${at}`] = `file ${at}\n`;
  return made;
}

const containerfile = [
  'FROM hello AS one',
  'COPY d /d',
  'RUN i=0; while [ $i -lt 200 ]; do echo $i > /tmp/f$i; i=$((i+1)); done',
  'FROM hello',
  'RUN --mount=type=cache,target=/cache echo x >> /cache/f; sleep 0.05',
  'COPY --from=one /d /e',
  'RUN ls /e/19/399 && rm -r /e/1',
].join('\n');

export const killedBuild: TortureRow = {
  name: 'build',
  says: 'killed builds lose no image, leave no process and no file, and what they kept is whole',
  rounds: 100,
  shortRounds: 3,
  async prepare(context) {
    const { sandbox } = context;
    const directory = buildContext(sandbox, 'killed-build', {
      Containerfile: containerfile,
      ...files(),
    });
    const args = ['build', '-q', '--no-cache', '-t', name, directory];
    const span = context.duration(args);
    return async (index) => {
      sandbox.run(['rmi', '--ignore', name]);
      await context.killed(args, span * 1.1);
      const problems = context.nextCommand(index);
      const again = sandbox.run(['build', '-q', '-t', name, directory]);
      if (again.code !== 0) problems.push(`the next build: ${again.stderr}`);
      const look = 'ls /e/19/399 && ! ls /e/1 2>/dev/null && find /e -type f | wc -l';
      const inside = sandbox.run(['run', '--rm', '--network', 'none', name, 'sh', '-c', look]);
      if (inside.stdout !== '/e/19/399\n380\n') {
        problems.push(`its files: ${inside.stdout}${inside.stderr}`);
      }
      problems.push(...context.nextCommand(index));
      return problems;
    };
  },
};
