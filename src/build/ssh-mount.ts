import { existsSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { namePaths } from '../base/file-names.ts';
import type { RunMount } from '../containerfile/instructions.ts';
import type { BuildSsh } from '../request/build.ts';
import { type MountRequest, plainBind } from '../request/mounts/types.ts';

/** The socket of an agent that a command sees. */
export interface SshAgent {
  mount: MountRequest;
  /** SSH_AUTH_SOCK. */
  env: string;
  release(): Promise<void>;
}

/** The agent's socket: that of `--ssh ID=SOCKET`, or of SSH_AUTH_SOCK. */
function socketOf({ id, paths }: BuildSsh): string {
  const [path, ...others] = paths.length === 0 ? [process.env['SSH_AUTH_SOCK'] ?? ''] : paths;
  if (path === undefined || path === '') {
    throw new BryoError('bad-flag-value', `--ssh ${id}: SSH_AUTH_SOCK is not set: no agent runs`);
  }
  if (others.length > 0) {
    throw new BryoError('unsupported', `--ssh ${id}: one agent's socket at most`, {
      hint: 'load the keys into an agent: ssh-add FILE',
    });
  }
  if (existsSync(path)) return path;
  throw new BryoError('bad-flag-value', `--ssh ${id}: ${path} does not exist`);
}

/** Null: the agent was not given, and need not be. Throws BryoError where it must be. */
export async function sshMount(
  given: readonly BuildSsh[],
  mount: Extract<RunMount, { kind: 'ssh' }>,
): Promise<SshAgent | null> {
  const agent = given.find(({ id }) => id === mount.id);
  if (agent === undefined) {
    if (!mount.required) return null;
    throw new BryoError('no-such-secret', `ssh required but no key with id "${mount.id}" found`, {
      hint: `--ssh ${mount.id}`,
    });
  }
  const target = namePaths.resolve('/', mount.target ?? '/run/buildkit/ssh_agent.0');
  return {
    mount: {
      kind: 'bind',
      source: socketOf(agent),
      target,
      readOnly: false,
      origin: '--mount=type=ssh',
      how: plainBind(),
    },
    env: `SSH_AUTH_SOCK=${target}`,
    release: async () => undefined,
  };
}
