import type { Engine } from '../../engine/engine.ts';
import { homeDirectory } from '../global-options.ts';
import { among, type Completion, files, nothing } from './protocol.ts';

/** The words of a synopsis or of a flag's value that tell which names may stand there. */
const kinds = [
  'CONTAINER',
  'POD',
  'IMAGE',
  'LIST',
  'VOLUME',
  'NETWORK',
  'SECRET',
  'REGISTRY',
] as const;

type Kind = (typeof kinds)[number];

/** Words for what only the shell can complete. */
const filesWords = /FILE|DIRECTORY|PATH|COMMAND|ARG|CONTEXT|URI|URL|WORD/;

/** The short forms of an image's names besides the whole one: `localhost/a/b:1`, `a/b:1`, `b:1`. */
function spellings(name: string): string[] {
  const parts = name.split('/');
  return parts.map((_, index) => parts.slice(index).join('/'));
}

async function imageWords({ store }: Engine, start: string): Promise<string[]> {
  const { listImages } = await import('../../image/resolve.ts');
  return listImages(store).flatMap(({ id, names }) => {
    // An id is suggested to who has begun one.
    const byId = start.length > 1 && id.startsWith(start) ? [id.slice(0, 12)] : [];
    const fitting = names.flatMap((name) => {
      const found = start === '' ? name : spellings(name).find((text) => text.startsWith(start));
      return found === undefined ? [] : [found];
    });
    return [...fitting, ...byId];
  });
}

/** The registries in which names without one are looked up. */
async function registryNames(): Promise<string[]> {
  const { loadRegistriesConf } = await import('../../registry/registries-conf.ts');
  return loadRegistriesConf({ env: process.env, home: homeDirectory() }).search ?? [];
}

async function namesOf(engine: Engine, kind: Kind, start: string): Promise<string[]> {
  const { store } = engine;
  switch (kind) {
    case 'CONTAINER': {
      const { listRecords } = await import('../../container/records.ts');
      return listRecords(store).records.map(({ name }) => name);
    }
    case 'POD': {
      const { listPods } = await import('../../pod/records.ts');
      return listPods(store).map(({ name }) => name);
    }
    case 'IMAGE':
    case 'LIST':
      return imageWords(engine, start);
    case 'VOLUME': {
      const { listVolumes } = await import('../../engine/volumes/volumes.ts');
      return listVolumes(store).map(({ name }) => name);
    }
    case 'NETWORK': {
      const { listNetworks } = await import('../../network/config/networks.ts');
      const { networkDirectory } = await import('../../engine/networks/directory.ts');
      return listNetworks(networkDirectory(engine)).networks.map(({ name }) => name);
    }
    case 'SECRET': {
      const { listSecrets } = await import('../../secret/secrets.ts');
      return listSecrets(store).map(({ name }) => name);
    }
    case 'REGISTRY':
      return registryNames();
  }
}

/** Suggestions where a manual has such a word: `CONTAINER`, `[CONTAINER:]SOURCE`, `FILE|-`. */
export async function completeWord(
  engine: () => Promise<Engine>,
  word: string,
  start: string,
): Promise<Completion> {
  if (word.includes('CONTAINER:')) {
    const names = await namesOf(await engine(), 'CONTAINER', start);
    const found = among(
      names.map((name) => `${name}:`),
      start,
      'NoSpace',
    );
    return found.suggestions.length > 0 ? found : files;
  }
  const wanted = kinds.filter((kind) => word.split(/[^A-Z]+/).includes(kind));
  if (wanted.length === 0) return filesWords.test(word) ? files : nothing;
  const opened = await engine();
  const lists = await Promise.all(wanted.map((kind) => namesOf(opened, kind, start)));
  const found = [...new Set(lists.flat())];
  const isFile = filesWords.test(word);
  return among(found, start, isFile ? 'Default' : 'NoFileComp');
}
