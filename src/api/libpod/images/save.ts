import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Engine } from '../../../engine/engine.ts';
import { type SaveFormat, saveImages } from '../../../engine/images/save.ts';
import { resolveNamed } from '../../../image/foreign-list.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, text, texts } from '../../route/query.ts';
import { byteStream, type Reply } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';

/** The type that podman's clients are told. */
const archiveType = 'application/octet-stream';

const formats: readonly SaveFormat[] = ['docker-archive', 'docker-dir', 'oci-archive', 'oci-dir'];

interface SaveQuery {
  format: string | null;
  compress: boolean;
  ociAcceptUncompressedLayers: boolean;
}

function readFormat(word: string | null): SaveFormat {
  const asked = word || 'oci-archive';
  const format = formats.find((known) => known === asked);
  if (format === undefined) throw new HttpProblem(500, `unknown format ${JSON.stringify(asked)}`);
  return format;
}

/** A directory as an archive. */
async function* archiveOf(directory: string): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const add = (below: string): void => {
    for (const name of readdirSync(join(directory, below)).sort()) {
      const path = join(below, name);
      const { mode } = statSync(join(directory, path));
      if (statSync(join(directory, path)).isDirectory()) {
        archive.entry({ name: path, type: 'directory', mode });
        add(path);
      } else archive.entry({ name: path, mode }, readFileSync(join(directory, path)));
    }
  };
  add('');
  archive.finalize();
  for await (const chunk of archive) yield Buffer.from(chunk as Uint8Array);
}

/** Images written to a directory, which goes as an archive. */
async function* savedDirectory(
  engine: Engine,
  request: Omit<Parameters<typeof saveImages>[1], 'path' | 'stdout'>,
): AsyncGenerator<Uint8Array> {
  const place = mkdtempSync(join(tmpdir(), 'bryo-save-'));
  const path = join(place, 'image');
  try {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
    await saveImages(engine, { ...request, path, stdout });
    yield* archiveOf(path);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function saved(engine: Engine, names: readonly string[], query: SaveQuery): Reply {
  const format = readFormat(query.format);
  for (const name of names) resolveNamed(engine.store, name);
  if (names.length > 1 && format !== 'docker-archive') {
    throw new HttpProblem(500, 'multi-image archives must use format of docker-archive');
  }
  const compress = query.compress && format === 'docker-dir';
  const request = { names, format, compress, plain: query.ociAcceptUncompressedLayers };
  if (format.endsWith('-dir')) {
    return byteStream(archiveType, savedDirectory(engine, request));
  }
  return {
    kind: 'stream',
    type: archiveType,
    async produce(writer) {
      const stdout = new Writable({
        write: (chunk: Uint8Array, _encoding, done) => {
          writer.write(chunk).then(() => done(), done);
        },
      });
      await saveImages(engine, { ...request, path: null, stdout });
    },
  };
}

const archive = { about: 'a tar archive', type: archiveType };
const query = {
  format: text(`${formats.join(', ')}; oci-archive otherwise`),
  compress: flag('of docker-dir: plain layers become compressed'),
  ociAcceptUncompressedLayers: flag('of the OCI formats: layers become plain'),
};

export const one = defineRoute({
  summary: 'Read an image as an archive',
  query,
  answers: { 200: archive },
  handle: async (request) => saved(request.engine, [param(request, 'image')], request.query),
});

export const several = defineRoute({
  summary: 'Read images as one archive',
  query: { ...query, references: texts('their names') },
  answers: { 200: archive },
  async handle(request) {
    const { references } = request.query;
    if (references.length === 0) throw new HttpProblem(400, 'no references');
    return saved(request.engine, references, request.query);
  },
});
