/** Names of files are bytes: what is no UTF-8 comes through all the same. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';

const sandbox = new Sandbox();
t.teardown(() => sandbox.close());

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

t.test('files whose names are no text are copied, matched and ignored', async (t) => {
  const directory = buildContext(sandbox, 'bytes', { grün: 'g', 'd/plain': 'p' });
  for (const name of ['caf\xe9', 'd/na\xefve', 'left\xfe'])
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), bytes(name)]), name);
  writeFileSync(join(directory, '.containerignore'), bytes('left\xfe\n'));
  const lines = [
    'FROM hello',
    'COPY caf? /one/',
    'COPY caf\xe9 /two/\xff',
    'COPY --parents d/na* /three/',
    'COPY . /four/',
    'COPY <<END /five\xe9',
    'text \xe9',
    'END',
    'RUN touch /six\xe9 && mkdir /seven\xff',
    'COPY --from=0 / /',
    'FROM hello',
    'COPY --from=0 /one /two /t*ree /four /five* /six* /seven\xff /out/',
    'RUN cd /out && find . | LC_ALL=C sort | od -A n -t x1 | tr -d " \\n" && cat five*',
  ];
  lines.splice(9, 1);
  writeFileSync(join(directory, 'Containerfile'), bytes(lines.join('\n')));
  const { code, stdout, stderr } = sandbox.run(['build', '--jobs', '1', '-t', 'bytes', directory]);
  t.equal(code, 0, stderr);
  t.match(stdout, 'COPY caf\\xe9 /two/\\xff', 'progress shows bytes as what they are');
  const names = [
    ...['.', './Containerfile', './.containerignore', './caf\xe9', './d', './d/na\xefve'],
    ...['./d/plain', './five\xe9', './gr\xc3\xbcn', './six\xe9', './\xff'],
  ];
  const listed = /(?:[0-9a-f]{2}){20,}/.exec(stdout)?.[0] ?? '';
  t.same(Buffer.from(listed, 'hex').toString('latin1').trimEnd().split('\n').sort(), names.sort());
  t.match(stdout, 'text ');
  const again = sandbox.run(['build', '--jobs', '1', directory]);
  t.notMatch(
    again.stdout,
    /STEP (?!1\/)[^\n]*\n(?!--> Using cache|COMMIT)/,
    'nothing is done twice',
  );
});

t.test('diff and commit keep such names', async (t) => {
  sandbox.ok(
    'run',
    '--name',
    'bytes',
    '--network',
    'none',
    'hello',
    'sh',
    '-c',
    "touch /f$(printf '\\351')",
  );
  t.match(sandbox.ok('diff', 'bytes'), /^A \/f\\xe9$/m);
  t.match(JSON.parse(sandbox.ok('diff', '--format', 'json', 'bytes')).added, ['/f\ufffd']);
  sandbox.ok('commit', '-q', 'bytes', 'kept');
  t.match(
    sandbox.ok('run', '--rm', '--network', 'none', 'kept', 'sh', '-c', 'echo /f* | od -A n -t x1'),
    /2f 66 e9 0a/,
  );
  sandbox.ok('rm', 'bytes');
});
