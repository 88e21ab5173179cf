// Bodies that native code passes on: they are read as those are that JavaScript reads.
import { closeSync, createReadStream, writeFileSync } from 'node:fs';
import t from 'tap';
import { AnswerWriter } from '../../../src/api/http/answer.ts';
import { RequestBody } from '../../../src/api/http/body.ts';
import { SocketConnection } from '../../../src/api/http/connection.ts';
import { readHead } from '../../../src/api/http/head.ts';
import { HttpProblem } from '../../../src/api/http/problem.ts';
import { addon } from '../../../src/native/addon.ts';
import { RecordedConnection } from '../../support/api.ts';

/** What has become of a body. */
interface Outcome {
  content: string;
  /** The status of a body that is no good; null: it is whole. */
  problem: number | null;
  /** The bytes behind it, of one that is whole. */
  rest: string;
}

async function readAll(fd: number): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream('', { fd })) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

const statusOf = (error: unknown): number => {
  if (error instanceof HttpProblem) return error.status;
  throw error;
};

async function inScript(head: string, pieces: readonly string[]): Promise<Outcome> {
  const connection = new RecordedConnection(
    [head, ...pieces].map((one) => Buffer.from(one, 'latin1')),
  );
  const found = await readHead(connection);
  if (found === null) throw new Error('there is no head');
  const body = new RequestBody(connection, found);
  let content = '';
  let problem: number | null = null;
  try {
    for await (const chunk of body.chunks()) content += chunk.toString('latin1');
  } catch (error) {
    problem = statusOf(error);
  }
  return {
    content,
    problem,
    rest: problem === null ? connection.takeRest().toString('latin1') : '',
  };
}

/** The same by a pipe; the first piece comes with the head. */
async function inNative(
  head: string,
  [first = '', ...pieces]: readonly string[],
): Promise<Outcome> {
  const [connected, client] = addon().pipe();
  const connection = new SocketConnection(connected, Buffer.from(head + first, 'latin1'), () => {});
  const found = await readHead(connection);
  if (found === null) throw new Error('there is no head');
  const body = new RequestBody(connection, found);
  const [output, input] = addon().pipe();
  const content = readAll(output);
  for (const piece of pieces) writeFileSync(client, Buffer.from(piece, 'latin1'));
  closeSync(client);
  let problem: number | null = null;
  try {
    t.equal(await body.passTo(input), true);
  } catch (error) {
    problem = statusOf(error);
  }
  closeSync(input);
  t.equal(body.isDone, problem === null);
  const rest = problem === null ? connection.takeRest().toString('latin1') : '';
  connection.close();
  return { content: await content, problem, rest };
}

const chunked = 'PUT / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n';
const known = 'PUT / HTTP/1.1\r\nHost: d\r\nContent-Length: 12\r\n\r\n';
const sound = '5\r\nhello\r\nA;x="y"\r\n0123456789\r\n0\r\nT: r\r\n\r\nGET / HTTP/1.1\r\n';
const bodies = [
  [chunked, sound],
  [chunked, '0\r\n\r\n'],
  [chunked, '5\r\nhello\r\n'],
  [chunked, '5\r\nhellox\r\n0\r\n\r\n'],
  [chunked, '5 ;\r\nhello\r\n0\r\n\r\n'],
  [chunked, '5 \r\nhello\r\n0\r\n\r\n'],
  [chunked, '5\nhello\n0\n\n'],
  [chunked, '5;\u0001\r\nhello\r\n0\r\n\r\n'],
  [chunked, '-5\r\nhello\r\n0\r\n\r\n'],
  [chunked, '\r\n'],
  [chunked, '00000000000005\r\nhello\r\n0\r\n\r\n'],
  [chunked, '0000000000005\r\nhello\r\n0\r\n\r\n'],
  [chunked, `5;${'x'.repeat(4094)}\r\nhello\r\n0\r\n\r\n`],
  [chunked, `5;${'x'.repeat(4095)}\r\nhello\r\n0\r\n\r\n`],
  [chunked, `0\r\n${`T: ${'r'.repeat(97)}\r\n`.repeat(40)}\r\nnext`],
  [chunked, `0\r\n${`T: ${'r'.repeat(97)}\r\n`.repeat(42)}\r\nnext`],
  [known, 'hello, world'],
  [known, 'hello, worldGET / HTTP/1.1\r\n'],
  [known, 'hello'],
] as const;

t.test('a body is read in native code as in JavaScript', async (t) => {
  for (const [head, body] of bodies) {
    for (const step of [1, 3, body.length]) {
      const pieces = body.match(new RegExp(`.{1,${step}}`, 'gs')) ?? [];
      t.same(
        await inNative(head, pieces),
        await inScript(head, pieces),
        JSON.stringify(body.slice(0, 40)),
      );
    }
  }
});

t.test('a damaged body is damaged for both', async (t) => {
  for (let at = 0; at < sound.length; at += 1) {
    for (const byte of ['\r', '\n', '0', ';', 'z', '']) {
      const body = sound.slice(0, at) + byte + sound.slice(at + 1);
      t.same(
        await inNative(chunked, [body]),
        await inScript(chunked, [body]),
        JSON.stringify(body),
      );
    }
  }
});

t.test('a body that nobody reads is the end of its connection', async (t) => {
  const [connected, client] = addon().pipe();
  const connection = new SocketConnection(connected, Buffer.from(`${known}hello, world`), () => {});
  const head = await readHead(connection);
  if (head === null) throw new Error('there is no head');
  const body = new RequestBody(connection, head);
  const [output, input] = addon().pipe();
  closeSync(output);
  await t.rejects(body.passTo(input), { code: 'EPIPE' });
  t.equal(await body.drain(1000), false, 'no request can follow');
  for (const fd of [client, input]) closeSync(fd);
  connection.close();
});

t.test('an answer is passed on as its client reads it', async (t) => {
  for (const [version, shown] of [
    ['1.1', '5\r\nhello\r\n0\r\n\r\n'],
    ['1.0', 'hello'],
  ] as const) {
    const [output, input] = addon().pipe();
    const [client, connected] = addon().pipe();
    let begun = 0;
    const connection = new SocketConnection(connected, Buffer.alloc(0), () => {
      begun += 1;
    });
    const answer = new AnswerWriter(connection, {
      method: 'GET',
      version,
      keep: false,
      headers: {},
    });
    writeFileSync(input, 'hello');
    closeSync(input);
    await answer.begin(200, {});
    await answer.writeFrom(output);
    await answer.end();
    connection.close();
    closeSync(output);
    const [, body] = (await readAll(client)).split(/\r\n\r\n(.*)/s);
    t.equal(body, shown);
    t.equal(begun, 1, 'who has the connection is told once that the answer begins');
  }
});
