import { addon } from './addon.ts';

/** Sends words, each ended by a NUL, as one message with descriptors, which stay open here. */
export function sendWords(socket: number, words: readonly string[], fds: number[]): void {
  addon().sendDescriptors(socket, Buffer.from(words.map((word) => `${word}\0`).join('')), fds);
}
