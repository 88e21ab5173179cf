import { existsSync, statSync } from 'node:fs';
import { storePaths } from '../../../store/paths.ts';
import { makeContentDirectory } from '../../../store/store-dirs.ts';
import {
  readVolumeInfo,
  volumeDataPath,
  volumeNames,
  writeVolumeInfo,
} from '../../../volume/volume.ts';
import type { Engine } from '../../engine.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/** The descriptions of the volumes. What is in them is the user's. */
export async function checkVolumes(
  engine: Engine,
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const { store } = engine;
  for (const name of volumeNames(store)) {
    const finding = { kind: 'volume', subject: name } as const;
    const reading = readVolumeInfo(store, name);
    if (reading.kind === 'damaged') {
      const createdAt = statSync(storePaths.volume(store, name)).birthtime.toISOString();
      const rewrite = () => {
        writeVolumeInfo(store, { name, createdAt, anonymous: false, labels: {}, options: {} });
        return 'described anew; labels and options are lost';
      };
      const { path, damage } = reading.problem;
      const problem = `has a damaged description: ${path} ${damage}`;
      await note(findings, { ...finding, problem }, options.repair ? rewrite : null);
    }
    if (reading.kind !== 'absent' && !existsSync(volumeDataPath(store, name))) {
      const remake = () => {
        makeContentDirectory(engine.idMap(), volumeDataPath(store, name), 0o755);
        return 'made anew, empty';
      };
      const problem = 'has lost its directory';
      await note(findings, { ...finding, problem }, options.repair ? remake : null);
    }
  }
}
