import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { isJsonObject } from '../base/json-object.ts';
import { tryLock } from '../native/locks.ts';
import { syncDirectory } from '../store/atomic-file.ts';
import { listDirectory } from '../store/list-directory.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { type RecordProblem, readRecordFile, writeRecordFile } from '../store/record-file.ts';
import { within } from '../store/staging.ts';
import { driverOf } from './drivers.ts';
import type { SecretInfo } from './secret.ts';

/** A secret whose description is no good; its value may be whole, but nobody knows its name. */
export interface DamagedSecret {
  id: string;
  problem: RecordProblem;
}

/**
 * The intent to do something with a secret, written before anything of it is done: secrets/<id>.unfinished
 * tells whoever comes after a killed command which value to look for, wherever its driver keeps it.
 */
interface Intent extends SecretInfo {
  /** Ids of the secrets in whose place it comes. */
  replaces: string[];
}

/** A description, or a value of the file driver. */
const ownPattern = /^([0-9a-f]{25})\.(?:json|data)$/;
const intentPattern = /^([0-9a-f]{25})\.unfinished$/;

function descriptionPath(store: Store, id: string): string {
  return join(storePaths.secrets(store), `${id}.json`);
}

function intentPath(store: Store, id: string): string {
  return join(storePaths.secrets(store), `${id}.unfinished`);
}

function isInfo(value: unknown): value is SecretInfo {
  if (!isJsonObject(value)) return false;
  const { id, name, createdAt, updatedAt, driver, driverOptions, labels } =
    value as Partial<SecretInfo>;
  return (
    [id, name].every((text) => typeof text === 'string') &&
    [createdAt, updatedAt].every((time) => !Number.isNaN(Date.parse(String(time)))) &&
    (driver === 'file' || driver === 'shell') &&
    [driverOptions, labels].every(isJsonObject)
  );
}

function isIntent(value: unknown): value is Intent {
  return isInfo(value) && 'replaces' in value && Array.isArray(value.replaces);
}

/**
 * Every description there is, the oldest first, and those that are damaged or lost: a value of the file
 * driver shows that there was one.
 */
export function readDescriptions(store: Store): { infos: SecretInfo[]; damaged: DamagedSecret[] } {
  const infos: SecretInfo[] = [];
  const damaged: DamagedSecret[] = [];
  const entries = listDirectory(storePaths.secrets(store));
  const begun = new Set(entries.flatMap((entry) => intentPattern.exec(entry)?.[1] ?? []));
  for (const id of new Set(entries.flatMap((entry) => ownPattern.exec(entry)?.[1] ?? []))) {
    const path = descriptionPath(store, id);
    const isOwn = (value: unknown): value is SecretInfo => isInfo(value) && value.id === id;
    const reading = readRecordFile(path, isOwn);
    if (reading.kind === 'sound') infos.push(reading.value);
    else if (reading.kind === 'damaged') damaged.push({ id, problem: reading.problem });
    // A secret that was removed meanwhile has no value either.
    else if (!begun.has(id) && existsSync(join(storePaths.secrets(store), `${id}.data`))) {
      damaged.push({ id, problem: { path, damage: 'is missing' } });
    }
  }
  infos.sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
  return { infos, damaged };
}

/** Forgets an intent that has been carried out. */
export function dropIntent(store: Store, id: string): void {
  rmSync(intentPath(store, id), { recursive: true, force: true });
}

/** Says that a secret is about to be made; before its value is anywhere. */
export function intend(store: Store, info: SecretInfo, replaces: readonly SecretInfo[]): void {
  const intent: Intent = { ...info, replaces: replaces.map(({ id }) => id) };
  writeRecordFile(intentPath(store, info.id), intent, 'durable', within(store));
}

/** Makes a secret exist whose value is kept, and finishes what has been begun. */
export function publish(store: Store, info: SecretInfo, replaces: readonly SecretInfo[]): void {
  linkSync(intentPath(store, info.id), descriptionPath(store, info.id));
  syncDirectory(storePaths.secrets(store));
  for (const old of replaces) remove(store, old);
  dropIntent(store, info.id);
}

/** Removes a secret: its description becomes the intent to remove its value. */
export function remove(store: Store, info: SecretInfo): void {
  renameSync(descriptionPath(store, info.id), intentPath(store, info.id));
  syncDirectory(storePaths.secrets(store));
  forget(store, info);
}

/** Removes the value of a secret that has no description, then what told of it. */
function forget(store: Store, info: SecretInfo): void {
  driverOf(store, info.driver).remove(info);
  dropIntent(store, info.id);
}

/** Removes all there is of a secret of which only the id is known. */
export function removeUnknown(store: Store, id: string): void {
  for (const name of ['json', 'unfinished', 'data']) {
    const path = join(storePaths.secrets(store), `${id}.${name}`);
    rmSync(path, { recursive: true, force: true });
  }
  syncDirectory(storePaths.secrets(store));
}

/** Ids of secrets that somebody has begun to make or to remove. */
function begunSecrets(store: Store): string[] {
  return listDirectory(storePaths.secrets(store)).flatMap(
    (entry) => intentPattern.exec(entry)?.[1] ?? [],
  );
}

/** Undoes what has been begun with a secret that has no description. */
function undo(store: Store, info: SecretInfo): void {
  try {
    forget(store, info);
  } catch (error) {
    // The user's own command failed: it would do so again and again.
    if (!(error instanceof BryoError)) throw error;
    dropIntent(store, info.id);
  }
}

function settle(store: Store, id: string, byShell: boolean): void {
  const reading = readRecordFile(intentPath(store, id), isInfo);
  if (reading.kind === 'absent') return;
  const { infos, damaged } = readDescriptions(store);
  const isPublished = [...infos, ...damaged].some((one) => one.id === id);
  if (reading.kind === 'damaged') {
    if (isPublished) dropIntent(store, id);
    else removeUnknown(store, id);
    return;
  }
  const intent = reading.value;
  if (!isPublished) {
    if (intent.driver === 'file' || byShell) undo(store, intent);
    return;
  }
  const replaces = isIntent(intent) ? intent.replaces : [];
  for (const old of infos.filter((info) => replaces.includes(info.id))) remove(store, old);
  dropIntent(store, id);
}

/**
 * Finishes or undoes what killed commands have begun. The lock is held. Commands of the shell driver
 * are run only with `byShell`.
 */
export function settleSecrets(store: Store, byShell: boolean): void {
  for (const id of begunSecrets(store)) settle(store, id, byShell);
}

/** Settles secrets for any command, unless somebody is just at work on them. */
export function sweepSecrets(store: Store): void {
  if (begunSecrets(store).length === 0) return;
  const lock = tryLock(storePaths.secretsLock(store), 'exclusive');
  if (lock === null) return;
  try {
    settleSecrets(store, false);
  } finally {
    lock.release();
  }
}
