/** The cache of builds in a real registry on the loopback, and triggers of stages. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';

const one = new Sandbox();
const other = new Sandbox();
t.teardown(() => {
  one.close();
  other.close();
});
const plain = ['build', '--jobs', '1', '--tls-verify=false'];

function said({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): string {
  if (code !== 0) throw new Error(`status ${code}: ${stderr}`);
  return stdout + stderr;
}

t.test('another store takes results from a registry instead of making them', async (t) => {
  const registry = await startRegistry(t);
  const text = [
    'FROM hello AS first',
    'COPY a /a',
    'RUN echo made > /made',
    'FROM hello',
    'COPY --from=first /made /taken',
    'LABEL l=1',
    'RUN cat /taken',
  ].join('\n');
  const directory = buildContext(one, 'exchanged', { Containerfile: text, a: 'a' });
  const same = buildContext(other, 'exchanged', { Containerfile: text, a: 'a' });
  const cache = `${registry}/team/cache`;
  const first = said(one.run([...plain, '--cache-from', cache, '--cache-to', cache, directory]));
  t.match(first, `nothing is taken from --cache-from ${cache}:bryo-build-cache: `);
  const second = said(other.run([...plain, '--cache-from', cache, same]));
  t.equal(second.match(/^--> Using cache/gm)?.length, 5);
  const id = (text: string) => /^[0-9a-f]{64}$/m.exec(text)?.[0];
  t.equal(id(second), id(first), 'one image');
  t.notMatch(second, /^\[2\/2\] made/m, 'no command has run');

  const ref = `type=registry,ref=${registry}/team/cache:bryo-build-cache`;
  other.ok('image', 'prune', '-f', '--build-cache');
  const more = buildContext(other, 'more', {
    Containerfile: `${text}\nRUN echo more\n`,
    a: 'a',
  });
  said(other.run([...plain, '--cache-from', ref, '--cache-to', ref, more]));
  one.ok('image', 'prune', '-f', '--build-cache');
  const again = said(one.run([...plain, '--cache-from', ref, directory]));
  t.equal(again.match(/^--> Using cache/gm)?.length, 5, 'what was there before stays');
});

t.test('what is no cache, and layers that lie, are of no use', async (t) => {
  const registry = await startRegistry(t);
  const directory = buildContext(one, 'image', { Containerfile: 'FROM hello\nRUN echo x > /x\n' });
  const name = `${registry}/team/image:1`;
  said(one.run([...plain, '-t', name, directory]));
  one.run(['push', '--tls-verify=false', name]);
  const result = one.run([...plain, '--cache-from', `type=registry,ref=${name}`, directory]);
  t.match(result, { code: 0, stderr: /nothing is taken from .*: it is no cache of bryo build/ });
  t.match(one.run([...plain, '--cache-to', 'type=registry', directory]), { code: 125 });
  const away = one.run([...plain, '--cache-to', '127.0.0.1:1/x', directory]);
  t.match(away, { code: 125, stderr: /127\.0\.0\.1:1/ });
});

t.test(
  'triggers of a stage run in those that begin with it, in images of docker’s format',
  async (t) => {
    const text = [
      'FROM hello AS base',
      'ONBUILD RUN echo triggered > /t',
      'ONBUILD ENV T=yes',
      'RUN ! test -e /t',
      'FROM base AS next',
      'RUN cat /t && echo $T',
      'FROM next',
      'RUN echo $T again',
    ].join('\n');
    const directory = buildContext(one, 'triggers', { Containerfile: text });
    const docker = said(one.run([...plain, '--format', 'docker', '-t', 'triggered', directory]));
    t.match(docker, /\[2\/3\] STEP 2\/4: RUN echo triggered > \/t\n[\s\S]*triggered\n.*yes\n/);
    t.match(docker, /\[3\/3\] STEP 2\/2: RUN echo \$T again/, 'they are pulled once');
    const [image] = JSON.parse(one.ok('inspect', '--type', 'image', 'triggered'));
    t.notOk(image.Config.OnBuild);
    t.match(one.run([...plain, directory]), { code: 1 }, 'OCI images have none');
  },
);

t.test('programs for other machines', async (t) => {
  const head = Buffer.alloc(320);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  const fields: [number, number][] = [
    [16, 2],
    [18, 183],
    [20, 1],
    [52, 64],
    [54, 56],
    [56, 1],
  ];
  for (const [at, value] of fields) head.writeUInt16LE(value, at);
  const text = 'FROM scratch\nCOPY --chmod=755 sh /bin/sh\nRUN true\n';
  const directory = buildContext(one, 'foreign', { Containerfile: text });
  execFileSync('sh', ['-c', `cat > ${directory}/sh`], { input: head });
  const result = one.run([...plain, '--platform', 'linux/arm64', directory]);
  t.match(result, { code: 126, stderr: /runs programs for arm64 \(.*qemu-user-static\)\n/ });
  rmSync(directory, { recursive: true });
});
