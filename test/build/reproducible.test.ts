import t, { type Test } from 'tap';
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

/** Builds in a store, from files that are written just now. */
function digestOf(sandbox: Sandbox, flags: readonly string[]): string {
  const directory = buildContext(sandbox, 'context', {
    Containerfile: containerfile,
    'd/f': 'f\n',
    'd/e/g': { text: 'g\n', mode: 0o755 },
    'd/l': { link: 'f' },
  });
  sandbox.ok('build', '-q', ...flags, '-t', 'same', directory);
  return sandbox.ok('inspect', '--type', 'image', '--format', '{{.Digest}} {{.Id}}', 'same');
}

/** The digest that a store of its own comes to. */
function digestInNewStore(t: Test, flags: readonly string[]): string {
  const sandbox = new Sandbox();
  try {
    return digestOf(sandbox, flags);
  } finally {
    t.same(sandbox.close(), []);
  }
}

t.test('two stores make the same image, bit for bit', async (t) => {
  for (const flags of [
    ['--timestamp', '1000000000'],
    ['--source-date-epoch', '1000000000', '--rewrite-timestamp'],
    ['--source-date-epoch', '1000000000', '--rewrite-timestamp', '--squash'],
    ['--timestamp', '1000000000', '--squash-all', '--format', 'docker'],
  ]) {
    const first = digestInNewStore(t, flags);
    // Times of files have a resolution of seconds in a layer.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    t.equal(digestInNewStore(t, flags), first, flags.join(' '));
  }
});
