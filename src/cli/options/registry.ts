import { existsSync } from 'node:fs';
import { parseDuration } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { hostPlatform } from '../../image/platform.ts';
import type { Signing } from '../../image/policy/sign.ts';
import type { RegistryAccess } from '../../registry/access.ts';
import type { Credentials } from '../../registry/credentials.ts';
import type { RetryPolicy } from '../../registry/retry.ts';
import { badValue, readNumber } from '../../request/values.ts';
import type { Invocation, OptionSpec } from '../command.ts';

/** Flags of the verbs that talk with a registry. */
export const authFileOption: OptionSpec = {
  name: 'authfile',
  value: 'FILE',
  help: 'where registry credentials are kept',
};

/** The file of --authfile; null: none. Throws BryoError `bad-auth-file` before anything is done. */
export function readAuthFile({ text }: Pick<Invocation, 'text'>): string | null {
  const path = text('authfile') || null;
  if (path === null || existsSync(path)) return path;
  throw new BryoError(
    'bad-auth-file',
    `credential file is not accessible: faccessat ${path}: no such file or directory`,
  );
}
export const tlsVerifyOption: OptionSpec = {
  name: 'tls-verify',
  on: true,
  help: 'demand a valid certificate of the registry',
};
export const certDirOption: OptionSpec = {
  name: 'cert-dir',
  value: 'DIR',
  help: 'authorities (*.crt) and a certificate of your own (*.cert, *.key), in the place of certs.d',
};
const credsOption: OptionSpec = {
  name: 'creds',
  value: 'USER[:PASSWORD]',
  help: 'credentials to use instead of those that are kept; a missing password is asked for',
};
export const signaturePolicyOption: OptionSpec = {
  name: 'signature-policy',
  value: 'FILE',
  help: 'which images may come in (containers-policy.json(5)), in the place of policy.json',
};
function retriesOf(what: 'pull' | 'push'): readonly OptionSpec[] {
  return [
    {
      name: 'retry',
      value: 'N',
      default: '3',
      help: `how often a request that failed is repeated when performing ${what}`,
    },
    {
      name: 'retry-delay',
      value: 'DURATION',
      help: `how long to wait before that, otherwise longer each time: delay between ${what} failures`,
    },
  ];
}
export const retryOptions = retriesOf('pull');

/** docker's content trust, which podman has never had either. */
export const contentTrustOption: OptionSpec = {
  name: 'disable-content-trust',
  help: "ask no server of docker's content trust, which is never done",
};

/** All of them. */
export const registryOptions: readonly OptionSpec[] = [
  authFileOption,
  certDirOption,
  credsOption,
  ...retryOptions,
  tlsVerifyOption,
];

/** All of them for a verb that sends. */
export const sendingOptions: readonly OptionSpec[] = [
  ...registryOptions.filter((option) => !retryOptions.includes(option)),
  ...retriesOf('push'),
];

/** Flags for the keys that an image is signed with. */
export const signOptions: readonly OptionSpec[] = [
  { name: 'sign-by', value: 'KEY', help: "sign with this key of gpg's, by fingerprint or user id" },
  {
    name: 'sign-by-sigstore-private-key',
    value: 'FILE',
    help: 'attach a sigstore signature by this key, ECDSA P-256 as PEM',
  },
  { name: 'sign-passphrase-file', value: 'FILE', help: 'passphrase of the key' },
];

/** The keys that the flags name. Throws BryoError `usage`. */
export function readSigning(invocation: Invocation): Signing {
  const signing = {
    signBy: invocation.text('sign-by'),
    sigstoreKey: invocation.text('sign-by-sigstore-private-key'),
    passphraseFile: invocation.text('sign-passphrase-file'),
  };
  const keys = [signing.signBy, signing.sigstoreKey].filter((key) => key !== null).length;
  if (signing.passphraseFile !== null && keys !== 1) {
    throw new BryoError('usage', '--sign-passphrase-file is for one key: the one to sign with');
  }
  return signing;
}

/** Flags that choose one of the images of an index. */
export const platformOptions: readonly OptionSpec[] = [
  { name: 'arch', value: 'ARCH', help: "processor to fetch for; the machine's own otherwise" },
  { name: 'os', value: 'OS', help: 'operating system to fetch for; linux otherwise' },
  {
    name: 'platform',
    value: 'OS/ARCH[/VARIANT]',
    help: "platform to fetch; the machine's own otherwise",
  },
  { name: 'variant', value: 'VARIANT', help: 'variant of the processor, such as v7 of arm' },
];

/** Flags that say what an image is made for. */
export const ownPlatformOptions: readonly OptionSpec[] = [
  { name: 'arch', value: 'ARCH', help: "processor of the image; the machine's own otherwise" },
  { name: 'os', value: 'OS', help: 'operating system of the image; linux otherwise' },
  { name: 'variant', value: 'VARIANT', help: 'variant of the processor, such as v7 of arm' },
];

export const compatAuthFileOption: OptionSpec = {
  name: 'compat-auth-file',
  value: 'FILE',
  help: "docker's file of logins to change, instead of podman's",
};

/** The file of logins that `login` and `logout` change; null: the usual one. Throws BryoError `usage`. */
export function loginFile(invocation: Invocation): string | null {
  const [own, compat] = [invocation.text('authfile'), invocation.text('compat-auth-file')];
  if (own !== null && compat !== null) {
    throw new BryoError(
      'usage',
      'options for paths to the credential file and to the Docker-compatible credential file can not be set simultaneously',
    );
  }
  return compat ?? own;
}

/** `os/arch[/variant]` by the flags; null: the machine's own. Throws BryoError `usage`. */
export function readPlatform(invocation: Invocation): string | null {
  const [os, arch, variant] = ['os', 'arch', 'variant'].map((name) => invocation.text(name));
  const whole = invocation.given('platform') ? invocation.text('platform') : null;
  if (!os && !arch && !variant) return whole;
  if (whole !== null) {
    throw new BryoError('usage', '--platform option can not be specified with --arch or --os', {
      hint: 'nor with --variant',
    });
  }
  const own = hostPlatform(process.arch);
  return [os || own.os, arch || own.architecture, ...(variant ? [variant] : [])].join('/');
}

/** The login of --creds; null: it was not given. The value is never part of a message. */
async function readCreds(invocation: Invocation): Promise<Credentials | null> {
  const text = invocation.text('creds');
  if (text === null) return null;
  const colon = text.indexOf(':');
  const username = colon < 0 ? text : text.slice(0, colon);
  if (username === '') throw new BryoError('usage', '--creds needs USER[:PASSWORD]');
  if (colon >= 0) return { kind: 'basic', username, password: text.slice(colon + 1) };
  const { Questions } = await import('../system/ask.ts');
  const password = await new Questions(invocation.context).ask('Password: ', true);
  return { kind: 'basic', username, password };
}

/** Undefined: neither flag was given. */
export function readRetryPolicy(invocation: Invocation): RetryPolicy | undefined {
  const retries = invocation.text('retry');
  const delay = invocation.text('retry-delay');
  if (retries === null && delay === null) return undefined;
  const attempts = readNumber('--retry', retries ?? '3', 0) + 1;
  const wait = delay === null ? 1000 : parseDuration(delay);
  if (wait < 0) throw badValue('--retry-delay', delay ?? '', 'it is negative');
  const patient = { attempts, patient: true };
  return delay === null
    ? { ...patient, baseDelay: wait, maxDelay: 60_000 }
    : { ...patient, baseDelay: wait, maxDelay: Math.max(wait, 60_000), steady: true };
}

/** Says why nothing happens when a registry asks for patience. */
export function tellOfWaits({ context }: Invocation): (words: string) => void {
  return (words) => context.engine.log('warn', words);
}

/** The way to a registry, as the flags have it. */
export async function readAccess(invocation: Invocation): Promise<RegistryAccess> {
  const retryPolicy = readRetryPolicy(invocation);
  return {
    tlsVerify: invocation.flag('tls-verify'),
    tlsDemanded: invocation.given('tls-verify') && invocation.flag('tls-verify'),
    authFile: readAuthFile(invocation),
    certDir: invocation.text('cert-dir'),
    credentials: await readCreds(invocation),
    ...(retryPolicy && { retryPolicy }),
    onWait: tellOfWaits(invocation),
  };
}
