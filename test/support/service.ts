import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { eventually, type Sandbox } from './bryo.ts';
import { inProcesses } from './processes.ts';

/** An answer of a service. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** `bryo system service` on a socket in a sandbox. */
export class Service {
  readonly socket: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | string | null>;
  /** Its log. */
  log = '';

  constructor(sandbox: Sandbox, flags: readonly string[] = ['--time', '0']) {
    this.socket = join(sandbox.runroot, 'service', 'api.sock');
    const words = ['system', 'service', ...flags, `unix://${this.socket}`];
    const [program = '', ...rest] = sandbox.argv(words);
    this.child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve(signal ?? code));
    });
  }

  async ready(): Promise<void> {
    await eventually('the service listens', () => existsSync(this.socket));
  }

  /** Waits until somebody listens on a socket that is there already. */
  async accepts(): Promise<void> {
    let listens = false;
    const probe = (): void => {
      const socket = connect(this.socket, () => {
        listens = true;
        socket.destroy();
      });
      socket.on('error', () => {});
    };
    await eventually('somebody listens', () => {
      probe();
      return listens;
    });
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
      const asked = request({ socketPath: this.socket, method, path, headers }, (answer) => {
        let shown = '';
        answer.setEncoding('utf8').on('data', (more: string) => {
          shown += more;
        });
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: shown });
        });
        answer.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(text);
    });
  }

  /** A connection on which bytes are sent as they are. */
  connect(): RawClient {
    return new RawClient(connect({ path: this.socket, allowHalfOpen: true }));
  }

  /** The processes that serve requests. */
  workers(): number[] {
    return inProcesses((process) => {
      const words = process.words();
      const isWorker = words.includes('service-worker') && words[1] !== 'api';
      if (!isWorker || !words.some((word) => this.isOwn(word))) return null;
      return process.pid;
    });
  }

  /** The process that starts workers; 0: it has ended. */
  starter(): number {
    const found = inProcesses((process) => {
      const isOwn = process.stateAndParent().parent === this.child.pid;
      return isOwn && process.read('comm') === 'bryo-starter\n' ? process.pid : null;
    });
    return found[0] ?? 0;
  }

  /** Flags that lead to the same store name its directory. */
  private isOwn(word: string): boolean {
    return this.socket.startsWith(word.replace(/^--[a-z]+=/, '')) && word.startsWith('--runroot');
  }

  /** Resolves with its status, or the signal that has ended it. */
  stop(): Promise<number | string | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}

/** A client that speaks for itself. */
export class RawClient {
  readonly socket: Socket;
  /** Everything that has come. */
  received = '';
  readonly ended: Promise<void>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
    });
    this.ended = new Promise((resolve) => {
      socket.on('end', resolve);
      socket.on('error', () => resolve());
    });
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  async shows(text: string): Promise<void> {
    await eventually(`the service answers ${JSON.stringify(text)}`, () =>
      this.received.includes(text),
    );
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The text in the frames of a body (Docker Engine API, "Attach to a container"); of one stream: 1 and 2 are the outputs. */
export function framed(received: string, stream: number | null = null): string {
  let text = '';
  const body = received.slice(received.indexOf('\r\n\r\n') + 4);
  for (let at = 0; at + 8 <= body.length; ) {
    const size = Buffer.from(body.slice(at + 4, at + 8), 'latin1').readUInt32BE();
    if (stream === null || body.charCodeAt(at) === stream)
      text += body.slice(at + 8, at + 8 + size);
    at += 8 + size;
  }
  return text;
}
