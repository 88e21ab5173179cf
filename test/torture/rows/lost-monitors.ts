import { rmSync } from 'node:fs';
import { complaint } from '../ended.ts';
import type { TortureRow } from '../harness.ts';

const detached = ['run', '-d', '--network', 'none', '--name', 'c', '--init'];

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A killed monitor's payload dies with it; this is when it must be gone. */
const grace = 2000;

export const killedMonitor: TortureRow = {
  name: 'monitor',
  says: 'a monitor is killed: within two seconds its container is gone, and nobody claims to know how',
  rounds: 50,
  shortRounds: 2,
  async prepare({ sandbox }) {
    return async () => {
      sandbox.ok(...detached, 'hello', 'sleep', '1000');
      const template = '{{.State.Pid}} {{.State.ConmonPid}}';
      const [pid = 0, monitor = 0] = sandbox
        .ok('inspect', '--format', template, 'c')
        .split(' ')
        .map(Number);
      if (pid < 2 || monitor < 2) return [`no process: ${pid} ${monitor}`];
      process.kill(monitor, 'SIGKILL');
      const end = performance.now() + grace;
      while (lives(pid) && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const problems = lives(pid) ? [`process ${pid} lives on`] : [];
      const state = '{{.State.Status}} {{.State.Running}} {{.State.ExitKnown}}';
      const told = sandbox.ok('inspect', '--format', state, 'c');
      if (told !== 'exited false false\n') problems.push(`it is said to be ${told}`);
      const started = sandbox.run(['start', 'c']);
      if (started.code !== 0) problems.push(complaint(['start'], started));
      sandbox.run(['rm', '-f', '-t', '0', 'c']);
      return problems;
    };
  },
};

export const wipedRuntime: TortureRow = {
  name: 'wiped',
  says: 'the runtime directory is wiped: running containers are seen, entered, stopped and removed',
  rounds: 20,
  shortRounds: 1,
  async prepare({ sandbox }) {
    return async () => {
      sandbox.ok(...detached, '-i', 'hello', 'sh', '-c', 'echo begun; exec sleep 1000');
      rmSync(sandbox.runroot, { recursive: true, force: true });
      const problems: string[] = [];
      const expect = (args: string[], stdout: RegExp): void => {
        const result = sandbox.run(args);
        const fine = result.code === 0 && result.stderr === '' && stdout.test(result.stdout);
        if (!fine) problems.push(complaint(args, result));
      };
      expect(['ps', '--format', '{{.Names}} {{.State}}'], /^c running\n$/);
      expect(['exec', 'c', 'echo', 'inside'], /^inside\n$/);
      expect(['logs', 'c'], /^begun\n$/);
      expect(['stop', 'c'], /^c\n$/);
      expect(['inspect', '--format', '{{.State.ExitCode}}', 'c'], /^143\n$/);
      expect(['start', 'c'], /^c\n$/);
      expect(['rm', '-f', '-t', '5', 'c'], /^c\n$/);
      return problems;
    };
  },
};
