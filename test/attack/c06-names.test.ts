// C6: moby 2024-24557. Content that comes under the name or the digest of something else.
import t from 'tap';
import { answerWith, bryo, serve, servedImage } from './registry.ts';
import { Attack } from './support.ts';

t.test('a name with a digest means that digest, whatever the store has', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const image = servedImage(attack);
  const host = await serve(t, (request, response) => answerWith(image, request, response));
  const pulled = await bryo(attack, ['pull', '-q', `${host}/image:1`]);
  t.equal(pulled.code, 0, pulled.stderr);
  const other = attack.image('other', [
    { kind: 'file', path: 'x', mode: 0o644, content: Buffer.from('x') },
  ]);
  sandbox.ok('tag', other, `${host}/poisoned:1`);
  const foreign = sandbox.ok('inspect', '--format', '{{.Digest}}', other).trim();
  const run = (reference: string) =>
    bryo(attack, ['run', '--rm', '--network', 'none', '--pull', 'never', reference, 'ls', '/x']);
  // The name is there, and the digest is there: not together.
  t.equal((await run(`${host}/image@${foreign}`)).code, 125);
  t.equal((await run(`${host}/poisoned@${image.digest}`)).code, 125);
  t.match(await run(`${host}/poisoned@${foreign}`), { code: 0, stdout: '/x\n' });
  t.not((await run(`${host}/image@${image.digest}`)).code, 125);
  // A registry that answers another image for a digest is not believed, although that is known.
  const wrong = await bryo(attack, ['pull', '-q', `${host}/image@sha256:${'0'.repeat(64)}`]);
  t.equal(wrong.code, 125);
  t.same(attack.close(), []);
});
