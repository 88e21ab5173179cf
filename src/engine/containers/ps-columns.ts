import { BryoError } from '../../base/errors.ts';
import { clockTicks, type ProcessStatus } from '../../native/process-status.ts';
import { type Descriptor, topDescriptors, type View } from './top.ts';

/** A column of ps(1). */
export interface PsColumn extends Descriptor {
  /** Numbers are aligned to the right. */
  numeric: boolean;
}

type Value = Descriptor['value'];

function own(name: string): Value {
  const found = topDescriptors[name];
  if (found === undefined) throw new Error(`there is no descriptor ${name}`);
  return found.value;
}

const two = (number: number): string => String(Math.floor(number)).padStart(2, '0');

/** `[[DD-]hh:]mm:ss` */
function clock(seconds: number, hours: boolean): string {
  const days = Math.floor(seconds / 86_400);
  const rest = `${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  const hour = hours || seconds >= 3600 ? `${two((seconds / 3600) % 24)}:` : '';
  return `${days > 0 ? `${days}-` : ''}${hour}${rest}`;
}

function age(process: ProcessStatus, view: View): number {
  return Math.max(view.uptime - process.start / clockTicks, 0);
}

function cpu({ userTime, systemTime }: ProcessStatus): number {
  return (userTime + systemTime) / clockTicks;
}

function share(process: ProcessStatus, view: View): number {
  return (100 * cpu(process)) / Math.max(age(process, view), 0.01);
}

/** `10:35`, or `Nov25` when that was not within the last day. */
function startText(process: ProcessStatus, view: View): string {
  const at = new Date(Date.now() - age(process, view) * 1000);
  if (age(process, view) < 86_400) return `${two(at.getHours())}:${two(at.getMinutes())}`;
  return `${at.toDateString().slice(4, 7)}${two(at.getDate())}`;
}

function number(title: string, value: Value): PsColumn {
  return { heading: title, value, numeric: true };
}

function text(title: string, value: Value): PsColumn {
  return { heading: title, value, numeric: false };
}

const idOf = (id: number | null): string => (id === null ? '65534' : String(id));

const columns: Readonly<Record<string, PsColumn>> = {
  '%cpu': number('%CPU', (p, view) => share(p, view).toFixed(1)),
  '%mem': number('%MEM', (p, view) => ((100 * p.residentSize) / view.memory).toFixed(1)),
  args: text('COMMAND', own('args')),
  c: number('C', (p, view) => String(Math.floor(share(p, view)))),
  cmd: text('CMD', own('args')),
  comm: text('COMMAND', own('comm')),
  etime: number('ELAPSED', (p, view) => clock(age(p, view), false)),
  etimes: number('ELAPSED', (p, view) => String(Math.floor(age(p, view)))),
  gid: number('GID', (p, view) => idOf(view.gid(p.gids[1]))),
  group: text('GROUP', own('group')),
  lstart: text('STARTED', (p, view) =>
    new Date(Date.now() - age(p, view) * 1000).toString().slice(0, 24),
  ),
  ni: number('NI', own('nice')),
  pgid: number('PGID', own('pgid')),
  pid: number('PID', own('pid')),
  ppid: number('PPID', own('ppid')),
  rgroup: text('RGROUP', own('rgroup')),
  rss: number('RSS', own('rss')),
  ruser: text('RUSER', own('ruser')),
  sid: number('SID', (p, view) => String(view.inner(p.session))),
  start: text('START', startText),
  stat: text('STAT', own('state')),
  state: text('S', own('state')),
  stime: text('STIME', startText),
  time: number('TIME', (p) => clock(cpu(p), true)),
  tty: text('TT', own('tty')),
  uid: number('UID', (p, view) => idOf(view.uid(p.uids[1]))),
  user: text('USER', own('user')),
  vsz: number('VSZ', own('vsz')),
};

const synonyms: Readonly<Record<string, string>> = {
  command: 'args',
  cputime: 'time',
  egid: 'gid',
  egroup: 'group',
  euid: 'uid',
  euser: 'user',
  nice: 'ni',
  pcpu: '%cpu',
  pgrp: 'pgid',
  pmem: '%mem',
  rssize: 'rss',
  s: 'state',
  sess: 'sid',
  start_time: 'stime',
  tname: 'tty',
  tt: 'tty',
  ucmd: 'comm',
  ucomm: 'comm',
  uname: 'user',
  vsize: 'vsz',
};

const full = 'user=UID,pid,ppid,c,stime,tty=TTY,time,cmd';
const long = 'state,uid,pid,ppid,c,ni,tty=TTY,time,comm=CMD';
const standard = 'pid,tty=TTY,time,comm=CMD';
const bsdUser = 'user,pid,%cpu,%mem,vsz,rss,tty=TTY,stat,start,time,args';
const bsdStandard = 'pid,tty=TTY,stat,time,args';

/** `NAME[=TITLE]`, with commas between them. */
function readList(list: string): PsColumn[] {
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => {
      const [name = '', title] = word.split(/=(.*)/s);
      const key = name.toLowerCase();
      const column = columns[synonyms[key] ?? key];
      if (column !== undefined) return title === undefined ? column : { ...column, heading: title };
      throw new BryoError('usage', `unknown column ${JSON.stringify(name)} of ps`, {
        hint: `one of ${Object.keys(columns).join(', ')}`,
      });
    });
}

/** Whether words after `top CONTAINER` are options of ps(1), not podman's descriptors. */
export function isPsSyntax(words: readonly string[]): boolean {
  const [first = ''] = words;
  return first.startsWith('-') || /^[auxefw]+$/.test(first);
}

interface Chosen {
  list: string;
  /** By -o, which may come several times. */
  custom: boolean;
}

/** A letter with a value takes the rest of its word, or the next word. */
function readCluster(words: readonly string[], at: number, chosen: Chosen): number {
  const word = words[at] ?? '';
  const dashed = word.startsWith('-');
  let next = at + 1;
  const letters = dashed ? word.slice(1) : word;
  for (let index = 0; index < letters.length; index += 1) {
    const letter = letters.charAt(index);
    if (letter === 'o') {
      const rest = letters.slice(index + 1);
      const list = rest === '' ? words[next] : rest;
      if (list === undefined) throw new BryoError('usage', 'ps -o needs a list of columns');
      if (rest === '') next += 1;
      chosen.list = chosen.custom ? `${chosen.list},${list}` : list;
      chosen.custom = true;
      return next;
    }
    if (chosen.custom) continue;
    if (letter === 'f' && dashed) chosen.list = full;
    else if (letter === 'l') chosen.list = long;
    else if (letter === 'u' && !dashed) chosen.list = bsdUser;
    else if (!/[Aadexw]/.test(letter)) {
      throw new BryoError('usage', `ps option ${JSON.stringify(letter)} is not supported`, {
        hint: "columns are chosen with -o; the image's ps is never run",
      });
    }
  }
  return next;
}

/**
 * The columns that options of ps(1) ask for: `-ef`, `aux`, `-eo pid,comm`. All processes of the
 * container are shown whatever they select, and no ps is run.
 */
export function psColumns(words: readonly string[]): PsColumn[] {
  const bsd = !(words[0] ?? '').startsWith('-');
  const chosen: Chosen = { list: bsd ? bsdStandard : standard, custom: false };
  for (let at = 0; at < words.length; ) at = readCluster(words, at, chosen);
  return readList(chosen.list);
}
