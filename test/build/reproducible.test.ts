import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';

const containerfile = [
  'FROM hello AS one',
  'COPY d /d',
  'RUN mkdir /made && echo x > /made/b && echo y > /made/a && ln /made/a /made/c',
  'FROM hello',
  'COPY --from=one /made /d /all/',
  'ENV A=1',
  'RUN rm /all/a && touch /all/new',
].join('\n');

/** Builds in a store of its own, at another time, from files that were written at another time. */
function digestOf(flags: readonly string[]): string {
  const sandbox = new Sandbox();
  try {
    const directory = buildContext(sandbox, 'context', {
      Containerfile: containerfile,
      'd/f': 'f\n',
      'd/e/g': { text: 'g\n', mode: 0o755 },
      'd/l': { link: 'f' },
    });
    const args = ['build', '-q', ...flags, '-t', 'same', directory];
    const { code, stderr } = sandbox.run(args);
    if (code !== 0) throw new Error(stderr);
    return sandbox.ok('inspect', '--type', 'image', '--format', '{{.Digest}} {{.Id}}', 'same');
  } finally {
    const left = sandbox.close();
    if (left.length > 0) throw new Error(left.join('\n'));
  }
}

t.test('two stores make the same image, bit for bit', async (t) => {
  for (const flags of [
    ['--timestamp', '1000000000'],
    ['--source-date-epoch', '1000000000', '--rewrite-timestamp'],
    ['--source-date-epoch', '1000000000', '--rewrite-timestamp', '--squash'],
    ['--timestamp', '1000000000', '--squash-all', '--format', 'docker'],
  ]) {
    const first = digestOf(flags);
    // Times of files have a resolution of seconds in a layer.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    t.equal(digestOf(flags), first, flags.join(' '));
  }
});
