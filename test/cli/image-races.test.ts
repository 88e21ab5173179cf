import { gzipSync } from 'node:zlib';
import t from 'tap';
import { writeTar } from '../../src/hello/tar.ts';
import { answerWith, imageOf, type ServedImage, serve } from '../attack/registry.ts';
import { busybox, imageDocument } from '../attack/support.ts';
import { Sandbox } from '../support/bryo.ts';

t.setTimeout(600_000);
const sandbox = new Sandbox();
const tar = writeTar(busybox());
const images: Record<string, ServedImage> = {
  app: imageOf(imageDocument([tar], { Cmd: ['/bin/true'] }), [gzipSync(tar)], 'tar+gzip'),
};
for (let index = 0; index < 20; index += 1) {
  const config = imageDocument([tar], { Cmd: ['/bin/true', String(index)] });
  images[`part-${index}`] = imageOf(config, [gzipSync(tar)], 'tar+gzip');
}
const host = await serve(t, (request, response) => {
  const name = /^\/v2\/([^/]+)\//.exec(request.url ?? '')?.[1] ?? '';
  const image = images[name];
  if (image !== undefined) return answerWith(image, request, response);
  return response.end('{}');
});

/** Runs a command over and over; gives what was wrong with it. */
async function over(
  times: number,
  words: readonly string[],
  fits: (code: number, stderr: string) => boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  for (let time = 0; time < times; time += 1) {
    const { code, stderr } = await sandbox.runBeside(words);
    if (!fits(code, stderr)) wrong.push(`${words[0]}: ${code} ${stderr}`);
  }
  return wrong;
}

t.test('run, pull and rmi of one image at the same time', async (t) => {
  const name = `${host}/app:1`;
  const good = (code: number, stderr: string) => code === 0 && stderr === '';
  const removed = (code: number, stderr: string) =>
    code === 0 || /image not known|is used by|removed meanwhile/.test(stderr);
  const wrong = await Promise.all([
    over(20, ['run', '--rm', '-q', '--network', 'none', name], good),
    over(20, ['run', '--rm', '-q', '--network', 'none', name], good),
    over(20, ['pull', '-q', name], good),
    over(60, ['rmi', name], removed),
    over(20, ['run', '--rm', '--pull', 'never', '--network', 'none', name], (code, stderr) =>
      code === 0 ? stderr === '' : code === 125 && /image not known/.test(stderr),
    ),
  ]);
  t.same(wrong.flat(), []);
});

t.test('many add to a list, and many give names, at the same time', async (t) => {
  sandbox.ok('manifest', 'create', 'list');
  const adds = Object.keys(images).filter((name) => name.startsWith('part-'));
  const results = await Promise.all(
    adds.map((name) =>
      sandbox.runBeside(['manifest', 'add', 'list', `docker://${host}/${name}:1`]),
    ),
  );
  t.same(
    results.map(({ stderr }) => stderr).filter((text) => text !== ''),
    [],
  );
  const list = JSON.parse(sandbox.ok('manifest', 'inspect', 'list'));
  const digests = (list.manifests as { digest: string }[]).map(({ digest }) => digest).sort();
  t.same(digests, adds.map((name) => images[name]?.digest ?? '').sort());
  t.match(await sandbox.runBeside(['pull', '-q', `${host}/app:1`]), { code: 0, stderr: '' });
  const tags = Array.from({ length: 10 }, (_, index) => `tag-${index}:1`);
  await Promise.all(tags.map((tag) => sandbox.runBeside(['tag', `${host}/app:1`, tag])));
  for (const tag of tags) t.equal(sandbox.run(['image', 'exists', tag]).code, 0, tag);
  // Whoever takes one name away leaves those that others give meanwhile.
  const mixed = await Promise.all([
    ...tags.map((tag) => sandbox.runBeside(['rmi', tag])),
    ...tags.map((tag) => sandbox.runBeside(['tag', `${host}/app:1`, `new-${tag}`])),
  ]);
  t.same(
    mixed.map(({ stderr }) => stderr).filter((text) => text !== ''),
    [],
  );
  for (const tag of tags) {
    t.equal(sandbox.run(['image', 'exists', tag]).code, 1);
    t.equal(sandbox.run(['image', 'exists', `new-${tag}`]).code, 0);
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
