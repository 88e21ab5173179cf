import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { BryoError } from '../../base/errors.ts';
import type { RegistryAccess } from '../../registry/access.ts';
import { stagingPath } from '../../store/staging.ts';
import { removeTrees } from '../../store/worker.ts';
import type { Engine } from '../engine.ts';
import { cloneRepository, isGitAddress, readGitAddress } from './git.ts';

/** A context that can be read: a directory, maybe a Containerfile that came without one. */
export interface OpenedContext {
  /** Absolute path of a directory. */
  directory: string;
  /** The text of a stream that was no archive; null: the directory has the Containerfile. */
  text: string | null;
}

/** Opens contexts, and removes what it has fetched for them. */
export class Contexts {
  readonly #engine: Engine;
  readonly #keepGitDir: boolean;
  /** How web servers are reached; absent: as nobody has said otherwise. */
  readonly access: RegistryAccess | undefined;
  readonly #made: string[] = [];

  constructor(engine: Engine, how: { keepGitDir: boolean; access?: RegistryAccess }) {
    this.#engine = engine;
    this.#keepGitDir = how.keepGitDir;
    this.access = how.access;
  }

  /** A path in the staging directory; what is there when the process dies, the next command removes. */
  #place(): string {
    const path = stagingPath(this.#engine.store);
    this.#made.push(path);
    return path;
  }

  /** A directory of the host. Throws BryoError `bad-build-context`. */
  openDirectory(path: string): OpenedContext {
    const directory = resolve(path);
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new BryoError('bad-build-context', `context must be a directory: "${directory}"`);
    }
    return { directory, text: null };
  }

  /** An archive or a Containerfile out of a stream. */
  async openStream(source: Readable, shown: string): Promise<OpenedContext> {
    const { readStreamContext } = await import('./stream-context.ts');
    const directory = this.#place();
    const read = await readStreamContext(source, directory, shown);
    return { directory, text: read.kind === 'containerfile' ? read.text : null };
  }

  /** A git repository, or a file of a web server. */
  async openAddress(address: string): Promise<OpenedContext> {
    if (isGitAddress(address)) {
      const place = readGitAddress(address);
      const directory = this.#place();
      mkdirSync(directory, { mode: 0o700 });
      const keepGitDir = this.#keepGitDir;
      return { directory: await cloneRepository(place, directory, { keepGitDir }), text: null };
    }
    // Loaded here: few contexts come from the web.
    const { download } = await import('../../registry/download.ts');
    const { access } = this;
    const surroundings = { env: process.env, home: homedir(), ...(access && { access }) };
    const stream = await download(address, surroundings);
    return this.openStream(stream, address);
  }

  /** An empty directory, for a Containerfile that has no context. */
  openNothing(): OpenedContext {
    const directory = this.#place();
    mkdirSync(directory, { mode: 0o700 });
    return { directory, text: null };
  }

  async close(): Promise<void> {
    const paths = this.#made.splice(0);
    if (paths.length > 0) await removeTrees(paths, this.#engine.idMap());
  }
}
