/** The frames in which docker sends two streams over one connection (Docker Engine API, "Attach to a container"). */
const numbers = { stdin: 0, stdout: 1, stderr: 2 } as const;

export type StreamName = keyof typeof numbers;

const headSize = 8;

/** A frame: the stream, three zeros, the number of bytes that follow, big-endian. */
export function frame(stream: StreamName, bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(headSize + bytes.length);
  framed[0] = numbers[stream];
  framed.writeUInt32BE(bytes.length, 4);
  framed.set(bytes, headSize);
  return framed;
}

/** The content type of a stream, as clients from API 1.42 on are told of it. */
export function streamType(framed: boolean): string {
  return `application/vnd.docker.${framed ? 'multiplexed' : 'raw'}-stream`;
}
