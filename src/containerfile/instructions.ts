/** The place of an instruction in its file. */
export interface Place {
  /** The file as error messages name it. */
  file: string;
  /** Line numbers of its beginning and its end, from 1; here-documents belong to it. */
  line: number;
  endLine: number;
}

/** A here-document (Dockerfile reference, "Here-Documents"). */
export interface HereDocument {
  /** The word that begins and ends it. */
  name: string;
  /** The lines; leading tabs are gone where `<<-` asked for that. */
  content: string;
  /** Variables in it are replaced: its word was not quoted. */
  expand: boolean;
}

/** A command in the shell form (one line for the shell) or the exec form (a JSON list). */
export type Command = { form: 'shell'; line: string } | { form: 'exec'; args: string[] };

/** RUN alone also takes a here-document with an interpreter of its own (`#!`), which becomes a file. */
export type RunCommand = Command | { form: 'script'; name: string; content: string };

/** The origin of what a mount or a copy takes: words of the file, see `findSource`. Null: the context. */
type From = string | null;

/** How a mount shows itself in a command that runs. */
interface MountPlace {
  /** Path in the container, as written: a relative one is below the working directory. Null: none was given. */
  target: string | null;
  /** False: `rw`, and what is written is thrown away for a bind mount. */
  readOnly: boolean;
}

/** Owner and mode of a file or directory that a mount makes. */
interface Ownership {
  uid: number;
  gid: number;
  /** Octal mode bits. */
  mode: number;
}

/** `RUN --mount=…`. */
export type RunMount =
  | ({ kind: 'bind'; from: From; source: string } & MountPlace)
  | ({
      kind: 'cache';
      /** Null: the target is the id. */
      id: string | null;
      sharing: 'shared' | 'private' | 'locked';
      /** The origin of what an empty cache is filled with. */
      from: From;
      source: string;
    } & MountPlace &
      Ownership)
  /** `size` in bytes; null: the kernel's default. */
  | ({ kind: 'tmpfs'; size: number | null; copyUp: boolean } & MountPlace)
  | ({
      kind: 'secret';
      /** Null: the last part of the target. */
      id: string | null;
      /** The environment variable that gets the secret. */
      env: string | null;
      /** An error where there is no such secret; otherwise nothing is mounted. */
      required: boolean;
      target: string | null;
    } & Ownership)
  | ({ kind: 'ssh'; id: string; required: boolean; target: string | null } & Ownership);

/** The source of a COPY or ADD: a path (for ADD also an address), or text of the file itself. */
export type CopySource =
  | { kind: 'path'; path: string }
  | { kind: 'inline'; document: HereDocument };

/** The parts that COPY and ADD have in common. */
interface Copying {
  sources: CopySource[];
  /** A trailing slash says: a directory. */
  destination: string;
  /** As written: `user[:group]`, names or numbers. */
  chown: string | null;
  /** As written: octal, or symbolic as chmod(1) has it. */
  chmod: string | null;
  link: boolean;
  /** Patterns of what is left out. */
  exclude: string[];
}

/** A key with its value, in the order of the file. */
export interface Pair {
  key: string;
  value: string;
}

/** ARG: null where it has no default. */
export interface ArgumentDeclaration {
  name: string;
  value: string | null;
}

/** Times in nanoseconds, 0: the default. */
export interface HealthCommand {
  command: Command;
  interval: number;
  timeout: number;
  startPeriod: number;
  startInterval: number;
  retries: number;
}

/**
 * The request of an instruction. Words are as written until `StageScope.expand` has replaced the
 * variables in them.
 */
type Action =
  | { kind: 'from'; image: string; platform: string | null; name: string | null }
  | {
      kind: 'run';
      command: RunCommand;
      /** Values of --mount as written. */
      mountWords: string[];
      /** Empty until the instruction is expanded: any value may hold a variable. */
      mounts: RunMount[];
      network: 'default' | 'none' | 'host';
      security: 'sandbox' | 'insecure';
    }
  | ({ kind: 'copy'; from: From; parents: boolean } & Copying)
  | ({
      kind: 'add';
      /** Digest that what is fetched must have. */
      checksum: string | null;
      keepGitDir: boolean;
      /** Null: archives of the context are unpacked, those of the web are not. */
      unpack: boolean | null;
    } & Copying)
  | { kind: 'arg'; arguments: ArgumentDeclaration[] }
  | { kind: 'env'; pairs: Pair[] }
  | { kind: 'label'; pairs: Pair[] }
  | { kind: 'workdir'; path: string }
  | { kind: 'user'; user: string }
  | { kind: 'volume'; paths: string[] }
  /** `80`, `80/udp`, `8000-8010/tcp`. */
  | { kind: 'expose'; ports: string[] }
  | { kind: 'stopsignal'; signal: string }
  /** Null: NONE, the check of the base image is taken away. */
  | { kind: 'healthcheck'; check: HealthCommand | null }
  | { kind: 'shell'; args: string[] }
  /** `trigger`: the instruction for later, as text. */
  | { kind: 'onbuild'; trigger: string }
  | { kind: 'entrypoint'; command: Command }
  | { kind: 'cmd'; command: Command }
  | { kind: 'maintainer'; name: string };

/** The kinds of instructions: their names in lower case. */
export type InstructionKind = Action['kind'];

/** An instruction with its place and text. */
export type Instruction = Action & {
  place: Place;
  /**
   * The instruction as progress and history show it: continuation lines joined, without comments
   * and here-documents.
   */
  text: string;
  /** The here-documents, as they stand in the file. */
  documents: HereDocument[];
};

/** An instruction of one kind. */
export type InstructionOf<K extends InstructionKind> = Extract<Instruction, { kind: K }>;

/** The instructions that stand in a stage after its FROM. */
export type StageInstruction = Exclude<Instruction, { kind: 'from' }>;
