/** A thing of the store that is not as it should be. */
export interface Finding {
  kind:
    | 'index'
    | 'image'
    | 'blob'
    | 'layer'
    | 'container'
    | 'name'
    | 'volume'
    | 'pod'
    | 'secret'
    | 'network'
    | 'garbage';
  /** Digest, id or name of what is damaged. */
  subject: string;
  problem: string;
  /** The repair that was made; null: none, or not yet. */
  repair: string | null;
  /** A remedy for the user where nothing was done. */
  advice: string;
}

export interface CheckOptions {
  /** Mend what can be mended, and remove what nobody needs. */
  repair: boolean;
  /** Also give up images and containers that cannot be mended. */
  force: boolean;
  /** Leave away what reads every byte. */
  quick: boolean;
  /** Unneeded blobs and layers that are younger, in ms, are left alone. */
  maxAge: number;
}

/** Notes a finding, after its repair where that is asked for and possible. */
export async function note(
  findings: Finding[],
  finding: Omit<Finding, 'repair' | 'advice'> & { advice?: string },
  repair: (() => Promise<string> | string) | null,
): Promise<void> {
  const done = repair === null ? null : await repair();
  findings.push({ advice: '', ...finding, repair: done });
}
