/** The words that a log's tag may name of its container. */
export interface TagSubject {
  id: string;
  name: string;
  imageId: string;
  imageName: string;
}

const words: Readonly<Record<string, (subject: TagSubject) => string>> = {
  ID: ({ id }) => id.slice(0, 12),
  FullID: ({ id }) => id,
  Name: ({ name }) => name,
  ImageID: ({ imageId }) => imageId.slice(0, 12),
  ImageFullID: ({ imageId }) => imageId,
  ImageName: ({ imageName }) => imageName,
};

const pattern = /\{\{\s*\.?([^}]*?)\s*\}\}/g;

/** The first word in braces that means nothing, or null. */
export function unknownTagWord(tag: string): string | null {
  for (const [, word = ''] of tag.matchAll(pattern)) if (!Object.hasOwn(words, word)) return word;
  return null;
}

/** `--log-opt tag=`: text in which `{{.Name}}` and its like stand for what they say. */
export function expandTag(tag: string, subject: TagSubject): string {
  return tag.replace(pattern, (_, word: string) => words[word]?.(subject) ?? '');
}
