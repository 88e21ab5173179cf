// C2: containerd 2020-15157; oras 2026-50151; distribution 2026-33540. Credentials go to whom a
// registry sends the client.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { answerWith, bryo, serve, servedImage } from './registry.ts';
import { Attack } from './support.ts';

t.test('only the registry itself gets the credentials', async (t) => {
  const attack = new Attack();
  const image = servedImage(attack);
  const seen: string[] = [];
  let demanded = '';
  const elsewhere = await serve(t, (request, response) => {
    seen.push(`${request.headers.authorization ?? 'nothing'} ${request.headers.cookie ?? ''}`);
    if (demanded === '') return answerWith(image, request, response);
    response.writeHead(401, { 'www-authenticate': demanded });
    return response.end();
  });
  const asked: string[] = [];
  const host = await serve(t, (request, response) => {
    if (request.headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
      return response.end();
    }
    asked.push(request.headers.authorization);
    if (request.url?.includes('/blobs/')) {
      response.writeHead(307, { location: `http://${elsewhere}${request.url}` });
      return response.end();
    }
    return answerWith(image, request, response);
  });
  const auth = Buffer.from('ann:canary-secret').toString('base64');
  const file = join(attack.sandbox.directory, 'auth.json');
  writeFileSync(file, JSON.stringify({ auths: { [host]: { auth } } }));
  const env = { REGISTRY_AUTH_FILE: file };
  const { code, stderr } = await bryo(attack, ['pull', '-q', `${host}/image:1`], env);
  t.same([code, stderr], [0, ''], 'a redirect to where the blobs are is followed');
  t.ok(asked.includes(`Basic ${auth}`));
  t.ok(seen.length > 0);
  t.same(
    seen.filter((line) => line !== 'nothing '),
    [],
  );
  // Whoever the registry sends the client to asks for the password itself.
  for (const scheme of ['Basic', 'Bearer']) {
    demanded = `${scheme} realm="http://${elsewhere}/token"`;
    seen.length = 0;
    attack.sandbox.ok('rmi', '-f', '-a');
    const asked = await bryo(attack, ['pull', '-q', `${host}/image:1`], env);
    t.equal(asked.code, 125, scheme);
    t.match(asked.stderr, /^Error: [^\n]+\n/);
    t.same(
      seen.filter((line) => line !== 'nothing '),
      [],
      scheme,
    );
  }
  const evil = await serve(t, (_request, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${elsewhere}/token"` });
    response.end();
  });
  seen.length = 0;
  const tokens = await bryo(attack, ['pull', '-q', `${evil}/image:1`], env);
  t.equal(tokens.code, 125);
  t.same(
    seen.filter((line) => line.includes(auth)),
    [],
  );
  t.same(attack.close(), []);
});
