import { existsSync, statSync } from 'node:fs';
import { BryoError } from '../../../base/errors.ts';
import { listDirectory } from '../../../store/list-directory.ts';
import { storePaths } from '../../../store/paths.ts';
import { makeContentDirectory } from '../../../store/store-dirs.ts';
import { readVolume, volumeDataPath, writeVolumeInfo } from '../../../volume/volume.ts';
import type { Engine } from '../../engine.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

function isReadable({ store }: Engine, name: string): boolean {
  try {
    readVolume(store, name);
    return true;
  } catch (error) {
    if (error instanceof BryoError) return false;
    throw error;
  }
}

/** The descriptions of the volumes. What is in them is the user's. */
export async function checkVolumes(
  engine: Engine,
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const { store } = engine;
  for (const name of listDirectory(storePaths.volumes(store))) {
    const finding = { kind: 'volume', subject: name } as const;
    if (!isReadable(engine, name)) {
      const createdAt = statSync(storePaths.volume(store, name)).birthtime.toISOString();
      const rewrite = () => {
        writeVolumeInfo(store, { name, createdAt, anonymous: false, labels: {}, options: {} });
        return 'described anew; labels and options are lost';
      };
      const problem = 'has a damaged description';
      await note(findings, { ...finding, problem }, options.repair ? rewrite : null);
    }
    if (!existsSync(volumeDataPath(store, name))) {
      const remake = () => {
        makeContentDirectory(engine.idMap(), volumeDataPath(store, name), 0o755);
        return 'made anew, empty';
      };
      const problem = 'has lost its directory';
      await note(findings, { ...finding, problem }, options.repair ? remake : null);
    }
  }
}
