import { join } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import type { BuildOptions } from '../../../build/build-image.ts';
import type { BuildResult } from '../../../build/finish-image.ts';
import { unusedArguments } from '../../../containerfile/graph.ts';
import type { BuildGraph } from '../../../containerfile/graph-types.ts';
import type { RegistryAccess } from '../../../registry/access.ts';
import type { BuildOutput, BuildRequest } from '../../../request/build.ts';
import type { Invocation } from '../../command.ts';
import { interruption } from './interrupt.ts';
import type { PreparedBuild } from './prepare.ts';
import { openVoices } from './progress.ts';

/** Of several platforms a directory has one of each, as with docker's buildx. */
function outputOf(output: BuildOutput, platform: string): BuildOutput {
  if (output.type === 'local') {
    return { ...output, path: join(output.path, platform.replaceAll('/', '_')) };
  }
  throw new BryoError('usage', `--output type=${output.type} takes one platform`, {
    hint: 'give the list a name with --manifest, and save it',
  });
}

/** The part of one platform in a build for several: names and the file of the id are those of the list. */
function partOf(request: BuildRequest, { platform }: BuildGraph): BuildRequest {
  const outputs = request.result.outputs.map((output) => outputOf(output, platform));
  return { ...request, result: { ...request.result, tags: [], iidFile: null, outputs } };
}

/** All of them at the same time, or with one job one after the other; what fails first ends the others. */
async function all<Of, T>(
  of: readonly Of[],
  jobs: number,
  run: (one: Of, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const abort = new AbortController();
  const start = (one: Of): Promise<T> =>
    run(one, abort.signal).catch((error: unknown) => {
      abort.abort(error);
      throw error;
    });
  if (jobs === 1) {
    const results: T[] = [];
    for (const one of of) results.push(await start(one));
    return results;
  }
  const settled = await Promise.allSettled(of.map(start));
  return settled.map((one) => {
    if (one.status === 'rejected') throw abort.signal.reason;
    return one.value;
  });
}

/** Builds for all platforms and tells how it goes; the results are in the order of the platforms. */
export async function buildAll(
  invocation: Invocation,
  { request, graphs, files }: PreparedBuild,
  access: RegistryAccess,
): Promise<BuildResult[]> {
  const { engine } = invocation.context;
  const { jobs } = request.cache;
  const several = graphs.length > 1;
  const builds = graphs.map((graph) => ({
    graph,
    request: several ? partOf(request, graph) : request,
  }));
  const { buildImage } = await import('../../../build/build-image.ts');
  const { openSlots } = await import('../../../build/slots.ts');
  const slots = openSlots(jobs);
  const voices = openVoices(invocation, { several, jobs });
  const interrupt = interruption();
  let failed = true;
  try {
    const results = await all(builds, jobs, async (build, signal) => {
      const progress = voices.listen(build.graph);
      const options: BuildOptions = {
        ...{ access, progress, slots },
        signaturePolicy: invocation.text('signature-policy'),
        signal: AbortSignal.any([interrupt.signal, signal]),
      };
      const result = await buildImage(engine, build.request, build.graph, options);
      if (build.graph === graphs[0]) {
        if (!invocation.flag('rm')) {
          progress.warn('--rm=false: containers of RUN never stay; see --keep-failed');
        }
        const unused = unusedArguments(build.graph, files);
        if (unused.length > 0) {
          progress.warn(`one or more build args were not consumed: [${unused.join(' ')}]`);
        }
      }
      return result;
    });
    failed = false;
    return results;
  } catch (error) {
    const exitCode = interrupt.status();
    if (exitCode === null) throw error;
    throw new BryoError('interrupted', 'the build was interrupted', { exitCode, cause: error });
  } finally {
    voices.end(failed);
    interrupt.close();
  }
}
