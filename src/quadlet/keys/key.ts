/** The use of a key of a unit file. */
export type KeyUse =
  /** The last value: `--flag VALUE`. */
  | { how: 'value'; flag: string }
  /** Every line: `--flag VALUE`. */
  | { how: 'each'; flag: string }
  /** Every word of every line: `--flag WORD`. */
  | { how: 'words'; flag: string }
  /** A boolean: `--flag` or `--flag=false`. */
  | { how: 'switch'; flag: string }
  /** Code of its own (`convert-*.ts`). Needs the flag, unless it is null. */
  | { how: 'own'; flag: string | null };

/** One key; this table drives the conversion and the man page. */
export interface KeySpec {
  name: string;
  use: KeyUse;
  /** Put before the value: `mask=` for --security-opt. */
  prefix?: string;
  /** The meaning, in a phrase, without a final stop. */
  help: string;
}

function spec(how: Exclude<KeyUse['how'], 'own'>) {
  return (name: string, flag: string, help: string, prefix?: string): KeySpec =>
    prefix === undefined
      ? { name, use: { how, flag }, help }
      : { name, use: { how, flag }, help, prefix };
}

export const value = spec('value');
export const each = spec('each');
export const words = spec('words');
export const toggle = spec('switch');

export function own(name: string, flag: string | null, help: string): KeySpec {
  return { name, use: { how: 'own', flag }, help };
}

/** Keys of every section. */
export const commonKeys: readonly KeySpec[] = [
  own('GlobalArgs', null, 'words put before the command, for each command of the service'),
  own('PodmanArgs', null, 'words put after the flags of all other keys'),
  own('ServiceName', null, 'name of the service without .service'),
];

/** A key that no version of bryo will have, and why. */
export const refusedKeys: Readonly<Record<string, string>> = {
  ContainersConfModule: 'bryo reads no containers.conf; write GlobalArgs=',
  SecurityLabelFileType: 'bryo sets no SELinux labels',
  SecurityLabelLevel: 'bryo sets no SELinux labels',
  SecurityLabelNested: 'bryo sets no SELinux labels',
  SecurityLabelType: 'bryo sets no SELinux labels',
  AppArmor: 'ordinary users cannot load AppArmor profiles',
};
