import { BryoError } from '../../base/errors.ts';
import { loggedInUser, logIn } from '../../engine/system/login.ts';
import { findSecret, secretValue } from '../../secret/secrets.ts';
import type { Store } from '../../store/paths.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import {
  authFileOption,
  certDirOption,
  compatAuthFileOption,
  loginFile,
  tellOfWaits,
  tlsVerifyOption,
} from '../options/registry.ts';
import { Questions, readAllInput } from './ask.ts';

function secretText(store: Store, nameOrId: string): string {
  return Buffer.from(secretValue(store, findSecret(store, nameOrId))).toString('utf8');
}

async function readLogin(invocation: Invocation, known: string | null) {
  const { context } = invocation;
  const secret = invocation.text('secret');
  const given = invocation.text('username') ?? secret;
  const piped = invocation.flag('password-stdin');
  if (piped && given === null) {
    throw new BryoError('usage', '--password-stdin needs --username');
  }
  if (piped && invocation.given('password')) {
    throw new BryoError('usage', '--password and --password-stdin exclude each other');
  }
  if (secret !== null && (piped || invocation.given('password'))) {
    throw new BryoError('usage', '--secret excludes --password and --password-stdin');
  }
  const questions = new Questions(context);
  const suggestion = known === null ? '' : ` (${known})`;
  const username =
    given ?? ((await questions.ask(`Username${suggestion}: `, false)) || (known ?? ''));
  const kept = secret === null ? null : secretText(context.engine.store, secret);
  const password = piped
    ? await readAllInput(context)
    : (kept ?? invocation.text('password') ?? (await questions.ask('Password: ', true)));
  if (username === '' || password === '') {
    throw new BryoError('usage', 'a user name and a password are needed');
  }
  return { username, password };
}

export const command = defineCommand({
  name: 'login',
  noun: 'system',
  summary: 'Log in to a registry',
  synopsis: '[REGISTRY]',
  arguments: { min: 0, max: 1, kind: 'none' },
  options: [
    authFileOption,
    certDirOption,
    compatAuthFileOption,
    { name: 'get-login', help: 'print who is logged in, and do no more' },
    { name: 'password', short: 'p', value: 'PASSWORD', help: 'password; others may see it in ps' },
    { name: 'password-stdin', help: 'read the password from standard input' },
    {
      name: 'secret',
      value: 'NAME',
      help: 'a secret (bryo secret) that holds the password, whose name is that of the user unless --username is given',
    },
    tlsVerifyOption,
    { name: 'username', short: 'u', value: 'NAME', help: 'user name' },
    { name: 'verbose', short: 'v', help: 'say which file or helper keeps the login' },
  ],
  description: [
    'Checks the credentials with the registry (docker.io unless named) and keeps them in $XDG_RUNTIME_DIR/containers/auth.json, which a reboot removes, or in the file that --authfile or REGISTRY_AUTH_FILE names; a credential helper that the file names is used instead. The file is readable by the caller only.',
  ],
  examples: [
    {
      command: 'bryo login -u me --password-stdin quay.io < token',
      says: 'without a password on the command line',
    },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const request = {
      registry: args[0] ?? 'docker.io',
      authFile: loginFile(invocation),
      tlsVerify: invocation.flag('tls-verify'),
      certDir: invocation.text('cert-dir'),
      onWait: tellOfWaits(invocation),
    };
    const known = await loggedInUser(request);
    if (invocation.flag('get-login')) {
      if (known === null) {
        throw new BryoError('not-logged-in', `not logged into ${request.registry}`);
      }
      printLine(context, known);
      return 0;
    }
    const place = await logIn(request, await readLogin(invocation, known));
    if (invocation.flag('verbose')) printLine(context, `Used: ${place}`);
    printLine(context, 'Login Succeeded!');
    return 0;
  },
});
