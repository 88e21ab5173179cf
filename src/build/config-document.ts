import type { ImageSettings } from '../image/settings.ts';

/** An entry of an image's history (OCI image-spec config.md, "history"). */
export interface HistoryRecord {
  created?: string;
  created_by?: string;
  author?: string;
  comment?: string;
  empty_layer?: boolean;
}

/** A layer of an image that is built, which the store has as a blob. */
export interface BuiltLayer {
  diffId: string;
  digest: string;
  /** Bytes of the blob. */
  size: number;
  mediaType: string;
}

/** An image between two instructions: what they change. */
export interface ImageState {
  architecture: string;
  os: string;
  /** `os.version` and `os.features` (OCI image-spec config.md); absent: none. */
  osVersion?: string;
  osFeatures?: string[];
  variant: string | null;
  author: string;
  /** RFC 3339. */
  created: string;
  settings: ImageSettings;
  layers: BuiltLayer[];
  history: HistoryRecord[];
  /** CMD stands in this very file: an ENTRYPOINT leaves it alone. */
  ownCommand: boolean;
}

/** Settings that only docker's format has. */
const dockersOwn = ['Healthcheck', 'OnBuild', 'Shell'] as const;

/** Instructions whose settings an OCI image does not have, with podman's words for what is lost. */
export function lostSettings({ settings }: ImageState): string[] {
  return dockersOwn.flatMap((key) => {
    const value = settings[key];
    if (value === undefined) return [];
    const lost = Array.isArray(value) ? `, [${value.join(' ')}]` : ' and';
    return [`${key.toUpperCase()} is not supported for OCI image format${lost}`];
  });
}

function settingsFor(settings: ImageSettings, format: 'oci' | 'docker'): ImageSettings {
  const sorted = Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => {
      const lost = format === 'oci' && (dockersOwn as readonly string[]).includes(key);
      return !lost && value !== undefined;
    }),
  ) as ImageSettings;
  return { ...sorted, WorkingDir: settings.WorkingDir || '/' };
}

/** What JSON writes for a byte that is no text: JSON of images is UTF-8, and Go reads that character in its place. */
const noText = /(?<!\\)((?:\\\\)*)\\ud[c-f][0-9a-f]{2}/g;

function jsonOfText(document: object): string {
  return JSON.stringify(document).replace(noText, '$1\\ufffd');
}

/** The bytes of the configuration of the image as it is: always the same for the same image. */
export function configBytes(state: ImageState, format: 'oci' | 'docker'): Uint8Array {
  const { created, author, architecture, os, osVersion, osFeatures = [], variant } = state;
  const { settings, layers, history } = state;
  return Buffer.from(
    jsonOfText({
      created,
      ...(author !== '' && { author }),
      architecture,
      ...(variant !== null && { variant }),
      os,
      ...(osVersion !== undefined && { 'os.version': osVersion }),
      ...(osFeatures.length > 0 && { 'os.features': osFeatures }),
      config: settingsFor(settings, format),
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history,
    }),
  );
}
