import t from 'tap';
import { configBytes, type ImageState, lostSettings } from '../../../src/build/config-document.ts';
import { destinationPath } from '../../../src/build/copy-files.ts';
import { copyWords, metadataWords, runWords } from '../../../src/build/history.ts';
import { applyMetadata } from '../../../src/build/metadata.ts';
import { readContainerfile } from '../../../src/containerfile/containerfile.ts';
import type { InstructionOf, StageInstruction } from '../../../src/containerfile/instructions.ts';

const empty: ImageState = {
  architecture: 'amd64',
  os: 'linux',
  variant: null,
  author: '',
  created: '2000-01-01T00:00:00.000Z',
  settings: {},
  layers: [],
  history: [],
  ownCommand: false,
};

function instructions(text: string): StageInstruction[] {
  const all = readContainerfile(`FROM scratch\n${text}\n`, 'Containerfile').instructions;
  return all.filter((one): one is StageInstruction => one.kind !== 'from');
}

function after(text: string, start = empty): ImageState {
  return instructions(text).reduce(applyMetadata, start);
}

t.test('instructions change what the image says of itself', async (t) => {
  const { settings, author } = after(
    [
      'ENV A=1 B=2',
      'ENV A=3',
      'LABEL x=y',
      'WORKDIR /a',
      'WORKDIR b/../c',
      'USER app',
      'EXPOSE 80 90-91/udp',
      'VOLUME /v',
      'STOPSIGNAL SIGUSR1',
      'HEALTHCHECK --interval=5s CMD true',
      'SHELL ["/bin/ash", "-c"]',
      'CMD echo hi',
      'ONBUILD RUN x',
      'MAINTAINER me',
    ].join('\n'),
  );
  t.same(settings, {
    Env: ['A=3', 'B=2'],
    Labels: { x: 'y' },
    WorkingDir: '/a/c',
    User: 'app',
    ExposedPorts: { '80/tcp': {}, '90/udp': {}, '91/udp': {} },
    Volumes: { '/v': {} },
    StopSignal: 'SIGUSR1',
    Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5_000_000_000 },
    Shell: ['/bin/ash', '-c'],
    Cmd: ['/bin/ash', '-c', 'echo hi'],
    OnBuild: ['RUN x'],
  });
  t.equal(author, 'me');
});

t.test('an entrypoint takes the command of the base image away', async (t) => {
  const base = { ...empty, settings: { Cmd: ['sh'] } };
  t.same(after('ENTRYPOINT ["/x"]', base).settings, { Entrypoint: ['/x'] });
  const own = after('CMD ["a"]\nENTRYPOINT ["/x"]', base);
  t.same(own.settings, { Cmd: ['a'], Entrypoint: ['/x'] }, 'that of the same file stays');
});

t.test("an OCI image has none of docker's own settings", async (t) => {
  const state = after('SHELL ["/bin/ash", "-c"]\nHEALTHCHECK NONE\nUSER u');
  const config = (format: 'oci' | 'docker') =>
    JSON.parse(Buffer.from(configBytes(state, format)).toString()).config;
  t.same(config('oci'), { User: 'u', WorkingDir: '/' });
  t.same(config('docker'), {
    Shell: ['/bin/ash', '-c'],
    Healthcheck: { Test: ['NONE'] },
    User: 'u',
    WorkingDir: '/',
  });
  t.same(lostSettings(state), [
    'HEALTHCHECK is not supported for OCI image format and',
    'SHELL is not supported for OCI image format, [/bin/ash -c]',
  ]);
});

t.test("the history's words are those of buildah", async (t) => {
  const [run, exec, script, env, copy] = instructions(
    'RUN echo $A\nRUN ["/x","y"]\nRUN <<E\na\nb\nE\nENV X=y Z="q r"\nCOPY a b /x',
  );
  const values = [{ name: 'W', value: 'w' }];
  t.equal(runWords(run as InstructionOf<'run'>, values), '|1 W=w /bin/sh -c echo $A');
  t.equal(runWords(exec as InstructionOf<'run'>, []), '/bin/sh -c ["/x","y"]');
  t.equal(runWords(script as InstructionOf<'run'>, []), '/bin/sh -c <<E\na\nb');
  t.equal(metadataWords(env as StageInstruction), '/bin/sh -c #(nop) ENV X=y Z="q r"');
  t.equal(
    copyWords(copy as InstructionOf<'copy'>, 'multi:1'),
    '/bin/sh -c #(nop) COPY multi:1 in /x ',
  );
});

t.test('fifty thousand instructions, and one behind them', async (t) => {
  const numbers = Array.from({ length: 50_000 }, (_, at) => at);
  const lines = numbers.map((at) => `ENV V${at}=${at}\nLABEL l${at}=${at}`);
  const { settings } = after([...lines, 'ENV V7=x', 'LABEL l7=x __proto__=y'].join('\n'));
  t.same(
    settings.Env,
    numbers.map((at) => `V${at}=${at === 7 ? 'x' : at}`),
  );
  t.equal(Object.keys(settings.Labels ?? {}).length, 50_001);
  t.equal(settings.Labels?.['l7'], 'x');
  t.equal(Object.getOwnPropertyDescriptor(settings.Labels, '__proto__')?.value, 'y');
});

t.test('destinations are below the working directory', async (t) => {
  t.equal(destinationPath('/w', 'x'), '/w/x');
  t.equal(destinationPath('/w', 'x/'), '/w/x/');
  t.equal(destinationPath('/w', '.'), '/w/');
  t.equal(destinationPath('', '/'), '/');
  t.equal(destinationPath('/a/w', '/a/w'), '/a/w/', 'the working directory is a directory');
  t.equal(destinationPath('/a/w', '/a'), '/a/', 'and what is above it');
  t.equal(destinationPath('/a/w', '/a/ww'), '/a/ww');
  t.equal(destinationPath('/', '/x'), '/x');
  t.equal(destinationPath('/w', '../../../y'), '/y');
});
