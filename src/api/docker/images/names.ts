/** A name with docker.io in front where it has no registry, as Docker reads it; ids stay as they are. */
export function fullName(name: string): string {
  if (/^(sha256:)?[0-9a-f]{64}$/.test(name)) return name;
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `docker.io/library/${name}`;
  const isRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  return isRegistry ? name : `docker.io/${name}`;
}

/** A name with a tag or digest of its own: `repo`, and `tag` or `sha256:…`. */
export function withTag(name: string, tag: string | null): string {
  if (tag === null || tag === '') return name;
  return tag.includes(':') ? `${name}@${tag}` : `${name}:${tag}`;
}
