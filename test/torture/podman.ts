import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { projectDir } from '../support/product.ts';
import { asTestUser, testUser } from '../support/user.ts';
import { kill } from './processes.ts';

const globalFlags = '--runtime crun --cgroup-manager cgroupfs --events-backend file'.split(' ');
/** Without control groups, as no session is there to have some. */
const createFlags = ['--cgroups=disabled', '--log-driver=k8s-file'];

/** A store of podman's, with a runtime directory and so with a pause process of its own. */
export class PodmanSandbox extends Sandbox {
  protected override readonly program = 'podman';

  constructor() {
    super();
    const archive = join(this.directory, 'hello.tar');
    const name = 'localhost/hello:latest';
    const layout = `oci:${join(projectDir, 'dist', 'hello')}:${name}`;
    execFileSync('skopeo', ['copy', '-q', layout, `oci-archive:${archive}:${name}`]);
    chmodSync(archive, 0o644);
    this.ok('load', '-q', '-i', archive);
  }

  override argv([verb = '', ...args]: readonly string[], options: RunOptions = {}): string[] {
    this.#makeRuntimeDirectory();
    const store = ['--root', this.root, '--runroot', join(this.runroot, 'run')];
    const own = verb === 'run' || verb === 'create' ? createFlags : [];
    return asTestUser(['podman', ...globalFlags, ...store, verb, ...own, ...args], {
      XDG_RUNTIME_DIR: this.runroot,
      ...options.env,
    });
  }

  /** A row may have wiped it. */
  #makeRuntimeDirectory(): void {
    if (existsSync(this.runroot)) return;
    const { uid, gid } = testUser();
    mkdirSync(this.runroot, { mode: 0o700 });
    chownSync(this.runroot, uid, gid);
  }

  /** Monitors know the directory by their arguments, the pause process by its environment. */
  #processes(): { pid: number; command: string }[] {
    return inProcesses((process) => {
      const command = process.words().join(' ');
      const own = `${command}${process.read('environ')}`.includes(this.runroot);
      return own ? { pid: process.pid, command } : null;
    });
  }

  override leftovers(): string[] {
    return this.#processes()
      .filter(({ command }) => !/^(catatonit|podman) ?(-P )?$/.test(command))
      .map(({ command }) => `process: ${command}`);
  }

  override close(): string[] {
    this.run(['rm', '--force', '--all', '--time', '0']);
    // Its monitors stay a little longer than their containers.
    spawnSync('sleep', ['1']);
    const left = this.leftovers();
    this.run(['unshare', 'rm', '-rf', this.root]);
    for (const { pid } of this.#processes()) kill(pid);
    spawnSync('rm', ['-rf', this.directory, this.runroot]);
    return left;
  }
}
