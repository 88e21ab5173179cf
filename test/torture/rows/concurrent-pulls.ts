import { statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Teardown } from '../../registry/real-registry.ts';
import type { Sandbox } from '../../support/bryo.ts';
import type { TortureRow } from '../harness.ts';
import { registryWith, sharingImages } from '../images.ts';

/** Runs a command while this process serves the proxy; resolves with what went wrong. */
function finish(sandbox: Sandbox, args: readonly string[]): Promise<string[]> {
  const child = sandbox.start(args);
  let stderr = '';
  child.stdin?.end();
  child.stdout?.resume();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve(code === 0 && stderr === '' ? [] : [`${args.join(' ')}: ${code} ${stderr}`]);
    });
  });
}

/** Hands requests on to a registry and counts how often each blob is asked for. */
async function countingProxy(test: Teardown, registry: string) {
  const downloads = new Map<string, number>();
  const [host = '', port] = registry.split(':');
  const server = createServer((incoming, outgoing) => {
    const { method, url: path = '', headers } = incoming;
    const [, digest] = /\/blobs\/(sha256:[0-9a-f]+)$/.exec(path) ?? [];
    if (method === 'GET' && digest !== undefined) {
      downloads.set(digest, (downloads.get(digest) ?? 0) + 1);
    }
    const inner = request({ host, port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    inner.on('error', () => outgoing.destroy());
    incoming.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, downloads };
}

const pulls = 20;

export const concurrentPulls: TortureRow = {
  name: 'pulls',
  says: `${pulls} pulls at once with shared layers and a removal: no failure, one download per layer`,
  rounds: 10,
  shortRounds: 1,
  async prepare(context) {
    const { sandbox } = context;
    const images = sharingImages(context, 5);
    const { address, downloads } = await countingProxy(
      context,
      await registryWith(context, images),
    );
    const name = (index: number) => `${address}/image${index}:1`;
    const pull = (index: number) => ['pull', '-q', '--tls-verify=false', name(index)];
    return async (index) => {
      sandbox.run(['rmi', '--all']);
      const first = await finish(sandbox, pull(4));
      downloads.clear();
      const running = [['rmi', name(4)], ...Array.from({ length: pulls }, (_, at) => pull(at % 4))];
      const results = await Promise.all(running.map((args) => finish(sandbox, args)));
      const problems = [...first, ...results.flat()];
      const repeated = [...downloads].filter(([, count]) => count > 1);
      // Configurations are small, and each pull reads its own before it knows of any layer.
      const large = repeated.filter(([digest]) => isLayer(sandbox.root, digest));
      problems.push(...large.map(([digest, count]) => `${digest} was downloaded ${count} times`));
      problems.push(...context.nextCommand(index));
      for (let at = 0; at < 4; at += 1) {
        if (sandbox.run(['image', 'exists', name(at)]).code !== 0)
          problems.push(`${name(at)} is lost`);
      }
      return problems;
    };
  },
};

function isLayer(root: string, digest: string): boolean {
  const path = join(root, 'blobs', 'sha256', digest.slice('sha256:'.length));
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 10_000;
}
