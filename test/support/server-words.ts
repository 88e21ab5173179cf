import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What a server says to whoever connects, as soon as there is one that says something; empty: there is none for long. */
export async function serverWords(host: string, at: number): Promise<string> {
  for (let tries = 0; tries < 300; tries += 1) {
    const socket = connect({ port: at, host });
    let text = '';
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        text += data.toString();
      });
    await once(socket, 'close').catch(() => undefined);
    if (text !== '') return text;
    await setTimeout(50);
  }
  return '';
}
