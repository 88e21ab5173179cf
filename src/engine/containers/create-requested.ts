import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { Engine } from '../engine.ts';
import { obtainImage, type PullPolicy } from '../images/pull.ts';
import type { PullRequest } from '../images/pull-request.ts';
import { type PodMember, resolvePodMember } from '../pods/member.ts';
import { makeBindSources } from './bind-sources.ts';
import { createContainer } from './create.ts';
import { checkUpdatable } from './updatable.ts';

/** A container that is asked for, with how its image is had. */
export interface CreateRequest {
  options: ContainerOptions;
  pull: PullPolicy;
  /** Where and how the image is looked for; its name is the options'. */
  source: Omit<PullRequest, 'name'>;
  /** A container of that name goes first. */
  replace: boolean;
  /** Directories that are to be mounted and are not there are made, as docker does. */
  makeSources: boolean;
  /** To be started at once by this very command. */
  startsAtOnce: boolean;
  /** The command line, for inspection. */
  commandLine: readonly string[];
}

/** Tries, when others remove the image between it is found and used; each finds or pulls it anew. */
const triesForImage = 20;

/** The image to make a container of; null: `--rootfs`. */
async function imageFor(engine: Engine, request: CreateRequest): Promise<ResolvedImage | null> {
  const { image } = request.options;
  if (image === null) return null;
  return obtainImage(engine, request.pull, { ...request.source, name: image });
}

/**
 * Creates the container that is asked for: pulls its image, replaces its namesake, joins or makes its
 * pod. Throws BryoError, and takes back what was made for it then.
 */
export async function createRequested(
  engine: Engine,
  request: CreateRequest,
): Promise<ContainerRecord> {
  const { options, startsAtOnce, commandLine } = request;
  if (request.replace && options.name === null) {
    throw new BryoError('usage', '--replace needs --name: it replaces the container of that name');
  }
  checkUpdatable(options);
  if (request.makeSources) makeBindSources(options);
  let image = await imageFor(engine, request);
  if (request.replace && options.name !== null) {
    const removal = { force: true, ignore: true, volumes: false, depend: true };
    const { removeContainer } = await import('./remove.ts');
    await removeContainer(engine, options.name, removal);
  }
  let member: PodMember | null = null;
  try {
    member = await resolvePodMember(engine, options, commandLine);
    const oneShot = startsAtOnce && options.remove;
    for (let tries = 1; ; tries += 1) {
      try {
        return await createContainer(engine, {
          options: member.options,
          image,
          oneShot,
          commandLine,
        });
      } catch (error) {
        const changed = error instanceof BryoError && error.code === 'image-changed';
        if (!changed || tries >= triesForImage) throw error;
      }
      image = await imageFor(engine, request);
    }
  } catch (error) {
    await member?.undo();
    throw error;
  }
}
