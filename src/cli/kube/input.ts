import { createReadStream } from 'node:fs';
import { BryoError, errnoCode, errnoText } from '../../base/errors.ts';
import { decodeKube } from '../../kube/documents.ts';
import type { CliContext } from '../context.ts';
import { archiveInput } from '../image/archive-input.ts';

/** Bytes of a file of Kubernetes YAML. */
const sizeLimit = 16 * 1024 * 1024;

async function readAll(input: AsyncIterable<Buffer>, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of input) {
    size += part.length;
    if (size > sizeLimit) throw new BryoError('too-large', `${name} is larger than 16 MiB`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The text of a file, of an address of the web, or of standard input (`-`). Throws BryoError `no-such-file`, `bad-kube`. */
export async function readKubeText(context: CliContext, name: string): Promise<string> {
  const { path, stdin } = await archiveInput(context, name === '-' ? null : name);
  if (path === null) return decodeKube(await readAll(stdin, name));
  try {
    return decodeKube(await readAll(createReadStream(path), name));
  } catch (cause) {
    if (cause instanceof BryoError) throw cause;
    const why = errnoText(errnoCode(cause)) ?? 'it cannot be read';
    throw new BryoError('no-such-file', `open ${path}: ${why}`, { cause });
  }
}
