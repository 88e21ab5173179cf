import type { PullProgress } from '../../image/progress.ts';
import type { RegistryAccess } from '../../registry/access.ts';

/** The image to be pulled, and how. */
export interface PullRequest extends RegistryAccess {
  /** As the user wrote it. */
  name: string;
  /** `os/arch`; null: the machine's own. */
  platform: string | null;
  /** `--signature-policy`. */
  signaturePolicy?: string | null;
  onProgress(event: PullProgress): void;
}
