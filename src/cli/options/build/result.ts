import { resolve } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import type {
  BuildMetadataRequest,
  BuildResultRequest,
  BuildTimesRequest,
} from '../../../request/build.ts';
import { readBuildOutput } from '../../../request/build-words.ts';
import { badValue, readPair } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `build` about the image that comes of it. */
export const buildResultOptions: readonly OptionSpec[] = [
  { name: 'tag', short: 't', value: 'NAME', repeat: true, help: 'name of the image' },
  { name: 'label', value: 'KEY[=VALUE]', repeat: true, help: 'set a label' },
  {
    name: 'annotation',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'set an annotation of the manifest',
  },
  {
    name: 'env',
    value: 'NAME[=VALUE]',
    repeat: true,
    help: 'set a variable, at the beginning of each stage',
  },
  {
    name: 'unsetenv',
    value: 'NAME',
    repeat: true,
    help: "take away a variable, also a base image's",
  },
  { name: 'unsetlabel', value: 'KEY', repeat: true, help: "take away a label of the base image's" },
  {
    name: 'format',
    value: 'FORMAT',
    default: 'oci',
    choices: ['oci', 'docker'],
    help: "form of the manifest; only docker's has HEALTHCHECK, SHELL and ONBUILD by the book",
  },
  {
    name: 'layers',
    on: true,
    help: 'keep the result of each instruction for later builds; otherwise one layer is made of all; BUILDAH_LAYERS=false is the same',
  },
  { name: 'squash', help: "make one layer of all new ones, on top of the base image's" },
  { name: 'squash-all', help: "make one layer of all, the base image's as well" },
  {
    name: 'output',
    short: 'o',
    value: 'OUTPUT',
    repeat: true,
    help: 'write the files to a directory (DIR, type=local,dest=DIR), a tar archive (-, type=tar,dest=FILE), or the image to an archive (type=oci|docker,dest=FILE); type=image,name=NAME,push=true names it and sends it to a registry, as type=registry does',
  },
  { name: 'iidfile', value: 'FILE', help: "write the image's id to a file" },
  {
    name: 'metadata-file',
    value: 'FILE',
    help: 'write what is known of the result to a file, as docker buildx does: JSON',
  },
  {
    name: 'timestamp',
    value: 'SECONDS',
    help: 'time of the image, its history and all new files, since 1970',
  },
  {
    name: 'source-date-epoch',
    value: 'SECONDS',
    help: 'time of the image and its history; SOURCE_DATE_EPOCH in the environment unless given',
  },
  {
    name: 'rewrite-timestamp',
    help: 'give new files at most the time of --source-date-epoch: the image is the same bit for bit wherever it is built',
  },
  { name: 'omit-history', help: 'leave the history out of the image' },
  {
    name: 'identity-label',
    on: true,
    help: 'tell in the label io.buildah.version what the image was built with',
  },
  {
    name: 'os-version',
    value: 'VERSION',
    help: 'version of the operating system that the image needs',
  },
  {
    name: 'os-feature',
    value: 'FEATURE',
    repeat: true,
    help: 'feature that the image needs of it',
  },
  {
    name: 'compat-volumes',
    help: 'throw away what RUN writes below a VOLUME, as docker once did',
  },
];

interface Label {
  key: string;
  value: string;
}

function pairs(flag: string, words: readonly string[]): Label[] {
  return words.map((word) => {
    const [key, value] = readPair(word);
    if (key === '') throw badValue(flag, word, 'a key is needed');
    return { key, value };
  });
}

/** `--env NAME` alone takes the caller's variable, and is dropped when there is none. */
function variables(words: readonly string[]): Label[] {
  return words.flatMap((word) => {
    if (word.includes('=')) return pairs('--env', [word]);
    const value = process.env[word];
    return value === undefined ? [] : [{ key: word, value }];
  });
}

function readSeconds(flag: string, text: string | null): number | null {
  if (text === null || text === '') return null;
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new BryoError(
      'usage',
      `invalid argument "${text}" for "${flag}" flag: seconds since 1970 are needed`,
    );
  }
  return value;
}

function readTimes({ text, flag, texts }: Invocation): BuildTimesRequest {
  const argument = texts('build-arg').findLast((word) => word.startsWith('SOURCE_DATE_EPOCH='));
  const epoch =
    text('source-date-epoch') ??
    argument?.slice('SOURCE_DATE_EPOCH='.length) ??
    process.env['SOURCE_DATE_EPOCH'] ??
    null;
  const times = {
    timestamp: readSeconds('--timestamp', text('timestamp')),
    sourceDateEpoch: readSeconds('--source-date-epoch', epoch),
    rewriteTimestamp: flag('rewrite-timestamp'),
  };
  if (times.rewriteTimestamp && times.sourceDateEpoch === null && times.timestamp === null) {
    throw new BryoError('bad-flag-value', '--rewrite-timestamp needs --source-date-epoch', {
      hint: 'the environment may say it as well: SOURCE_DATE_EPOCH',
    });
  }
  return times;
}

function readFormat(text: string): 'oci' | 'docker' {
  const format = text.toLowerCase();
  if (format.startsWith('oci')) return 'oci';
  if (format.startsWith('docker')) return 'docker';
  throw new BryoError('bad-flag-value', `unrecognized image type ${JSON.stringify(format)}`, {
    hint: 'oci and docker are known',
  });
}

/** `NAME-` takes a feature away again. */
function keptFeatures(words: readonly string[]): string[] {
  const gone = new Set(words.filter((word) => word.endsWith('-')).map((word) => word.slice(0, -1)));
  return words.filter((word) => !word.endsWith('-') && !gone.has(word));
}

function readMetadata({ text, texts, flag }: Invocation): BuildMetadataRequest {
  const lists = (name: string) => texts(name).flatMap((word) => word.split(',').filter(Boolean));
  return {
    // docker's own BUILDKIT_… variables ask for nothing here.
    format: readFormat(text('format') ?? process.env['BUILDAH_FORMAT'] ?? 'oci'),
    labels: pairs('--label', texts('label')),
    annotations: pairs('--annotation', texts('annotation')),
    env: variables(texts('env')),
    unsetEnv: lists('unsetenv'),
    unsetLabels: lists('unsetlabel'),
    omitHistory: flag('omit-history'),
    identityLabel: flag('identity-label'),
    osVersion: text('os-version') || null,
    osFeatures: keptFeatures(texts('os-feature')),
    compatVolumes: flag('compat-volumes'),
  };
}

/** Whether each instruction has a layer: the flag, else BUILDAH_LAYERS. */
function readLayers({ given, flag }: Invocation): boolean {
  if (given('layers')) return flag('layers');
  if (flag('squash') || flag('squash-all')) return false;
  return !['0', 'false'].includes((process.env['BUILDAH_LAYERS'] ?? '').toLowerCase());
}

/** Reads what is to come of a build. */
export function readBuildResult(invocation: Invocation): BuildResultRequest {
  const { text, texts, flag } = invocation;
  if (flag('squash') && flag('squash-all')) {
    throw new BryoError('usage', 'cannot specify --squash-all with --squash');
  }
  const absent = (name: string): string | null => {
    const path = text(name);
    return path ? resolve(path) : null;
  };
  const squash = flag('squash-all') ? 'all' : 'none';
  const outputs = texts('output').map(readBuildOutput);
  return {
    tags: [...texts('tag'), ...outputs.flatMap(({ name }) => name ?? [])],
    layers: readLayers(invocation),
    squash: flag('squash') ? 'new' : squash,
    outputs: outputs.flatMap(({ output }) => output ?? []),
    push: flag('push') || outputs.some(({ push }) => push),
    iidFile: absent('iidfile'),
    metadataFile: absent('metadata-file'),
    metadata: readMetadata(invocation),
    times: readTimes(invocation),
  };
}
