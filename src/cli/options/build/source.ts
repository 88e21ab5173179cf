import type { BuildSourceRequest } from '../../../request/build.ts';
import {
  type GivenContext,
  readBuildArguments,
  readBuildContext,
} from '../../../request/build-words.ts';
import { badValue } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

const pullOption: OptionSpec = {
  name: 'pull',
  value: 'POLICY',
  bare: 'missing',
  choices: ['always', 'missing', 'never', 'newer'],
  help: 'when to pull base images: always, missing, never or newer; true and false mean always and never (default "missing")',
};

/** docker's --pull asks for always. */
export const dockerPullOption: OptionSpec = {
  ...pullOption,
  bare: 'always',
  help: 'pull base images even if the store has them; or always, missing, never, newer',
};

/** Flags of `build` about what is read. */
export const buildSourceOptions: readonly OptionSpec[] = [
  {
    name: 'file',
    short: 'f',
    value: 'FILE',
    repeat: true,
    help: 'the Containerfile, a file, an address or - for standard input; several are read as one; otherwise Containerfile or Dockerfile in the context',
  },
  {
    name: 'build-arg',
    value: 'NAME[=VALUE]',
    repeat: true,
    help: "value of an ARG; without one it is the caller's variable",
  },
  {
    name: 'build-arg-file',
    value: 'FILE',
    repeat: true,
    help: 'read such values from a file, a line each',
  },
  {
    name: 'build-context',
    value: 'NAME=SOURCE',
    repeat: true,
    help: 'further files under a name, for FROM, COPY --from and mounts: a directory, an address, docker-image://IMAGE or oci-layout://DIRECTORY',
  },
  { name: 'from', value: 'IMAGE', help: 'use this image in the place of that of the first FROM' },
  {
    name: 'ignorefile',
    value: 'FILE',
    help: 'patterns of what the context does not have, in the place of FILE.containerignore, FILE.dockerignore, .containerignore and .dockerignore',
  },
  {
    name: 'target',
    value: 'STAGE',
    help: 'build this stage, by name or number, instead of the last',
  },
  pullOption,
  { name: 'pull-always', help: 'the same as --pull=always' },
  { name: 'pull-never', help: 'the same as --pull=never' },
  {
    name: 'cpp-flag',
    value: 'FLAG',
    repeat: true,
    help: 'flag for cpp(1), by which files that end in .in go first',
  },
];

const policies: Readonly<Record<string, BuildSourceRequest['pull']>> = {
  always: 'always',
  true: 'always',
  missing: 'missing',
  ifmissing: 'missing',
  never: 'never',
  false: 'never',
  newer: 'newer',
  ifnewer: 'newer',
};

function readPull({ text, flag, given }: Invocation): BuildSourceRequest['pull'] {
  const ways = [given('pull'), flag('pull-always'), flag('pull-never')];
  if (ways.filter(Boolean).length > 1) {
    throw badValue(
      '--pull',
      text('pull') ?? '',
      "can only set one of 'pull' or 'pull-always' or 'pull-never'",
    );
  }
  if (flag('pull-always')) return 'always';
  if (flag('pull-never')) return 'never';
  const word = (text('pull') ?? 'missing').trim().toLowerCase();
  const policy = Object.hasOwn(policies, word) ? policies[word] : undefined;
  if (policy !== undefined) return policy;
  throw badValue('--pull', word, 'always, missing, never, newer, true or false');
}

/** The part of the source that flags say; the rest is found in the context. */
export interface GivenSource
  extends Pick<BuildSourceRequest, 'pull' | 'target' | 'buildArgs' | 'from'> {
  /** In order; `-` is standard input. */
  files: readonly string[];
  contexts: ReadonlyMap<string, GivenContext>;
  /** Null: as the context has it. */
  ignoreFile: string | null;
  cppFlags: readonly string[];
}

/** Reads what is to be built. */
export function readBuildSource(invocation: Invocation): GivenSource {
  const { text, texts } = invocation;
  const contexts = texts('build-context').map(readBuildContext);
  return {
    files: texts('file'),
    buildArgs: readBuildArguments(texts('build-arg-file'), texts('build-arg')),
    contexts: new Map(contexts.map(({ name, value }) => [name, value])),
    from: text('from') || null,
    ignoreFile: text('ignorefile'),
    target: text('target') || null,
    pull: readPull(invocation),
    cppFlags: texts('cpp-flag'),
  };
}
