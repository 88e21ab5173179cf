import { homedir } from 'node:os';
import { BryoError } from '../../../base/errors.ts';
import { registryKey } from '../../../engine/system/login.ts';
import { checkLogin } from '../../../registry/login.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf } from '../../route/schema.ts';
import { isLocal } from '../registry-access.ts';

export const route = defineRoute({
  summary: 'Check an account with its registry; the client keeps it',
  body: { about: 'AuthConfig', schema: anObject },
  answers: {
    200: { about: 'it is right', schema: objectOf({ Status: aText, IdentityToken: aText }) },
  },
  async handle(request) {
    const body = await readBody(request);
    const username = body.get('username').word();
    if (username === null) throw body.get('username').problem('a name is needed');
    const address = body.get('serveraddress').word() ?? 'docker.io';
    const server = /^https:\/\/index\.docker\.io\//.test(address) ? 'docker.io' : address;
    try {
      await checkLogin({
        host: registryKey(server).split('/')[0] ?? '',
        tlsVerify: !isLocal(server),
        authFile: null,
        credentials: { kind: 'basic', username, password: body.get('password').text() ?? '' },
        env: process.env,
        home: homedir(),
      });
    } catch (error) {
      if (error instanceof BryoError && error.code === 'bad-login') {
        throw new HttpProblem(401, error.message);
      }
      throw error;
    }
    return json({ Status: 'Login Succeeded', IdentityToken: '' });
  },
});
