import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { BryoError } from '../base/errors.ts';
import type { LayerSink } from '../store/layer-sink.ts';
import type { Store } from '../store/paths.ts';
import { stagingPath } from '../store/staging.ts';
import { digestHex, parseDigest } from './digest.ts';
import { digestBytes } from './hash.ts';
import { commitImage, initLayout } from './layout.ts';
import { parseSingleManifest } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { hostPlatform } from './platform.ts';

export interface ImportOptions {
  store: Store;
  layers: LayerSink;
  source: Readable;
  /** Full reference; null: none. */
  name: string | null;
  message: string;
  /** `--change` words: `CMD ["sh"]`, `ENV A=1`, … */
  changes: readonly string[];
}

interface RunConfig {
  Cmd?: string[];
  Entrypoint?: string[];
  Env?: string[];
  ExposedPorts?: Record<string, object>;
  Labels?: Record<string, string>;
  StopSignal?: string;
  User?: string;
  Volumes?: Record<string, object>;
  WorkingDir?: string;
}

/** The exec form is a JSON array; anything else is a command for the shell. */
function commandWords(text: string): string[] {
  if (text.startsWith('[')) {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  }
  return ['/bin/sh', '-c', text];
}

function pathSet(text: string): Record<string, object> {
  const list = text.startsWith('[') ? (JSON.parse(text) as string[]) : text.split(/\s+/);
  return Object.fromEntries(list.map((path) => [path, {}]));
}

function applyChange(config: RunConfig, change: string): void {
  const [, keyword = '', value = ''] = /^(\w+)[\s=]+(.*)$/s.exec(change.trim()) ?? [];
  const [key = '', item = ''] = value.split(/[=\s](.*)/s);
  switch (keyword.toUpperCase()) {
    case 'CMD':
      config.Cmd = commandWords(value);
      return;
    case 'ENTRYPOINT':
      config.Entrypoint = commandWords(value);
      return;
    case 'ENV':
      config.Env = [...(config.Env ?? []), `${key}=${item}`];
      return;
    case 'LABEL':
      config.Labels = { ...config.Labels, [key]: item.replace(/^"(.*)"$/, '$1') };
      return;
    case 'EXPOSE':
      config.ExposedPorts = { ...config.ExposedPorts, ...pathSet(value) };
      return;
    case 'VOLUME':
      config.Volumes = { ...config.Volumes, ...pathSet(value) };
      return;
    case 'STOPSIGNAL':
      config.StopSignal = value;
      return;
    case 'USER':
      config.User = value;
      return;
    case 'WORKDIR':
      config.WorkingDir = value;
      return;
    default:
      throw new BryoError('bad-change', `--change ${JSON.stringify(change)} is not supported`, {
        hint: 'CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME and WORKDIR are',
      });
  }
}

function readChanges(changes: readonly string[]): RunConfig {
  const config: RunConfig = {};
  for (const change of changes) {
    try {
      applyChange(config, change);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new BryoError('bad-change', `--change ${JSON.stringify(change)}: malformed list`);
    }
  }
  return config;
}

/** Makes an image of one layer from a tar of a root filesystem; resolves with its id. */
export async function importTarball(options: ImportOptions): Promise<string> {
  const { store, layers } = options;
  const config = readChanges(options.changes);
  initLayout(store);
  const staged = stagingPath(store);
  const file = await open(staged, 'wx', 0o600);
  const writer = layers.begin();
  const hash = createHash('sha256');
  let size = 0;
  let first: number | undefined;
  try {
    for await (const part of options.source as AsyncIterable<Buffer>) {
      first ??= part[0];
      hash.update(part);
      size += part.length;
      await Promise.all([file.writeFile(part), writer.write(part)]);
    }
  } catch (error) {
    await writer.abort();
    await rm(staged, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  const diffId = await writer.end('').catch(async (error: unknown) => {
    await rm(staged, { force: true });
    throw error;
  });
  const digest = parseDigest(`sha256:${hash.digest('hex')}`);
  const compressed = diffId !== digest;
  const zstd = first === 0x28;
  const layerType = !compressed
    ? mediaTypes.ociLayer
    : zstd
      ? mediaTypes.ociLayerZstd
      : mediaTypes.ociLayerGzip;
  const created = new Date().toISOString();
  const { os, architecture } = hostPlatform(process.arch);
  const configBytes = Buffer.from(
    JSON.stringify({
      created,
      os,
      architecture,
      config,
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [{ created, comment: options.message }],
    }),
  );
  const configDigest = digestBytes(configBytes);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: configDigest, size: configBytes.length },
      layers: [{ mediaType: layerType, digest, size }],
    }),
  );
  try {
    commitImage(store, {
      descriptor: {
        mediaType: mediaTypes.ociManifest,
        digest: digestBytes(manifest),
        size: manifest.length,
        annotations: {},
        platform: null,
      },
      manifest: parseSingleManifest(manifest),
      names: options.name === null ? [] : [options.name],
      staged: new Map([[digest, staged]]),
      documents: new Map([
        [configDigest, configBytes],
        [digestBytes(manifest), manifest],
      ]),
    });
  } finally {
    await rm(staged, { force: true });
  }
  return digestHex(configDigest);
}
