/** Files by which an image is built, the first that is there. */
export const buildFiles = ['Containerfile', 'Dockerfile'];

/** The directory that an image is built of: the last part of its name, without tag and digest; null: there is none. */
export function buildDirectory(image: string): string | null {
  const [name = ''] = (image.split('@')[0] ?? '').split('/').slice(-1);
  const directory = name.split(':')[0] ?? '';
  return ['', '.', '..'].includes(directory) ? null : directory;
}
