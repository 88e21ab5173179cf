import { connect } from 'node:net';
import { parseResponse, type SlirpRequest } from './slirp4netns.ts';

const maxResponse = 65_536;

/** Sends one request to a running slirp4netns and returns what it answers. */
export function callSlirp(socketPath: string, request: SlirpRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.end(JSON.stringify(request)));
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > maxResponse) socket.destroy(new Error('the answer is too long'));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      try {
        resolve(parseResponse(text));
      } catch (error) {
        reject(error);
      }
    });
  });
}
