import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../src/native/programs.ts';
import { testUser, testUserSpawnOptions } from '../support/user.ts';
import { run } from './peer.ts';

/** What builds by `build` and its flags, as Docker and podman have them. */
export interface Builder {
  name: 'bryo' | 'podman' | 'buildkit';
  argv(...words: string[]): string[];
}

/** BuildKit in a Docker daemon of the test user's own. */
export interface BuildKit {
  builder: Builder;
  /** The daemon's. */
  version: string;
  stop(): Promise<void>;
}

/** Of Debian's docker.io and rootlesskit. What else is called docker may lack BuildKit, or its client. */
const client = '/usr/bin/docker';
const daemon = '/usr/sbin/dockerd';
const starter = '/usr/share/docker.io/contrib/dockerd-rootless.sh';
const secondsToStart = 60;

function missingPart(): string | null {
  const file = [client, daemon, starter].find((path) => !existsSync(path));
  if (file !== undefined) return `${file} (apt install docker.io docker-cli docker-buildx)`;
  if (findProgram('rootlesskit') === null) return 'rootlesskit (apt install rootlesskit)';
  return null;
}

function startDaemon(directory: string): ChildProcess {
  const { uid, gid, env } = testUserSpawnOptions();
  const ids = uid === undefined ? {} : { uid, gid };
  // Networks of its own would take iptables; the builds have none.
  const words = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  return spawn('sh', [starter, '--data-root', join(directory, 'data'), ...words], {
    stdio: 'ignore',
    cwd: '/',
    // The client is asked at this address, whichever user's runtime directory that is.
    env: { ...env, XDG_RUNTIME_DIR: join(directory, 'run') },
    ...ids,
  });
}

async function stopDaemon(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  if (child.exitCode !== null || !child.kill('SIGTERM')) return;
  await ended;
}

/** What a call gives, or null for as long as it fails. */
async function firstAnswer(child: ChildProcess, ask: () => string): Promise<string | null> {
  for (let tries = 0; tries < secondsToStart && child.exitCode === null; tries += 1) {
    try {
      return ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  return null;
}

/** Hands the image over in a file, for the daemon has a loopback device of its own, and tries a build. */
function prepare(builder: Builder, directory: string, image: string): void {
  const archive = join(directory, 'image.tar');
  const source = ['--src-tls-verify=false', `docker://${image}`];
  run(['skopeo', 'copy', '-q', ...source, `docker-archive:${archive}:${image}`], 'root');
  run(builder.argv('load', '-q', '-i', archive));
  const context = join(directory, 'context');
  mkdirSync(context);
  writeFileSync(join(context, 'Dockerfile'), `FROM ${image}\nRUN true\n`);
  run(builder.argv('build', '-q', '--network', 'none', context));
}

/**
 * Starts Debian's docker.io as the test user, with data below the directory, for builds of the image,
 * which it is given. Null, with the reason on standard output, where its parts are missing or do not run.
 */
export async function startBuildKit(parent: string, image: string): Promise<BuildKit | null> {
  const none = (reason: string): null => {
    process.stdout.write(`  not beside BuildKit: ${reason}\n`);
    return null;
  };
  const missing = missingPart();
  if (missing !== null) return none(`missing ${missing}`);
  const { uid, gid } = testUser();
  const directory = join(parent, 'k');
  run(['install', '-d', '-o', `${uid}`, '-g', `${gid}`, directory, join(directory, 'run')], 'root');
  const socket = `unix://${directory}/run/docker.sock`;
  const builder: Builder = {
    name: 'buildkit',
    argv: (...words) => ['env', 'DOCKER_BUILDKIT=1', client, '-H', socket, ...words],
  };
  const child = startDaemon(directory);
  process.on('exit', () => child.kill());
  const version = await firstAnswer(child, () =>
    run(builder.argv('version', '--format', '{{.Server.Version}}')).trim(),
  );
  const stop = () => stopDaemon(child);
  if (version === null) {
    await stop();
    return none(`${starter} does not start as ${testUser().name}`);
  }
  try {
    prepare(builder, directory, image);
  } catch (error) {
    await stop();
    return none(error instanceof Error ? error.message.trim() : String(error));
  }
  return { builder, version, stop };
}
