import { createSocket } from 'node:dgram';
import { createServer, isIP } from 'node:net';

/** Binds for a moment; resolves with the port. The error is the system's. */
export function tryBind(protocol: 'tcp' | 'udp', address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    if (protocol === 'tcp') {
      const server = createServer();
      server.once('error', reject);
      server.listen({ port, host: address, exclusive: true }, () => {
        const bound = server.address();
        server.close(() =>
          resolve(typeof bound === 'object' && bound !== null ? bound.port : port),
        );
      });
      return;
    }
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.bind({ port, address, exclusive: true }, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}
