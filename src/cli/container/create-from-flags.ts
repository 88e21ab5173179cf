import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { createContainer } from '../../engine/containers/create.ts';
import { removeContainer } from '../../engine/containers/remove.ts';
import { obtainImage, parsePullPolicy } from '../../engine/images/pull.ts';
import type { Invocation } from '../command.ts';
import { makeBindSources } from '../docker/bind-sources.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { readContainerOptions } from '../options/read-container-options.ts';
import { readPlatform } from '../options/registry.ts';
import { type PodMember, resolvePodMember } from '../pod/member.ts';

/** Claims the file before anything is made: an existing one is an error (podman-run(1) --cidfile). */
function claimIdFile(path: string | null): number | null {
  if (path === null) return null;
  try {
    return openSync(path, 'wx', 0o644);
  } catch (error) {
    const why = errnoCode(error) === 'EEXIST' ? 'the file exists already' : errnoCode(error);
    throw new BryoError(
      'bad-cidfile',
      `cannot write the container id to ${path}: ${why} (--cidfile)`,
    );
  }
}

/** The container that the flags of `run` and `create` ask for. */
export async function createFromFlags(
  invocation: Invocation,
  startsAtOnce: boolean,
): Promise<ContainerRecord> {
  const { context } = invocation;
  const { engine } = context;
  const asked = readContainerOptions(invocation);
  const removed = startsAtOnce && invocation.flag('rmi');
  const options = { ...asked, remove: asked.remove || removed };
  if (invocation.flag('replace') && options.name === null) {
    throw new BryoError('usage', '--replace needs --name: it replaces the container of that name');
  }
  if (context.dialect === 'docker') makeBindSources(options);
  const policy = parsePullPolicy(invocation.text('pull') ?? 'missing');
  const idFile = claimIdFile(invocation.text('cidfile'));
  let member: PodMember | null = null;
  try {
    const reporter = pullReporter(context, invocation.flag('quiet'));
    const image =
      options.image === null
        ? null
        : await obtainImage(engine, policy, {
            name: options.image,
            platform: readPlatform(invocation),
            tlsVerify: invocation.flag('tls-verify'),
            authFile: invocation.text('authfile'),
            onProgress: reporter.report,
          });
    reporter.finish();
    if (invocation.flag('replace') && options.name !== null) {
      const removal = { force: true, ignore: true, volumes: false, depend: true };
      await removeContainer(engine, options.name, removal);
    }
    member = await resolvePodMember(engine, options);
    const record = await createContainer(engine, {
      options: member.options,
      image,
      oneShot: startsAtOnce && options.remove,
      commandLine: ['bryo', ...process.argv.slice(2)],
    });
    if (idFile !== null) writeSync(idFile, record.id);
    return record;
  } catch (error) {
    await member?.undo();
    if (idFile !== null) unlinkSync(invocation.text('cidfile') ?? '');
    throw error;
  } finally {
    if (idFile !== null) closeSync(idFile);
  }
}
