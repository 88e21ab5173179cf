import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type ForeignParts,
  foreignConfig,
  foreignJson,
} from '../../../container/foreign/config.ts';
import { splitMounts } from '../../../container/foreign/split-mounts.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { seccompRules } from '../../../container/seccomp/program.ts';
import { compileForeignPlan, type RuntimeCall } from '../../../plan/compile-foreign.ts';
import type { LaunchInput } from '../../../plan/launch-input.ts';
import type { LaunchPlan } from '../../../plan/ops.ts';
import type { OciProcess, OciSpec } from '../../../plan/spec.ts';
import { containerFile, runFile } from '../../../store/container-files.ts';
import { layersIdentity } from '../../../store/worker.ts';
import type { Engine } from '../../engine.ts';
import { layerDirectories } from '../layer-directories.ts';
import { logFile, runtimeEnvironment, runtimeWords } from './runtime.ts';

/** The ids that a user of the container has, by the files that it has now. */
export async function foreignParts(
  engine: Engine,
  record: ContainerRecord,
  { user, capabilities }: OciProcess,
): Promise<ForeignParts> {
  const { store } = engine;
  const upper = record.rootfs.kind === 'image' ? [containerFile(store, record.id, 'upper')] : [];
  const layers = [...upper, ...layerDirectories(engine, record.rootfs)];
  const name = user.username ?? `${user.uid}:${user.gid}`;
  return {
    user: await layersIdentity(layers, name, engine.idMap()),
    umask: record.options.umask,
    seccomp: await seccompRules(record.options.security.seccomp, capabilities.bounding),
    root: containerFile(store, record.id, 'merged'),
    mounts: [],
  };
}

/** The plan of a container that another OCI runtime runs; writes the bundle that it is called with. */
export async function foreignPlan(
  engine: Engine,
  record: ContainerRecord,
  { spec, input, shown }: { spec: OciSpec; input: LaunchInput; shown: boolean },
): Promise<LaunchPlan> {
  const { store } = engine;
  const { before, runtimes } = splitMounts(spec.mounts);
  const parts = await foreignParts(engine, record, spec.process);
  const config = runFile(store, record.id, 'foreignConfig');
  const log = logFile(store, record);
  if (!shown) {
    mkdirSync(runFile(store, record.id, 'foreignState'), { recursive: true, mode: 0o700 });
    rmSync(log, { force: true });
    writeFileSync(config, foreignJson(foreignConfig(spec, { ...parts, mounts: runtimes })), {
      mode: 0o600,
    });
    // Empty until the runtime has made the container.
    writeFileSync(runFile(store, record.id, 'foreignPid'), '');
  }
  const call: RuntimeCall = {
    argv: [
      ...runtimeWords(store, record),
      ...['--log', log, '--log-format', 'json', 'run', '--bundle', dirname(config)],
      ...['--pid-file', runFile(store, record.id, 'foreignPid'), record.id],
    ],
    env: runtimeEnvironment(),
  };
  return compileForeignPlan(spec, input, { call, mounts: before });
}
