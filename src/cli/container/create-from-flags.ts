import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { createRequested } from '../../engine/containers/create-requested.ts';
import { parsePullPolicy } from '../../engine/images/pull.ts';
import type { Invocation } from '../command.ts';
import { describeError } from '../failure.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { discardsPorts, portsDiscarded } from '../options/container/network.ts';
import { readContainerOptions } from '../options/read-container-options.ts';
import { readAuthFile, readPlatform, readRetryPolicy, tellOfWaits } from '../options/registry.ts';

/** Opens the file before anything is made; what is in it goes, as podman-run(1) has it of --cidfile. */
function openIdFile(path: string | null): number | null {
  if (path === null) return null;
  try {
    return openSync(path, 'w', 0o644);
  } catch (error) {
    throw new BryoError('bad-cidfile', `cannot write the container id: ${describeError(error)}`);
  }
}

/** The container that the flags of `run` and `create` ask for. */
export async function createFromFlags(
  invocation: Invocation,
  startsAtOnce: boolean,
): Promise<ContainerRecord> {
  const { context } = invocation;
  const asked = readContainerOptions(invocation);
  if (startsAtOnce && asked.network.mode === 'bridge' && !invocation.flag('explain')) {
    const { beginBridges } = await import('../../engine/networks/begin.ts');
    beginBridges(context.engine);
  }
  if (discardsPorts(invocation)) context.stderr.write(`${portsDiscarded}\n`);
  const removed = startsAtOnce && invocation.flag('rmi');
  const pull = parsePullPolicy(invocation.text('pull') ?? 'missing');
  const path = invocation.text('cidfile');
  const idFile = openIdFile(path);
  const retryPolicy = readRetryPolicy(invocation);
  const reporter = pullReporter(context, invocation.flag('quiet'));
  try {
    const record = await createRequested(context.engine, {
      options: {
        ...asked,
        remove: asked.remove || removed,
        ...(removed && { removeImage: true }),
      },
      pull,
      source: {
        platform: readPlatform(invocation),
        tlsVerify: invocation.flag('tls-verify'),
        authFile: readAuthFile(invocation),
        ...(retryPolicy && { retryPolicy }),
        onProgress: reporter.report,
        onWait: tellOfWaits(invocation),
      },
      replace: invocation.flag('replace'),
      makeSources: context.dialect === 'docker',
      startsAtOnce,
      commandLine: context.commandLine,
    });
    if (idFile !== null) writeSync(idFile, record.id);
    return record;
  } catch (error) {
    if (path !== null) unlinkSync(path);
    throw error;
  } finally {
    reporter.finish();
    if (idFile !== null) closeSync(idFile);
  }
}
