import { rmSync } from 'node:fs';
import type { Sandbox } from '../../support/bryo.ts';
import { complaint } from '../ended.ts';
import type { TortureRow } from '../harness.ts';
import { kill, lives, timeUntil } from '../processes.ts';

const detached = ['run', '-d', '--network', 'none', '--name', 'c', '--init'];

interface State {
  Status: string;
  Running: boolean;
  Pid: number;
  ConmonPid: number;
  ExitCode: number;
  /** Ours only: whether somebody saw the end. */
  ExitKnown?: boolean;
}

function stateOf(sandbox: Sandbox): State {
  const [{ State: state }] = JSON.parse(sandbox.ok('inspect', 'c')) as [{ State: State }];
  return state;
}

/** A killed monitor's payload dies with it, and then that is told; this is when it must be so. */
const grace = 2000;
/** 128 + SIGKILL. */
const killed = 137;

export const killedMonitor: TortureRow = {
  name: 'monitor',
  says: 'a monitor is killed: within two seconds its container is gone, and nobody claims to know how',
  rounds: 50,
  shortRounds: 2,
  podman: true,
  async prepare({ sandbox, figures }) {
    return async () => {
      const problems: string[] = [];
      try {
        sandbox.ok(...detached, 'hello', 'sleep', '1000');
        const { Pid: pid, ConmonPid: monitor } = stateOf(sandbox);
        if (pid < 2 || monitor < 2) return [`no process: ${pid} ${monitor}`];
        kill(monitor);
        const start = performance.now();
        const orphaned = (await timeUntil(grace, () => !lives(pid))) === null;
        figures.share('orphans', orphaned);
        if (orphaned) problems.push(`process ${pid} lives on`);
        if (orphaned) kill(pid);
        const told = await timeUntil(grace, () => stateOf(sandbox).Status === 'exited');
        figures.share('truthful', told !== null);
        if (told !== null) figures.time('truth', performance.now() - start);
        const state = stateOf(sandbox);
        const claims = state.ExitKnown !== false && state.ExitCode !== killed;
        figures.share('false exit codes', told !== null && claims);
        if (told === null || state.Running || state.ExitKnown !== false) {
          problems.push(`it is said to be ${JSON.stringify(state)}`);
        }
        const started = sandbox.run(['start', 'c']);
        if (started.code !== 0) problems.push(complaint(['start'], started));
      } finally {
        sandbox.run(['rm', '-f', '-t', '0', 'c']);
      }
      return problems;
    };
  },
};

export const wipedRuntime: TortureRow = {
  name: 'wiped',
  says: 'the runtime directory is wiped: running containers are seen, entered, stopped and removed',
  rounds: 20,
  shortRounds: 1,
  podman: true,
  async prepare({ sandbox, figures }) {
    return async () => {
      sandbox.ok(...detached, '-i', 'hello', 'sh', '-c', 'echo begun; exec sleep 1000');
      const { Pid: pid } = stateOf(sandbox);
      rmSync(sandbox.runroot, { recursive: true, force: true });
      const problems: string[] = [];
      const expect = (args: string[], stdout: RegExp): void => {
        const result = sandbox.run(args);
        const fine = result.code === 0 && result.stderr === '' && stdout.test(result.stdout);
        figures.share('answers right', fine);
        if (!fine) problems.push(complaint(args, result));
      };
      expect(['ps', '--format', '{{.Names}} {{.State}}'], /^c running\n$/);
      expect(['exec', 'c', 'echo', 'inside'], /^inside\n$/);
      expect(['logs', 'c'], /^begun\n$/);
      expect(['stop', 'c'], /^c\n$/);
      expect(['inspect', '--format', '{{.State.ExitCode}}', 'c'], /^143\n$/);
      expect(['start', 'c'], /^c\n$/);
      expect(['rm', '-f', '-t', '5', 'c'], /^c\n$/);
      figures.share('orphans', lives(pid));
      if (lives(pid)) problems.push(`process ${pid} lives on`);
      kill(pid);
      return problems;
    };
  },
};
