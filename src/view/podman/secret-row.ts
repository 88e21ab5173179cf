import { formatAge } from '../../base/duration.ts';
import type { DamagedSecret } from '../../secret/descriptions.ts';
import type { SecretInfo } from '../../secret/secret.ts';

/** A secret of a listing. */
export interface SecretRow extends Record<string, unknown> {
  ID: string;
  Name: string;
  Driver: string;
  CreatedAt: string;
  UpdatedAt: string;
}

/** A secret of a listing, without its value. */
export function secretRow(info: SecretInfo, now: Date): SecretRow {
  return {
    ID: info.id,
    Name: info.name,
    Driver: info.driver,
    CreatedAt: formatAge(new Date(info.createdAt), now),
    UpdatedAt: formatAge(new Date(info.updatedAt), now),
    Labels: info.labels,
  };
}

/** The row of a secret whose description is damaged. */
export function damagedSecretRow({ id }: DamagedSecret): SecretRow {
  const unknown = { Name: '', CreatedAt: '', UpdatedAt: '', Labels: {} };
  return { ID: id, Driver: 'damaged', ...unknown };
}
