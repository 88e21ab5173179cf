import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually, Sandbox } from '../support/bryo.ts';

/** A store whose containers have control groups of their own. */
export class GroupSandbox extends Sandbox {
  inspect(name: string, template: string): string {
    return this.ok('inspect', '--format', `{{${template}}}`, name).trim();
  }

  /** Status, exit code and number of restarts. */
  ending(name: string): string {
    return this.inspect(name, '.State.Status}} {{.State.ExitCode}} {{.RestartCount');
  }

  /** The directory of a running container's group. */
  group(name: string): string {
    const path = this.inspect(name, '.State.CgroupPath');
    if (path === '') throw new Error(`${name} has no control group`);
    return path;
  }

  restarts(name: string): number {
    return Number(this.inspect(name, '.RestartCount'));
  }

  async becomes(name: string, ending: string): Promise<void> {
    await eventually(`${name} is ${ending}`, () => this.ending(name) === ending);
  }

  async runsAgain(name: string, restarts: number): Promise<void> {
    await eventually(
      `${name} runs after restart ${restarts}`,
      () => this.restarts(name) >= restarts && this.inspect(name, '.State.Status') === 'running',
    );
  }

  /** As an administrator, or another program, ends all that is in a group. */
  killGroup(group: string): void {
    writeFileSync(join(group, 'cgroup.kill'), '1');
  }

  /** Ends a container's first process as nobody but the kernel does. */
  crash(name: string): void {
    const pid = Number(this.inspect(name, '.State.Pid'));
    if (pid < 2) throw new Error(`${name} does not run`);
    process.kill(pid, 'SIGKILL');
  }
}

export function read(group: string, file: string): string {
  return readFileSync(join(group, file), 'utf8').trim();
}

/** What tells one group from another of the same name. */
export function identity(group: string): number {
  return statSync(group).ino;
}

/** A group goes with its container; systemd takes a moment to remove the scope around it. */
export async function isGone(group: string): Promise<void> {
  await eventually(`${group} is gone`, () => !existsSync(group));
  const scope = dirname(group);
  if (scope.endsWith('.scope')) await eventually(`${scope} is gone`, () => !existsSync(scope));
}
