import { badValue, readNumber, readPair } from './values.ts';

/**
 * `--secret`: a file in /run/secrets or elsewhere, or an environment variable. `secret` is the name
 * or, before the container exists, what else the user called it.
 */
export type SecretRequest =
  | { kind: 'mount'; secret: string; target: string; uid: number; gid: number; mode: number }
  | { kind: 'env'; secret: string; target: string };

const flag = '--secret';

function readTarget(text: string, target: string): string {
  const bad = target === '' || target.includes('\0') || /(^|\/)\.\.?(\/|$)/.test(target);
  if (bad || target.endsWith('/')) throw badValue(flag, text, 'the target is no path of a file');
  return target;
}

/** `NAME[,type=mount|env][,target=…][,uid=N][,gid=N][,mode=OCTAL]`. */
export function readSecretFlag(text: string): SecretRequest {
  const [first = '', ...rest] = text.split(',');
  const words = new Map(rest.map(readPair));
  const secret = first.startsWith('source=') ? first.slice('source='.length) : first;
  if (secret === '') throw badValue(flag, text, 'the name of a secret is needed');
  const take = (key: string): string | undefined => {
    const value = words.get(key);
    words.delete(key);
    return value;
  };
  const type = take('type') ?? 'mount';
  const target = take('target') ?? secret;
  let request: SecretRequest;
  if (type === 'env') {
    if (!/^[^=\0]+$/.test(target)) throw badValue(flag, text, 'the target is no variable');
    request = { kind: 'env', secret, target };
  } else if (type === 'mount') {
    const id = (key: string): number => readNumber(`${flag} ${key}`, take(key) ?? '0', 0);
    const mode = take('mode') ?? '0444';
    if (!/^0?[0-7]{1,4}$/.test(mode)) throw badValue(flag, text, 'mode is octal, such as 0400');
    request = {
      kind: 'mount',
      secret,
      target: readTarget(text, target),
      uid: id('uid'),
      gid: id('gid'),
      mode: Number.parseInt(mode, 8) & 0o777,
    };
  } else {
    throw badValue(flag, text, 'type is mount or env');
  }
  const [unknown] = words.keys();
  if (unknown !== undefined) throw badValue(flag, text, `there is no option ${unknown}`);
  return request;
}
