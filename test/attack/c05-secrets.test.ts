// C5: moby 2019-13509; buildkit 2023-26054. Secrets in the store, in messages and in what is logged.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { answerWith, bryo, serve, servedImage } from './registry.ts';
import { Attack } from './support.ts';

t.test('a password is in its own file only', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const image = servedImage(attack);
  const basic = Buffer.from('ann:canary-secret').toString('base64');
  const host = await serve(t, (request, response) => {
    if (request.headers.authorization === `Basic ${basic}`) {
      return answerWith(image, request, response);
    }
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
    return response.end(JSON.stringify({ errors: [{ message: request.headers.authorization }] }));
  });
  const directory = sandbox.makeDirectory('auth');
  const file = join(directory, 'auth.json');
  const env = { REGISTRY_AUTH_FILE: file };
  const login = await bryo(attack, ['login', '-u', 'ann', '-p', 'canary-secret', host], env);
  t.equal(login.code, 0, login.stderr);
  t.equal(statSync(file).mode & 0o777, 0o600);
  const pull = ['--log-level', 'debug', 'pull', `${host}/image:1`];
  const pulled = await bryo(attack, pull, env);
  t.equal(pulled.code, 0, pulled.stderr);
  const wrong = ['--log-level', 'debug', 'pull', '--creds', 'ann:canary-wrong', `${host}/x:2`];
  const refused = await bryo(attack, wrong, env);
  t.equal(refused.code, 125);
  const said = [login, pulled, refused].map(({ stdout, stderr }) => stdout + stderr).join('');
  for (const secret of ['canary', basic, Buffer.from('ann:canary-wrong').toString('base64')]) {
    t.notOk(said.includes(secret), secret);
    const places = [sandbox.root, sandbox.runroot];
    const found = spawnSync('grep', ['-rlF', secret, ...places], { encoding: 'utf8' });
    t.equal(found.stdout, '', secret);
  }
  t.same(attack.close(), []);
});
