import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sandbox } from './bryo.ts';
import { testUser } from './user.ts';

/** A file of a context: its text, or where it leads as a link. */
export type ContextFile = string | { link: string } | { text: string; mode: number };

/** Makes a build context in a sandbox: directories on the way are made; gives its path. */
export function buildContext(
  sandbox: Sandbox,
  name: string,
  files: Readonly<Record<string, ContextFile>>,
): string {
  const root = sandbox.makeDirectory(name);
  const user = testUser();
  const made = new Set([root]);
  const makeParents = (path: string): void => {
    if (made.has(path)) return;
    makeParents(dirname(path));
    mkdirSync(path);
    chownSync(path, user.uid, user.gid);
    made.add(path);
  };
  for (const [file, content] of Object.entries(files)) {
    const path = join(root, file);
    makeParents(dirname(path));
    if (typeof content === 'object' && 'link' in content) {
      symlinkSync(content.link, path);
      lchownSync(path, user.uid, user.gid);
      continue;
    }
    writeFileSync(path, typeof content === 'string' ? content : content.text);
    chmodSync(path, typeof content === 'string' ? 0o644 : content.mode);
    chownSync(path, user.uid, user.gid);
  }
  return root;
}
